import assert from 'node:assert/strict'
import { z } from 'zod'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { change, type Resource, resource } from '../../src/core/resource.ts'
import { sh } from '../../src/core/shell.ts'
import type { HostPlay, Play, Task } from '../../src/core/task.ts'
import type { Event, HostRecap } from '../../src/engine/events.ts'
import type { Fetching } from '../../src/engine/fetch.ts'
import { type Run, run } from '../../src/engine/run.ts'
import { reach } from '../../src/host/reach.ts'

/** A file with a line in it: the smallest resource with a state. `after` is shell text that runs with the change. */
export const line = resource({
  name: 'line',
  summary: 'A file with one line.',
  examples: '',
  params: () => z.strictObject({ path: z.string(), text: z.string(), after: z.string().optional() }),
  read: ({ path }) => ({ now: sh`cat ${path} 2>/dev/null || true` }),
  plan: ({ path, text, after }, { now }) =>
    change(path, now.trimEnd(), text, sh`printf '%s\n' ${text} >${path} && eval ${after ?? ':'}`),
  result: ({ text }) => ({ text }),
})

const place = { file: 'play.yaml', line: 1, column: 1 }

interface TaskFields {
  readonly params: unknown | ((runtime: JsonObject) => unknown)
  readonly resource?: Resource
  readonly uses?: readonly string[]
  readonly register?: string
  readonly notify?: readonly string[]
  readonly ignoreErrors?: boolean
  readonly timeout?: number
  readonly noLog?: boolean
  readonly check?: boolean
  readonly loop?: readonly Json[]
}

/** A task of the engine without YAML. */
export function task(name: string, fields: TaskFields): Task {
  const kind = fields.resource ?? (line as Resource)
  const params = (runtime: JsonObject): unknown =>
    typeof fields.params === 'function' ? fields.params(runtime) : fields.params
  return {
    name,
    place,
    resource: kind,
    uses: new Set(fields.uses),
    register: fields.register,
    looped: fields.loop !== undefined,
    notify: fields.notify ?? [],
    become: undefined,
    ignoreErrors: fields.ignoreErrors ?? false,
    guard: undefined,
    timeout: fields.timeout,
    noLog: fields.noLog ?? false,
    check: fields.check,
    expand: (runtime) =>
      (fields.loop ?? [undefined]).map((item) => ({
        name,
        place,
        resource: kind,
        params: params(item === undefined ? runtime : { ...runtime, item }),
        files: {},
      })),
  }
}

export interface Ran {
  /** Of the first host. */
  readonly recap: HostRecap
  readonly recaps: { readonly [host: string]: HostRecap }
  readonly events: readonly Event[]
  /** `status name` of each result, in order. */
  readonly results: readonly string[]
  /** How often hosts were asked something, streams left aside. */
  readonly surveys: number
}

export interface PlayOptions {
  readonly check?: boolean
  readonly handlers?: readonly Task[]
  readonly hosts?: readonly string[]
  readonly forks?: number
  readonly lastTimes?: ReadonlyMap<string, number>
  readonly play?: Partial<Pick<Play, 'serial' | 'anyErrorsFatal' | 'maxFailPercentage'>>
  readonly batchCheck?: (host: string) => readonly Task[]
  readonly onSecret?: (value: string) => void
  readonly fetch?: Fetching['fetch']
  /** Hears of each event as it happens, and may stop the run as Ctrl-C does. */
  readonly during?: (event: Event, stop: () => void) => void
}

type Tasks = readonly Task[] | ((host: string) => readonly Task[])

/** Runs tasks on this machine through a real shell, without its lock and journal: test files run side by side. */
export function play(tasks: Tasks, options: PlayOptions = {}): Promise<Ran> {
  return plays([tasks], options)
}

/** Runs several plays one after another on the same hosts; handlers are those of each. */
export async function plays(all: readonly Tasks[], options: PlayOptions = {}): Promise<Ran> {
  const names = options.hosts ?? ['here']
  const wanted = all.map(
    (tasks): Play => ({
      name: 'test',
      place,
      hosts: names.map(
        (name): HostPlay => ({
          host: { name, host: 'localhost', connection: 'local' },
          tasks: typeof tasks === 'function' ? tasks(name) : tasks,
          handlers: (options.handlers ?? []).map((handler) => ({ name: handler.name, task: handler })),
          batchCheck: options.batchCheck?.(name) ?? [],
        }),
      ),
      serial: undefined,
      anyErrorsFatal: false,
      ...options.play,
    }),
  )
  const events: Event[] = []
  let surveys = 0
  let running: Run | undefined
  running = run(
    wanted,
    {
      check: options.check ?? false,
      forks: options.forks ?? 10,
      ...(options.lastTimes ? { lastTimes: options.lastTimes } : {}),
      owner: 'test',
      id: '20260131T100000Z-0000',
      who: 'test',
      playbook: 'test.yaml',
      mask: (text) => text,
      onSecret: options.onSecret ?? (() => undefined),
      fetch: options.fetch ?? (({ url }) => assert.fail(`fetches ${url}`)),
      connect: async (address) => {
        const reached = await reach(address, { acceptNew: false })
        return {
          session: async (become) => {
            const session = await reached.session(become)
            const stream = session.stream.bind(session)
            const survey = session.survey.bind(session)
            session.survey = (questions) => {
              if (questions.length > 0) surveys++
              return survey(questions)
            }
            session.lock = async () => ({ held: true, user: 0 })
            session.record = () => undefined
            session.stream = (steps, onFrame) =>
              stream(
                steps.map((step) => ({ ...step, owes: [], settles: [] })),
                onFrame,
              )
            return session
          },
          close: () => reached.close(),
        }
      },
    },
    (event) => {
      events.push(event)
      options.during?.(event, () => running?.stop())
    },
  )
  const { hosts } = await running.done
  return {
    recap: hosts[names[0]!]!,
    recaps: hosts,
    events,
    surveys,
    results: events.flatMap((event) => (event.type === 'result' ? [`${event.status} ${event.task}`] : [])),
  }
}
