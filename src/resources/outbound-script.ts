import { type Script, sh } from '../core/shell.ts'
import { canonicalValue } from '../mail/dns-record.ts'

/**
 * Perl, which every Debian has (perl-base is essential): one process for each target and family, all at once. Each says
 * how far it comes, and is killed by its own alarm: what it has not said by then did not happen in time.
 */
const program = String.raw`use strict; use Socket qw(:DEFAULT :addrinfo IPPROTO_TCP);
my ($seconds, @targets) = @ARGV;
for my $target (@targets) { for my $family (4, 6) {
  next if fork;
  alarm $seconds;
  my ($name, $port) = $target =~ /^(.*?)(?:#(\d+))?$/;
  my $say = sub { my $line = "@_"; $line =~ s/[^ -~]/?/g; syswrite STDOUT, "$target $family $line\n" };
  my ($error, $place) = getaddrinfo($name, $port || 25, { socktype => SOCK_STREAM, family => $family == 4 ? AF_INET : AF_INET6 });
  if (!$place) { $say->("nowhere $error"); exit }
  my (undef, $address) = getnameinfo($place->{addr}, NI_NUMERICHOST, NIx_NOSERV);
  $say->("address $address");
  socket(my $socket, $place->{family}, SOCK_STREAM, IPPROTO_TCP) or do { $say->("error $!"); exit };
  connect($socket, $place->{addr}) or do { $say->("error $!"); exit };
  $say->("connected");
  my $greeting = "";
  while ($greeting !~ /\n/ && length $greeting < 512) { sysread($socket, $greeting, 512, length $greeting) or last }
  $greeting =~ s/\r?\n.*//s;
  $say->("greeting $greeting");
  syswrite $socket, "QUIT\r\n";
  exit } }
1 while wait != -1`

/**
 * Asks from the host: what happens on the way to other mail servers, and what IPv6 there is.
 *
 * @param targets host names, each with `#PORT` if it is not 25.
 * @param seconds for all of it: looking the name up, connecting, the greeting.
 */
export function askOutbound(targets: readonly string[], seconds: number): Script {
  return sh`
while read -r address _ _ scope _ interface; do echo "ipv6 $address $scope $interface"; done 2>/dev/null </proc/net/if_inet6
while read -r to length _ _ _ _ _ _ _ interface; do
  case $to/$length/$interface in
    */00/lo) ;;
    00000000000000000000000000000000/00/*) echo "ipv6 route $interface" ;;
  esac
done 2>/dev/null </proc/net/ipv6_route
if command -v perl >/dev/null; then perl -e ${program} ${seconds} ${targets}; else echo 'no perl'; fi`
}

/** How far a connection came. */
export interface Attempt {
  readonly target: string
  readonly family: 4 | 6
  /** `nowhere`: the name has no such address, or was not found. */
  readonly outcome: 'nowhere' | 'filtered' | 'refused' | 'unreachable' | 'silent' | 'greeted'
  readonly address: string | undefined
  /** The greeting, or the reason in words. */
  readonly text: string
}

export interface Seen {
  readonly attempts: readonly Attempt[]
  readonly hasPerl: boolean
  /** Global IPv6 addresses. */
  readonly ipv6: readonly string[]
  readonly hasIpv6Route: boolean
}

/** Reads the answer to `askOutbound`. */
export function parseOutbound(answer: string, targets: readonly string[], seconds: number): Seen {
  const lines = answer.split('\n')
  const ipv6 = lines.flatMap((line) => {
    // Scope 00 is global, and 2000::/3 is what the world can answer to (RFC 4291 section 2.4).
    const [, address = ''] = /^ipv6 ([23][0-9a-f]{31}) 00 (?!lo$)/.exec(line) ?? []
    return address === '' ? [] : [canonicalValue('AAAA', address.replace(/(.{4})(?!$)/g, '$1:'), '')]
  })
  return {
    attempts: targets.flatMap((target) =>
      ([4, 6] as const).map((family) => {
        const prefix = `${target} ${family} `
        const said = lines.flatMap((line) => (line.startsWith(prefix) ? [line.slice(prefix.length)] : []))
        return { target, family, ...howFar(said, seconds) }
      }),
    ),
    hasPerl: !lines.includes('no perl'),
    ipv6,
    hasIpv6Route: lines.some((line) => line.startsWith('ipv6 route ')),
  }
}

function howFar(said: readonly string[], seconds: number): Pick<Attempt, 'outcome' | 'address' | 'text'> {
  const word = (key: string): string | undefined =>
    said.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1)
  const address = word('address')
  const late = `within ${seconds} s`
  if (address === undefined) {
    return { outcome: 'nowhere', address, text: word('nowhere') ?? `the resolver gave no answer ${late}` }
  }
  const error = word('error')
  if (error !== undefined) {
    const outcome = /refused/i.test(error) ? 'refused' : /timed out/i.test(error) ? 'filtered' : 'unreachable'
    return { outcome, address, text: error.toLowerCase() }
  }
  if (!said.includes('connected')) return { outcome: 'filtered', address, text: `no answer ${late}` }
  const greeting = said.find((line) => line.startsWith('greeting'))?.slice('greeting '.length)
  if (greeting === undefined) return { outcome: 'silent', address, text: `connected, but no greeting ${late}` }
  if (greeting === '') return { outcome: 'silent', address, text: 'connected, but closed without a greeting' }
  return { outcome: 'greeted', address, text: greeting }
}
