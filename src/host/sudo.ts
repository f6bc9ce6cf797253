import { randomBytes } from 'node:crypto'
import { UnreachableError } from '../core/error.ts'
import type { Secret } from '../core/secret.ts'
import { sh } from '../core/shell.ts'
import type { Channel, Ending, OpenChannel, Traffic } from './channel.ts'
import type { Explain, Noise } from './explain.ts'

/** How long sudo may take to ask, or to start a shell, in milliseconds. PAM modules that ask a directory can be slow. */
const PATIENCE = 30_000

/**
 * Opens `sudo … sh` as another user.
 *
 * Without a password sudo is told never to ask (`-n`), so the script can follow at once. With one, sudo's prompt is a random
 * word and the shell says another random word when it starts: the password is sent when the first was seen, the script when
 * the second was. A NOPASSWD rule therefore never feeds the password to the shell, and a wrong password never feeds the
 * script to sudo's second prompt.
 *
 * @throws {UnreachableError} at stage `sudo`.
 */
export async function openSudo(
  open: OpenChannel,
  user: string,
  password: Secret | undefined,
  traffic: Traffic,
): Promise<Channel> {
  if (password === undefined) return open(sh`exec env LC_ALL=C sudo -n -H -u ${user} sh`.reveal())
  const prompt = randomBytes(12).toString('hex')
  const ready = randomBytes(12).toString('hex')
  const greeting = `echo ${ready}; exec sh`
  const channel = await open(sh`exec env LC_ALL=C sudo -S -p ${prompt} -H -u ${user} sh -c ${greeting}`.reveal())
  traffic.turns++
  await passPrompt(channel, { prompt, ready, password, user, traffic })
  return channel
}

interface Prompt {
  readonly prompt: string
  readonly ready: string
  readonly password: Secret
  readonly user: string
  readonly traffic: Traffic
}

function passPrompt(channel: Channel, { prompt, ready, password, user, traffic }: Prompt): Promise<void> {
  const noise: Noise = { stdout: '', stderr: '' }
  let asked = 0
  return new Promise((resolve, reject) => {
    const settle = (error?: UnreachableError) => {
      clearTimeout(late)
      channel.stdout.off('data', onStdout)
      channel.stderr.off('data', onStderr)
      if (error === undefined) return resolve()
      channel.kill()
      reject(error)
    }
    const onStdout = (chunk: Buffer) => {
      noise.stdout += chunk.toString('utf8')
      if (noise.stdout.includes(ready)) settle()
    }
    const onStderr = (chunk: Buffer) => {
      noise.stderr += chunk.toString('utf8')
      const times = noise.stderr.split(prompt).length - 1
      if (times > 1) return settle(new UnreachableError('sudo', 'sudo refused the password', 'type it again with -K'))
      if (times === asked) return
      asked = times
      traffic.turns++
      channel.stdin.write(`${password.reveal()}\n`)
    }
    const late = setTimeout(
      () => settle(new UnreachableError('sudo', `sudo neither asked nor started a shell in ${PATIENCE / 1000} s`)),
      PATIENCE,
    )
    channel.stdout.on('data', onStdout)
    channel.stderr.on('data', onStderr)
    // A write that fails means that sudo ended, which `ended` reports.
    channel.stdin.on('error', () => undefined)
    void channel.ended.then((ending) => {
      settle(explainSudo(user)(ending, { ...noise, stderr: noise.stderr.replaceAll(prompt, '\n') }))
    })
  })
}

const SLOW = 'see the log of sshd and PAM there: something in the login hangs'

/** Why sudo gave no shell, from what it printed (sudo speaks English under LC_ALL=C). */
export function explainSudo(user: string): Explain {
  return ({ code, signal, error }: Ending, { stdout, stderr }: Noise) => {
    if (error) return error
    const line = lastLine(stderr) || lastLine(stdout)
    const fail = (message: string, hint?: string) => new UnreachableError('sudo', message, hint)
    if (code === 127 || /sudo.*(?:No such file|not found)/.test(line)) {
      return fail('sudo is not installed on the host', 'install it, or log in as the user itself: user: root')
    }
    if (/password is required/.test(stderr)) {
      return fail(`sudo asks for a password to become ${user}`, '-K asks for the password once')
    }
    if (/not in the sudoers|not allowed to|may not run/.test(stderr)) {
      return fail(line.replace(/^sudo: /, ''), `allow it in /etc/sudoers.d, or leave out become`)
    }
    if (/must have a tty/.test(stderr)) {
      return fail('sudo on the host wants a terminal', 'remove "Defaults requiretty" from its sudoers')
    }
    if (code === undefined && signal === undefined) {
      return fail(`sudo started no shell for ${user}, and does not end`, SLOW)
    }
    return fail(line === '' ? `sudo ended with exit status ${code}` : line.replace(/^sudo: /, ''))
  }
}

/** Why a login gave no shell. */
export const explainLogin: Explain = ({ code, signal, error }, { stdout, stderr }) => {
  if (error) return error
  const line = lastLine(stderr) || lastLine(stdout)
  if (code === undefined && signal === undefined) {
    const said = line === '' ? '' : `; it said: ${line}`
    return new UnreachableError('channel', `the host took the login, and started no shell${said}`, SLOW)
  }
  const how = signal === undefined ? `exit status ${code}` : `signal ${signal}`
  const message = `the login shell ended before it ran sh (${how})${line === '' ? '' : `: ${line}`}`
  const other = /login as the user "([^"]+)"/.exec(stdout + stderr)?.[1]
  return new UnreachableError(
    'channel',
    message,
    other === undefined ? undefined : `log in as that user: user: ${other}`,
  )
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim() ?? ''
}
