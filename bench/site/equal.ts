/**
 * Whether two contestants made the same mail server.
 */
import type { Lab } from '../../src/lab/lab.ts'
import { siteState } from './state.ts'

/** What is looked at on the host. What is random in it, keys and hashes, is left out; what names differ by tool, too. */
const look = String.raw`
export LC_ALL=C
echo "hostname $(hostname) $(cat /etc/hostname) $(cat /etc/mailname)"
grep -E "^($ipv4|$ipv6|127.0.1.1)[[:space:]]" /etc/hosts | sort | sed 's/^/hosts /'
echo "zone $(readlink -f /etc/localtime)"
locale -a | grep -i '^en_US' | sed 's/^/locale /'
sed -n 's/"//g; s/^LANG=/lang /p' /etc/default/locale
dpkg-query -W -f 'package ${'$'}{Package} ${'$'}{Version} ${'$'}{db:Status-Status}\n' adduser bind9-dnsutils ca-certificates curl openssl nftables chasquid acme.sh 2>&1
for name in lo default all; do echo "sysctl $name $(sysctl -n net.ipv6.conf.$name.disable_ipv6) saved $(grep -hc "^net.ipv6.conf.$name.disable_ipv6 *= *0" /etc/sysctl.d/*.conf | grep -c 1)"; done
ip -6 -o address show scope global | awk '{ print "address", $4 }'
grep -hv '^#' /etc/netplan/90-*.yaml | sed 's/^/netplan /'
for port in 22 25 465 587; do nft list ruleset | grep 'tcp dport' | grep -qw "$port" && echo "firewall $port"; done
nft list ruleset | grep -q 'hook input.*policy drop' && echo 'firewall drops the rest'
echo "nftables $(systemctl is-enabled nftables)"
grep -v '^#' /etc/chasquid/chasquid.conf | sed 's/^/chasquid.conf /'
cd /etc/chasquid
stat -c 'mode %n %a %U:%G' domains/"$domain" domains/"$domain"/* certs/"$domain" certs/"$domain"/*
sed 's/^/alias /' "domains/$domain/aliases"
sed -n 's/^ *key: */user /p' "domains/$domain/users"
chasquid-util authenticate "$sender" --password="$password" >/dev/null 2>&1 && echo 'sender may log in'
echo "dkim $(openssl pkey -in "domains/$domain/dkim:mail.pem" -noout -text | head -n 1)"
openssl x509 -in "certs/$domain/fullchain.pem" -noout -ext subjectAltName | tail -n 1 | sed 's/^ */names /'
for unit in chasquid.service chasquid-smtp.socket chasquid-submission.socket chasquid-submission_tls.socket acme-renew.timer; do echo "unit $unit $(systemctl is-enabled $unit) $(systemctl is-active $unit)"; done
for port in 25 587; do
  said=$(echo QUIT | openssl s_client -starttls smtp -connect "127.0.0.1:$port" -servername "$domain" 2>/dev/null | openssl x509 -noout -fingerprint -sha256)
  [ "$said" = "$(openssl x509 -in "certs/$domain/fullchain.pem" -noout -fingerprint -sha256)" ] && echo "port $port shows the certificate"
done
for name in A/"$mail_host" AAAA/"$mail_host" TXT/"$mail_host" MX/"$domain" TXT/"$domain" TXT/_dmarc."$domain"; do
  dig +noall +answer "@$dns_server" "${'$'}{name#*/}" "${'$'}{name%%/*}" | awk '{ $1 = $1; print "dns", $0 }'
done
[ "$(dig +short "@$dns_server" "mail._domainkey.$domain" TXT | tr -d '" ')" = "v=DKIM1;k=rsa;p=$(openssl pkey -in "domains/$domain/dkim:mail.pem" -pubout -outform DER | base64 -w0)" ] && echo 'dns has the DKIM key'
`

/** What a person would look at on a host that a contestant is done with, one fact a line, without what is random. */
export async function siteFacts(lab: Lab, host: string): Promise<readonly string[]> {
  const values = Object.entries(await siteState(lab, host)).map(([name, value]) => `${name}='${value}'\n`)
  const printed = await lab.demand(host, ['sh', '-s'], { input: `${values.join('')}${look}\ntrue\n` })
  return printed.split('\n').filter(Boolean)
}

/** Facts of one that the other has not, each with a sign; none where both are equal. */
export function siteDifferences(wanted: readonly string[], found: readonly string[]): readonly string[] {
  const missing = wanted.filter((fact) => !found.includes(fact)).map((fact) => `- ${fact}`)
  return [...missing, ...found.filter((fact) => !wanted.includes(fact)).map((fact) => `+ ${fact}`)]
}
