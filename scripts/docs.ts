import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { performancePages } from '../bench/report/page.ts'
import { findingsPage } from '../src/commands/reference/findings.ts'
import { resourcesPage, templatesPage, variablesPage } from '../src/commands/reference/pages.ts'
import { playbookSchema } from '../src/commands/reference/schema.ts'
import { mailVariables } from '../src/mail/variables.ts'
import { resources } from '../src/resources/index.ts'
import { testsOf } from './finding-tests.ts'
import { type FaultRow, reliabilityPage } from './reliability.ts'

// `npm run docs` writes the pages that come from the code; `-- --check` fails where one is out of date.

const docs = join(import.meta.dirname, '../docs')
const recorded = readFileSync(join(import.meta.dirname, '../test/e2e/reliability.json'), 'utf8')
const pages: Record<string, string> = {
  ...performancePages(),
  'findings.md': findingsPage(resources, testsOf),
  'reliability.md': reliabilityPage(JSON.parse(recorded) as FaultRow[]),
  'resources.md': resourcesPage(resources),
  'templates.md': templatesPage(),
  'variables.md': variablesPage(mailVariables),
  'playbook.schema.json': `${JSON.stringify(playbookSchema(resources), undefined, 2)}\n`,
}

for (const [name, text] of Object.entries(pages)) {
  const file = join(docs, name)
  const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === text
  if (isCurrent) continue
  if (process.argv.includes('--check')) {
    console.error(`docs/${name} is out of date: run npm run docs`)
    process.exitCode = 1
  } else {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    console.log(`docs/${name}`)
  }
}
