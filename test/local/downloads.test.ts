import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ControllerFile } from '../../src/core/controller-file.ts'
import { downloads } from '../../src/local/downloads.ts'

const CONTENT = Buffer.from('a package\0\xff', 'latin1')
const SUM = createHash('sha256').update(CONTENT).digest('hex')
const OTHER = SUM.replace(/^./, (first) => (first === '0' ? '1' : '0'))

const folder = mkdtempSync(join(tmpdir(), 'provision-downloads-'))
const cache = join(folder, 'provision')
const asked: string[] = []
const server = createServer((request, response) => {
  asked.push(request.url ?? '')
  if (request.url === '/moved') response.writeHead(302, { location: '/file' }).end()
  else if (request.url === '/file') response.end(CONTENT)
  else if (request.url === '/slow') response.write('a')
  else response.writeHead(404).end()
})
const oldCache = process.env.XDG_CACHE_HOME
let base = ''

before(async () => {
  process.env.XDG_CACHE_HOME = folder
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

after(() => {
  if (oldCache === undefined) delete process.env.XDG_CACHE_HOME
  else process.env.XDG_CACHE_HOME = oldCache
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})

const never = new AbortController().signal

/** Fetches in a run of its own. @returns the content, what was asked of the server, and what was told. */
async function fetchIt(url: string, sum = SUM, signal = never) {
  asked.length = 0
  const told: string[] = []
  const base64 = await downloads()(new ControllerFile(url, sum), signal, (text) => told.push(text))
  return { content: Buffer.from(base64, 'base64'), asked: [...asked], told }
}

test('a file is downloaded once by a run, and is there for the next one', async () => {
  const download = downloads()
  const told: string[] = []
  const hosts = [1, 2, 3].map(() =>
    download(new ControllerFile(`${base}/moved`, SUM), never, (text) => told.push(text)),
  )
  assert.deepEqual(new Set(await Promise.all(hosts)), new Set([CONTENT.toString('base64')]))
  assert.deepEqual(asked, ['/moved', '/file'])
  assert.deepEqual(told, [`fetching ${base}/moved`])
  assert.deepEqual(readdirSync(cache), [SUM])
  assert.equal(statSync(join(cache, SUM)).mode & 0o777, 0o600)
  assert.equal(statSync(cache).mode & 0o777, 0o700)
  assert.deepEqual(await fetchIt(`${base}/elsewhere`), { content: CONTENT, asked: [], told: [] })
})

test('what was kept and is not the file any more is downloaded again', async () => {
  writeFileSync(join(cache, SUM), 'cut')
  assert.deepEqual((await fetchIt(`${base}/file`)).asked, ['/file'])
  assert.deepEqual(readFileSync(join(cache, SUM)), CONTENT)
})

test('files of this machine are read where they are', async () => {
  const path = join(folder, 'a file')
  writeFileSync(path, CONTENT)
  for (const url of [path, `file://${folder}/a%20file`]) {
    assert.deepEqual(await fetchIt(url), { content: CONTENT, asked: [], told: [] })
  }
  await assert.rejects(fetchIt('/nowhere/at/all'), {
    name: 'HostError',
    message: 'cannot read /nowhere/at/all here, on the controller: there is no such file',
  })
  truncateSync(path, 64 * 1024 * 1024 + 1)
  await assert.rejects(fetchIt(path), { message: `${path} has more than 64 MiB: too much to be sent` })
  writeFileSync(path, CONTENT)
  await assert.rejects(fetchIt(path, OTHER), { message: new RegExp(`^refused: .*is ${SUM}, wanted ${OTHER}$`) })
})

test('what cannot be had says why, and is not kept', async () => {
  await assert.rejects(fetchIt(`${base}/none`, OTHER), {
    name: 'HostError',
    message: `cannot fetch ${base}/none: HTTP 404 Not Found`,
  })
  await assert.rejects(fetchIt(`${base}/file`, OTHER), {
    name: 'HostError',
    message: `refused: ${base}/file is not the file that was meant: its sha256 is ${SUM}, wanted ${OTHER}`,
  })
  await assert.rejects(fetchIt('http://no-such-host.invalid/x', OTHER), {
    message:
      /^cannot fetch http:\/\/no-such-host\.invalid\/x: (there is no host|DNS does not answer for) no-such-host\.invalid/,
    hint: /fetch_from: host/,
  })
  await assert.rejects(fetchIt('http://127.0.0.1:1/x', OTHER), { name: 'HostError', message: /127\.0\.0\.1:1\/x: / })
  assert.deepEqual(readdirSync(cache), [SUM])
})

test('a download ends when the user wants to', async () => {
  const end = new AbortController()
  const fetching = fetchIt(`${base}/slow`, OTHER, end.signal)
  server.once('request', () => setImmediate(() => end.abort()))
  await assert.rejects(fetching, { name: 'HostError' })
})
