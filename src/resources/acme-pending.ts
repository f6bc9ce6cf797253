import { joinScripts, type Script, sh } from '../core/shell.ts'
import { reachAuthority } from './acme-host.ts'
import { attemptIssue, filesOf, issueOptions, type Ordered } from './acme-issue.ts'
import { readCertificate } from './acme-state.ts'

// An order in the background: a transient unit of systemd runs acme.sh and writes into one file how that ended. The file
// begins with a line `running`, or the exit status once it is over; then come the options of the order, and what acme.sh said.

/** Seconds for one try of acme.sh. */
const LIMIT = 900

/** How much is kept of what acme.sh says, in bytes. */
const OUTPUT_BYTES = 16_384

function placesOf(wanted: Ordered) {
  const { configuration } = filesOf(wanted)
  const directory = configuration.slice(0, configuration.lastIndexOf('/'))
  return {
    directory,
    // Keys of both kinds may be ordered for one domain. All characters of a domain may stand in the name of a unit.
    unit: `provision-acme-${directory.slice(directory.lastIndexOf('/') + 1)}`,
    state: `${directory}/provision-order`,
    script: `${directory}/provision-order.sh`,
  }
}

function optionsOf(wanted: Ordered): string {
  return issueOptions(wanted).join(' ')
}

/**
 * Leaves in `$order` what is known of this very order: nothing, `running`, `lost` where its unit is gone without a word, or
 * the exit status of acme.sh. The unit is asked first: it ends after it has written.
 */
function lookUp(wanted: Ordered): Script {
  const { state, unit } = placesOf(wanted)
  return sh`order='' options=''
if [ -f ${state} ]; then
  active=$(systemctl is-active ${`${unit}.service`})
  { read -r order && read -r options; } <${state}
  [ "$options" = ${optionsOf(wanted)} ] || order=''
  case $order:$active in running:active | running:activating) ;; running:*) order=lost ;; esac
fi`
}

/** For `acme_order`: a word about the order, and below it the certificate, which no running order changes under our eyes. */
export function readOrder(wanted: Ordered): Script {
  return joinScripts([
    lookUp(wanted),
    sh`case $order in
  running) echo running ;;
  '' | lost | 0)
    echo ended
${readCertificate(filesOf(wanted))}
    ;;
  *) echo failed ;;
esac`,
  ])
}

/**
 * For `acme_certificate`: `ordered` as long as there is something to collect, else what `otherwise` asks. Whether the order
 * is still running is not told: an answer that changes by itself would make the run plan again.
 */
export function unlessOrdered(wanted: Ordered, otherwise: Script): Script {
  return joinScripts([
    lookUp(wanted),
    sh`case $order in
  '' | lost)
${otherwise}
    ;;
  *) echo ordered ;;
esac`,
  ])
}

/**
 * Starts the unit. One at a time runs acme.sh, which keeps answers of the authority in files of its home. It works on a copy of
 * account.conf, below /run and gone with the unit: acme.sh writes that file in place, where others read it meanwhile.
 */
export function beginOrder(wanted: Ordered): Script {
  const { home, ca_bundle } = wanted
  const { directory, unit, state, script } = placesOf(wanted)
  const client = sh`timeout ${LIMIT} acme.sh --accountconf "$RUNTIME_DIRECTORY/account.conf"`
  const options = issueOptions(wanted)
  return joinScripts([
    reachAuthority(wanted),
    ...(ca_bundle ? [rememberBundle(home, ca_bundle)] : []),
    sh`umask 077
directory=${directory} state=${state} script=${script}
[ -d "$directory" ] || mkdir -- "$directory" || exit
! systemctl is-active --quiet ${`${unit}.service`} || systemctl stop ${`${unit}.service`} || exit
cat >"$script.new" <<'END' && mv -f -- "$script.new" "$script" || exit
state=${state}
exec 9>>${`${home}/provision.lock`} && flock 9 || exit
[ ! -f ${`${home}/account.conf`} ] || cp ${`${home}/account.conf`} "$RUNTIME_DIRECTORY/account.conf" || exit
${attemptIssue(client, options)}
umask 077
{ printf '%s\n' "$status" ${optionsOf(wanted)} && printf '%s\n' "$said" | tail -c ${OUTPUT_BYTES}; } >"$state.new" &&
  sync -- "$state.new" && mv -f -- "$state.new" "$state"
END
printf '%s\n' running ${optionsOf(wanted)} >"$state.new" && sync -- "$state.new" && mv -f -- "$state.new" "$state" || exit
systemd-run --quiet --collect --unit=${unit} --property=RuntimeDirectory=${unit} --property=RuntimeDirectoryMode=0700 /bin/sh "$script"`,
  ])
}

/** Waits for the end of an order, and fails with what acme.sh said where that failed. `place` installs the certificate. */
export function collectOrder(wanted: Ordered, place: Script): Script {
  const { unit, state, script } = placesOf(wanted)
  return joinScripts([
    sh`state=${state} script=${script}
while read -r order <"$state" && [ "$order" = running ]; do
  case $(systemctl is-active ${`${unit}.service`}) in active | activating) sleep 0.2 ;; *) break ;; esac
done
read -r order <"$state" || exit
sed 1,2d "$state"
if [ "$order" != 0 ]; then
  rm -f -- "$script" "$state"
  [ "$order" != running ] || { echo ${`the order ended without a result: journalctl -u ${unit} may say why`} && exit 1; }
  exit "$order"
fi`,
    joinScripts([place, sh`rm -f -- "$script" "$state"`], ' &&\n'),
  ])
}

// What acme.sh would save itself, had it not a copy: renewals need it.
function rememberBundle(home: string, bundle: string): Script {
  const file = `${home}/account.conf`
  const line = `CA_BUNDLE='${bundle}'`
  return sh`if ! grep -qxF ${line} ${file} 2>/dev/null; then
  kept=$([ ! -f ${file} ] || grep -v '^CA_BUNDLE=' ${file} || [ $? -eq 1 ]) &&
    place_file ${file} owner=root group=root mode=0600 text="\${kept:+$kept
}"${`${line}\n`} || exit
fi`
}
