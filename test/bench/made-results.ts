import { type Figures, type Results, spread } from '../../bench/results.ts'

/** Results with one run of each tool at each point. */
export function madeResults(scenarios: Record<string, Record<number, Record<string, Figures | string>>>): Results {
  const entry = (found: Figures | string) => (typeof found === 'string' ? { leftOut: found } : spread([found]))
  return {
    machine: { processors: 2, model: 'M', memoryBytes: 1, kernel: '6.1', system: 'S' },
    contestants: ['floor', 'script', 'provision', 'ansible', 'cdist'].map((name) => ({
      name,
      title: `Tool ${name}`,
      version: name === 'cdist' ? null : '1.2',
    })),
    scenarios: Object.fromEntries(
      Object.entries(scenarios).map(([name, points]) => [
        name,
        {
          measured: '2026-11-23',
          commit: 'abc',
          points: Object.entries(points).map(([at, tools]) => ({
            at: Number(at),
            tools: Object.fromEntries(Object.entries(tools).map(([tool, found]) => [tool, entry(found)])),
          })),
        },
      ]),
    ),
  }
}
