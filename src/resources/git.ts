import * as z from 'zod'
import { type Change, impossible, notReady, resource } from '../core/resource.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'
import { path } from './params.ts'

const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/

const params = () =>
  z.strictObject({
    repo: z
      .string()
      .regex(/^[^-\s][^\s]*$/, 'must be an address, such as https://github.com/acmesh-official/acme.sh.git')
      .refine(
        (url) => !/^[a-z+]+:\/\/[^/@]*:[^/@]*@/i.test(url),
        'must not hold a password, which would show in `ps`: use a deploy key',
      )
      .describe('Address of the repository.'),
    dest: path().describe('Directory of the work tree; made where it does not exist.'),
    ref: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._/+-]*$/, 'must be a branch, a tag, or a whole commit id')
      .refine((ref) => !/\.\.|\/$|\.lock$/.test(ref), 'must be a branch, a tag, or a whole commit id')
      .describe('Branch, tag, or whole commit id; HEAD is the default branch.')
      .default('HEAD'),
    depth: z.number().int().min(1).describe('Fetch only so many commits of history.').optional(),
    update: z
      .boolean()
      .describe(
        'Ask the repository at every run (and check) whether a branch or tag has moved; `false`: what was fetched once stays.',
      )
      .default(false),
    force: z.boolean().describe('Throw away local changes to files of the repository.').default(false),
  })

type Wanted = z.output<ReturnType<typeof params>>

// There is nobody to answer a question.
const neverAsk = sh`export GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND='ssh -o BatchMode=yes'`

export const git = resource({
  name: 'git',
  summary: 'Have a git repository checked out at a branch, tag or commit.',
  description: `
The work tree stands at the commit itself (a detached HEAD). A commit id can never move, so it is the most honest \`ref\`. git must be installed. For private repositories
put a key on the host and use its user with \`become_user\`; git never asks for a password here.`,
  examples: `
- name: acme.sh
  git: { repo: "https://github.com/acmesh-official/acme.sh.git", dest: /opt/acme.sh, ref: 3.1.1, depth: 1 }
- name: The application follows its branch
  git: { repo: "https://git.example.org/app.git", dest: /srv/app, ref: main, update: true, force: true }
`,
  params,
  read: (wanted) => ({
    tree: readTree(wanted),
    remote: wanted.update && !COMMIT.test(wanted.ref) ? readRemote(wanted) : sh``,
  }),

  plan(wanted, now) {
    const { repo, dest, ref, update, force } = wanted
    const [kind = '', url = '', head = '', known = '', modified = '0'] = now.tree.split('\n')
    if (kind === 'no git') return notReady('git is not installed')
    if (kind === 'occupied') return impossible(`${dest} is not empty and no git repository`)
    const target = COMMIT.test(ref) ? ref : update ? latest(now.remote, ref) : known
    if (update && target === '') return notReady(`${repo} has neither a branch nor a tag "${ref}"`)
    const isThere = kind === 'tree' && head !== '' && url === repo && target !== '' && head === target
    if (isThere && !(force && modified !== '0')) return []
    return [describe(wanted, { isTree: kind === 'tree', url, head, known, target, modified })]
  },
})

interface Found {
  readonly isTree: boolean
  readonly url: string
  readonly head: string
  /** The commit that was fetched last for this ref. */
  readonly known: string
  readonly target: string
  readonly modified: string
}

function describe(wanted: Wanted, { isTree, url, head, known, target, modified }: Found): Change {
  const { repo, dest, ref, force } = wanted
  const to = target && !COMMIT.test(ref) ? `${ref} (${short(target)})` : COMMIT.test(ref) ? short(ref) : ref
  const steps = [
    ...(isTree ? [] : [sh`git init --quiet -- ${dest}`]),
    ...(url === repo ? [] : [sh`git -C ${dest} config remote.origin.url ${repo}`]),
  ]
  const from = [head ? short(head) : 'absent']
  if (url !== '' && url !== repo) from.push(`of ${url}`)
  if (head !== '' && head === target && modified !== '0') from.push(`with ${modified} files changed`)
  const mine = sh`refs/provision/${ref}`
  const isFetched = known !== '' && known === target && url === repo
  const checkout = ['checkout', '--quiet', ...(force ? ['--force'] : []), '--detach']
  const apply = joinScripts(
    [...steps, ...(isFetched ? [] : [neverAsk, fetch(wanted, mine)]), sh`git -C ${dest} ${checkout} ${mine} --`],
    ' &&\n',
  )
  return { what: dest, from: from.join(' '), to: url !== '' && url !== repo ? `${to} of ${repo}` : to, apply }
}

// The commit is kept under a name of ours: a branch that moves on the other side does not move what was asked for.
function fetch({ dest, ref, depth }: Wanted, mine: Script): Script {
  const quiet = sh`git -C ${dest} fetch --quiet --force`
  const options = ['--no-tags', ...(depth === undefined ? [] : ['--depth', depth])]
  const one = sh`${quiet} ${options} -- origin ${`+${ref}`}:${mine}`
  if (!COMMIT.test(ref)) return one
  // Some servers give a commit only as a part of their branches.
  return sh`{ ${one} ||
  { ${quiet} --tags -- origin '+refs/heads/*:refs/remotes/origin/*' && git -C ${dest} update-ref ${mine} ${ref}; }; }`
}

function readTree({ dest, ref, force }: Wanted): Script {
  const modified = force ? sh`git -C ${dest} status --porcelain --untracked-files=no | wc -l` : sh`echo 0`
  return sh`if ! command -v git >/dev/null; then echo 'no git'
elif [ -e ${dest}/.git ]; then
  echo tree
  git -C ${dest} config --get remote.origin.url || echo
  git -C ${dest} rev-parse --quiet --verify HEAD || echo
  git -C ${dest} rev-parse --quiet --verify refs/provision/${ref}'^{commit}' || echo
  ${modified}
elif [ -d ${dest} ] && [ -z "$(ls -A -- ${dest})" ] || [ ! -e ${dest} ]; then echo absent
else echo occupied; fi`
}

function readRemote({ repo, ref }: Wanted): Script {
  return sh`if command -v git >/dev/null; then
  ${neverAsk} && timeout 60 git ls-remote -- ${repo} ${ref} ${`${ref}^{}`}
fi`
}

/** The commit that a branch or tag has on the other side: an annotated tag's own (`^{}`), then a tag's, then a branch's. */
function latest(answer: string, ref: string): string {
  const commits = new Map(answer.split('\n').map((line) => line.split('\t').reverse() as [string, string]))
  const names = [`refs/tags/${ref}^{}`, `refs/tags/${ref}`, `refs/heads/${ref}`, ref]
  return names.map((name) => commits.get(name)).find((commit) => commit !== undefined) ?? ''
}

function short(commit: string): string {
  return commit.slice(0, 10)
}
