import * as z from 'zod'
import { type Change, change, notReady, type Plan, resource } from '../core/resource.ts'
import { type Script, sh } from '../core/shell.ts'

const SUPPORTED = '/usr/share/i18n/SUPPORTED'

const params = () =>
  z.strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z]{1,5}(_[A-Z]{2})?(\.[A-Za-z0-9-]+)?(@[a-z]+)?$/, 'must be a name such as en_US.UTF-8')
      .describe('Name of the locale, as in /usr/share/i18n/SUPPORTED: en_US.UTF-8.'),
    default: z.boolean().describe('Make it the language of the whole system (LANG of update-locale).').default(true),
  })

type Wanted = z.output<ReturnType<typeof params>>

export const locale = resource({
  name: 'locale',
  summary: 'Generate a locale and make it the language of the system.',
  description: 'Needs the package `locales`. A new LANG counts from the next login on.',
  examples: `
- locale: { name: en_US.UTF-8 }
`,
  params,

  read: ({ name, default: isDefault }) => ({
    available: sh`if command -v update-locale >/dev/null; then locale -a; else echo no update-locale; fi`,
    listed: readListed(name),
    language: isDefault ? readLanguage() : sh``,
  }),

  plan(wanted, now): Plan {
    if (now.available === 'no update-locale\n') return notReady('the package locales is not installed')
    const [entry = '', chosen] = now.listed.trim().split('\n')
    if (entry === '' && !isBuiltIn(wanted.name)) return notReady(`${SUPPORTED} has no locale ${wanted.name}`)
    const language = now.language.trim() || 'none'
    return [
      ...(isBuiltIn(wanted.name) ? [] : planGenerated(wanted, now.available, entry, chosen !== undefined)),
      ...(wanted.default ? change('LANG', language, wanted.name, sh`update-locale LANG=${wanted.name}`) : []),
    ]
  },
})

function planGenerated({ name }: Wanted, available: string, entry: string, isChosen: boolean): readonly Change[] {
  const isThere = available.split('\n').some((other) => normalize(other) === normalize(name))
  if (isThere && isChosen) return []
  const choose = sh`grep -qxF ${entry} /etc/locale.gen 2>/dev/null || { keep_file /etc/locale.gen && printf '%s\n' ${entry} >>/etc/locale.gen; }`
  return change(
    `locale ${name}`,
    isThere ? 'not in /etc/locale.gen' : 'absent',
    'generated',
    sh`{ ${choose}; } && locale-gen`,
  )
}

// The first file says which character set belongs to the name; the second what is generated again at every update.
function readListed(name: string): Script {
  return sh`set -- ${SUPPORTED} /etc/locale.gen
[ -f "$2" ] || set -- "$1"
if [ -f "$1" ]; then grep -hE ${`^${name.replaceAll('.', '\\.')} `} "$@" || [ $? -eq 1 ]; fi`
}

// Debian 13 keeps the language in /etc/locale.conf, with a link from the older place.
function readLanguage(): Script {
  return sh`for file in /etc/default/locale /etc/locale.conf; do
  if [ -f "$file" ]; then
    while IFS= read -r line; do
      case $line in
        LANG=*)
          value=\${line#LANG=}
          value=\${value#\"}
          printf '%s\n' "\${value%\"}"
          break
          ;;
      esac
    done <"$file"
    break
  fi
done`
}

/** The C library brings these along; locale-gen knows nothing of them. */
function isBuiltIn(name: string): boolean {
  return ['c', 'posix', 'c.utf8'].includes(normalize(name))
}

/** `locale -a` prints en_US.utf8 for en_US.UTF-8. */
function normalize(name: string): string {
  return name.toLowerCase().replace('utf-8', 'utf8')
}
