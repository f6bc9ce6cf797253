import { Secret } from '../core/secret.ts'
import { joinScripts, type Script, sh } from '../core/shell.ts'

/** What acme.sh remembers about a certificate, in its own words (DOMAIN.conf). */
const REMEMBERED = [
  'Le_Domain',
  'Le_Alt',
  'Le_API',
  'Le_Webroot',
  'Le_Keylength',
  'Le_RenewalDays',
  'Le_DNSSleep',
  'Le_RealKeyPath',
  'Le_RealFullChainPath',
  'Le_ReloadCmd',
]

/** Where acme.sh keeps one certificate. */
export interface CertificateFiles {
  readonly configuration: string
  readonly key: string
  readonly fullchain: string
}

/** @param keyLength as acme.sh writes it: `ec-256`, `2048`. */
export function certificateFiles(home: string, domain: string, keyLength: string): CertificateFiles {
  const directory = `${home}/${domain}${keyLength.startsWith('ec-') ? '_ecc' : ''}`
  return {
    configuration: `${directory}/${domain}.conf`,
    key: `${directory}/${domain}.key`,
    fullchain: `${directory}/fullchain.cer`,
  }
}

/** What is remembered, whether the time of renewal has come, and the names inside the certificate. No network. */
export function readCertificate({ configuration, fullchain }: CertificateFiles): Script {
  return sh`if [ -f ${configuration} ] && [ -s ${fullchain} ]; then
  grep -E ${`^(${REMEMBERED.join('|')})=`} ${configuration} || [ $? -eq 1 ]
  while IFS= read -r line; do
    case $line in
      "Le_NextRenewTime='"*)
        next=\${line#*\'}
        [ "$(date +%s)" -lt "\${next%\'}" ] || echo due
        ;;
    esac
  done <${configuration}
  openssl x509 -noout -ext subjectAltName -checkend 0 -in ${fullchain} || echo expired
else
  echo absent
fi`
}

export interface CertificateState {
  readonly exists: boolean
  /** acme.sh would renew it at its next run, or it has ended already. */
  readonly isDue: boolean
  readonly names: ReadonlySet<string>
  readonly remembered: { readonly [name: string]: string | undefined }
}

/** @param answer what `readCertificate` printed. */
export function parseCertificate(answer: string): CertificateState {
  return {
    exists: answer !== 'absent\n',
    isDue: /^(due|expired)$/m.test(answer),
    names: new Set([...answer.matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name.toLowerCase())),
    remembered: Object.fromEntries(
      [...answer.matchAll(/^(Le_\w+)='(.*)'$/gm)].map(([, name, value = '']) => [name, decode(value)]),
    ),
  }
}

/** acme.sh wraps values that hold anything special. */
function decode(value: string): string {
  const wrapped = /^__ACME_BASE64__START_(.*)__ACME_BASE64__END_$/.exec(value)?.[1]
  return wrapped === undefined ? value : Buffer.from(wrapped, 'base64').toString('utf8')
}

export type Credentials = Readonly<Record<string, Secret>>

/**
 * Which variables of the DNS hook are saved as wanted. The comparison happens on the host, in the shell itself:
 * the values neither travel back nor stand in any argument or environment.
 */
export function readCredentials(home: string, credentials: Credentials): Script {
  const file = `${home}/account.conf`
  const names = Object.entries(credentials)
  if (names.length === 0) return sh``
  const branches = names.map(
    ([name, value]) => sh`    ${savedLine(`SAVED_${name}`, value)}) echo ${`saved ${name}`} ;;
    ${savedLine(name, value)}) echo ${`plain ${name}`} ;;`,
  )
  return sh`if [ -f ${file} ]; then
  while IFS= read -r line; do
    case $line in
${joinScripts(branches)}
    esac
  done <${file}
fi`
}

/**
 * Saves them where acme.sh looks for them at every renewal. Hooks that use its newer functions look for SAVED_NAME and delete NAME;
 * the others find NAME, because acme.sh sources the file. Older copies beside the certificate would win, so they go.
 */
export function saveCredentials(
  home: string,
  configuration: string,
  credentials: Credentials,
  mutable: ReadonlySet<string>,
): Script {
  const file = `${home}/account.conf`
  const names = Object.keys(credentials).join('|')
  const lines = Object.entries(credentials).map(
    ([name, value]) => `${savedLine(savedName(name, mutable), value).reveal()}\n`,
  )
  const drop = `^(SAVED_)?(${names})=`
  return sh`kept=$([ ! -f ${file} ] || grep -vE ${drop} ${file} || [ $? -eq 1 ]) &&
place_file ${file} owner=root group=root mode=0600 text="\${kept:+$kept
}"${new Secret(lines.join(''))} &&
if [ -f ${configuration} ] && grep -qE ${drop} ${configuration}; then
  kept=$(grep -vE ${drop} ${configuration}) && place_file ${configuration} text="$kept
"
fi`
}

/** @param mutable the names that hooks look for as SAVED_NAME. */
export function isSaved(answer: string, name: string, mutable: ReadonlySet<string>): boolean {
  return answer.split('\n').includes(`${mutable.has(name) ? 'saved' : 'plain'} ${name}`)
}

/** acme.sh writes values between single quotes and takes them through sed: these characters do not survive that. */
export function cannotBeSaved(value: Secret): boolean {
  return /['\\]/.test(value.reveal())
}

function savedName(name: string, mutable: ReadonlySet<string>): string {
  return mutable.has(name) ? `SAVED_${name}` : name
}

function savedLine(name: string, value: Secret): Secret {
  return new Secret(`${name}='${value.reveal()}'`)
}
