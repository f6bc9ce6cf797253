import { type Impossible, impossible } from '../core/resource.ts'
import { sh } from '../core/shell.ts'

const MAIN = '/etc/ssh/sshd_config'
const DROP_INS = '/etc/ssh/sshd_config.d'

/** A line of sshd's configuration. */
interface Line {
  readonly file: string
  readonly number: number
  /** As it is written, but for old names. */
  readonly keyword: string
  readonly value: string
  /** The criteria of the Match block that it stands in. */
  readonly match: string | undefined
}

/** Every line in the order in which sshd reads it, as `DEPTH FILE NUMBER LINE` with tabs between; comments are left out. */
export const readConfiguration = sh`
sshd_lines() (
  depth=$1 file=$2 number=0
  while read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    case $line in '' | '#'*) continue ;; esac
    printf '%s\t%s\t%s\t%s\n' "$depth" "$file" "$number" "$line"
    case $line in
      [Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]]*)
        # Patterns are relative to /etc/ssh, and sshd goes no deeper than 16.
        for included in \${line#???????}; do
          case $included in /*) ;; *) included=/etc/ssh/$included ;; esac
          if [ -f "$included" ] && [ "$depth" -lt 16 ]; then sshd_lines $((depth + 1)) "$included"; fi
        done
        ;;
    esac
  done <"$file"
)
if [ -f ${MAIN} ]; then cd /etc/ssh && sshd_lines 0 ${MAIN}; fi`

/** Parses an answer to `readConfiguration`. A Match block ends with its file. */
export function parseConfiguration(answer: string): readonly Line[] {
  const matches: (string | undefined)[] = []
  const files: string[] = []
  return answer.split('\n').flatMap((text) => {
    const [, depth = '', file = '', number = '', line] = /^(\d+)\t([^\t]*)\t(\d+)\t(.*)$/.exec(text) ?? []
    if (line === undefined) return []
    const level = Number(depth)
    const isNew = files[level] !== file
    files.length = matches.length = isNew ? level : level + 1
    files[level] = file
    const setting = parseLine(line)
    if (!setting) return []
    if (setting.keyword.toLowerCase() === 'match') {
      matches[level] = setting.value
      return []
    }
    return [{ file, number: Number(number), ...setting, match: matches.findLast((one) => one !== undefined) }]
  })
}

/** A keyword and its value: `PermitRootLogin no`, `PermitRootLogin=no`. */
export function parseLine(line: string): Pick<Line, 'keyword' | 'value'> | undefined {
  const [, keyword = '', value = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? []
  if (keyword === '') return undefined
  const isOldName = keyword.toLowerCase() === 'challengeresponseauthentication'
  return { keyword: isOldName ? 'KbdInteractiveAuthentication' : keyword, value: value.replace(/^"(.*)"$/, '$1') }
}

/**
 * Why a file of the directory of drop-ins would not be what counts: sshd does not read it, or takes another value first.
 *
 * @param lenient keywords, in lower case, for which a Match block may say something else.
 */
export function findOverride(
  settings: ReadonlyMap<string, string>,
  path: string,
  lines: readonly Line[],
  lenient: ReadonlySet<string>,
): Impossible | undefined {
  const include = lines.findIndex(({ keyword, value, match }) => isInclude(keyword, value) && match === undefined)
  if (include === -1) {
    return impossible(
      `${MAIN} does not include ${DROP_INS}/*.conf`,
      `put this line at its top: Include ${DROP_INS}/*.conf`,
    )
  }
  const contradicts = ({ keyword, value }: Line): boolean => {
    const wanted = [...settings].find(([key]) => key.toLowerCase() === keyword.toLowerCase())
    return wanted !== undefined && meaning(wanted[1]) !== meaning(value)
  }
  const earlier = lines.find(
    (line, index) =>
      line.match === undefined &&
      (index < include || (line.file.startsWith(`${DROP_INS}/`) && line.file < path)) &&
      contradicts(line),
  )
  if (earlier) return impossible(`${describe(earlier)}, and is read first`, 'remove the line there')
  const matched = lines.find(
    (line) => line.match !== undefined && !lenient.has(line.keyword.toLowerCase()) && contradicts(line),
  )
  return matched
    ? impossible(`${describe(matched)} where "Match ${matched.match}" holds, and that wins`, 'remove the line there')
    : undefined
}

/** Values that say the same are equal: \`sshd -T\` prints the old word for \`prohibit-password\`. */
export function meaning(value: string): string {
  return value.toLowerCase() === 'without-password' ? 'prohibit-password' : value.toLowerCase()
}

function isInclude(keyword: string, value: string): boolean {
  return keyword.toLowerCase() === 'include' && /(^|\s)"?(\/etc\/ssh\/)?sshd_config\.d\/\*\.conf"?(\s|$)/.test(value)
}

function describe({ file, number, keyword, value }: Line): string {
  return `${file}:${number} says ${keyword} ${value}`
}
