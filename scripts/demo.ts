import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setPtr } from '../src/lab/dns.ts'
import type { Lab } from '../src/lab/lab.ts'
import { mailInventory } from '../src/lab/mail-inventory.ts'
import { openLab } from '../src/lab/open-lab.ts'
import { proveMail } from '../src/lab/proof.ts'
import { installRequirements, requirements } from '../src/lab/requirements.ts'

// `npm run demo`: boots two bare hosts on this machine, makes mail servers of them, and proves it with a message.

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'provision-demo-'))
const took: [string, number][] = []
let lab: Lab | undefined
let failed = false

// The lab is taken down by its own janitor, whichever way this process ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    rmSync(folder, { recursive: true, force: true })
    process.exit(130)
  })
}

try {
  await installRequirements(say)
  const missing = await requirements()
  if (missing) {
    console.log(`The demo cannot run here: ${missing}`)
    console.log('Against a host of your own: npm run build, then node dist/cli.js -i inventory.yaml site --check')
  } else {
    await demo()
  }
} catch (error) {
  failed = true
  console.error(error instanceof Error ? error.message : error)
} finally {
  await lab?.close()
  rmSync(folder, { recursive: true })
}
process.exitCode = failed ? 1 : 0

async function demo(): Promise<void> {
  await timed('Build', async () => {
    const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })
    if (status !== 0) throw new Error('the build failed')
  })
  const hosts = await timed('Boot mx1 (Debian 13), mx2 (Debian 12), and ns1 for DNS and certificates', async () => {
    lab = await openLab({
      hosts: [
        { name: 'mx1', release: 'trixie' },
        { name: 'mx2', release: 'bookworm' },
      ],
      world: true,
      onStep: say,
    })
    // What people do in their provider's panel.
    for (const [index, host] of lab.hosts.entries()) {
      for (const address of [host.ipv4, host.ipv6]) await setPtr(lab, address, `smtp.${lab.domains[index]}`)
    }
    const trust = `verify: { ca_bundle: ${join(lab.directory, 'roots.pem')} }`
    const inventory = (await mailInventory(lab)).replace('\n    chasquid:', `\n    ${trust}\n    chasquid:`)
    writeFileSync(join(folder, 'inventory.yaml'), inventory, { mode: 0o600 })
    return lab.hosts
  })
  await timed('What would change', () => provision(['site', '--check', '--no-diff'], 2))
  await timed('Apply', () => provision(['site'], 0))
  await timed('Again: nothing changes', () => provision(['site'], 0))
  await timed('Is everything right, seen from outside?', () => provision(['verify'], 0))
  const [sender, receiver] = hosts
  const proof = await timed('Send a message from mx1 to mx2', () =>
    proveMail(lab!, sender!, receiver!, 'anybody@beta.test'),
  )
  for (const header of proof.headers) console.log(`  ${header.slice(0, 400)}`)
  console.log(`\nThe receiver says: spf=${proof.spf} dkim=${proof.dkim}, over ${proof.tls}, from ${proof.from}`)
  if (proof.spf !== 'pass' || proof.dkim !== 'pass' || !proof.from.includes(':')) failed = true
  console.log(`\n${took.map(([what, seconds]) => `${seconds.toFixed(1).padStart(7)} s  ${what}`).join('\n')}`)
}

async function provision(words: readonly string[], expected: number): Promise<void> {
  console.log(`$ provision -i inventory.yaml ${words.join(' ')}`)
  const command = [process.execPath, join(root, 'dist/cli.js'), '-i', 'inventory.yaml', ...words]
  const child = lab!.inNamespace(command, { cwd: folder, stdio: 'inherit', env: { ...process.env, HOME: folder } })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== expected) throw new Error(`provision exited with ${code}, not with ${expected}`)
}

async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  console.log(`\n━━ ${what}`)
  const started = performance.now()
  const result = await act()
  took.push([what, (performance.now() - started) / 1000])
  return result
}

function say(text: string): void {
  console.log(`   ${text}`)
}
