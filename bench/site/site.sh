# A mail server on a fresh Debian, as a good administrator writes it who has one kind of host: compares before it writes, does
# nothing twice, and restarts what was changed. The variables stand before it.
set -eu
umask 022
export LC_ALL=C DEBIAN_FRONTEND=noninteractive HOME=/root
changed=0
restart=
did() { changed=$((changed + 1)); echo "changed: $1"; }

# file PATH MODE OWNER:GROUP <CONTENT; says by its status whether it changed something
file() {
  cat >"$1.new~"
  if [ -f "$1" ] && cmp -s "$1.new~" "$1" && [ "$(stat -c '%a %U:%G' "$1")" = "$2 $3" ]; then
    rm -f "$1.new~"
    return 1
  fi
  chown "$3" "$1.new~" && chmod "$2" "$1.new~" && mv -f "$1.new~" "$1" && did "$1"
}
folder() {
  [ "$(stat -c '%a %U:%G' "$1" 2>/dev/null)" = "$2 $3" ] && return
  mkdir -p "$1" && chown "$3" "$1" && chmod "$2" "$1" && did "$1"
}
line() { grep -qxF -- "$2" "$1" 2>/dev/null || { printf '%s\n' "$2" >>"$1" && did "$1"; }; }
enabled() {
  systemctl is-enabled -q "$1" && systemctl is-active -q "$1" && return
  systemctl enable -q --now "$1" && did "$1"
}
installed() { [ "$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2>/dev/null)" = "installed $2" ]; }

# System
printf '%s\n' "$mail_host" | file /etc/hostname 644 root:root || :
printf '%s\n' "$mail_host" | file /etc/mailname 644 root:root || :
[ "$(hostname)" = "$mail_host" ] || { hostname "$mail_host" && did hostname; }
own="127.0.1.1 $mail_host ${mail_host%%.*}"
grep -qxF "$own" /etc/hosts || { sed -i '/^127\.0\.1\.1[[:space:]]/d' /etc/hosts && line /etc/hosts "$own"; }
line /etc/hosts "$ipv4 $mail_host"
line /etc/hosts "$ipv6 $mail_host"
[ "$(readlink /etc/localtime)" = /usr/share/zoneinfo/UTC ] || { ln -sfn /usr/share/zoneinfo/UTC /etc/localtime && did 'time zone'; }
[ "$(cat /etc/timezone 2>/dev/null)" = UTC ] || [ ! -e /etc/timezone ] || { echo UTC >/etc/timezone && did /etc/timezone; }
locale -a | grep -qx en_US.utf8 || {
  line /etc/locale.gen 'en_US.UTF-8 UTF-8'
  locale-gen >/dev/null && did locale
}
grep -qxE 'LANG="?en_US.UTF-8"?' /etc/default/locale 2>/dev/null || { update-locale LANG=en_US.UTF-8 && did LANG; }

# Packages, all in one transaction; chasquid is not to start before it is configured
missing=
for name in adduser bind9-dnsutils ca-certificates curl openssl nftables; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing="$missing $name"
done
installed chasquid "$chasquid_version" || missing="$missing $chasquid_deb"
[ "$(dpkg-query -W -f '${db:Status-Status}' acme.sh 2>/dev/null)" = installed ] || missing="$missing $acme_deb"
if [ -n "$missing" ]; then
  apt-get update -qq
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  apt-get install -y -qq --no-install-recommends $missing >/dev/null
  rm -f /usr/sbin/policy-rc.d
  trap - EXIT
  did "packages$missing"
  restart=yes
fi

# Network
for name in lo default all; do
  key=net.ipv6.conf.$name.disable_ipv6
  [ "$(sysctl -n "$key")" = 0 ] || { sysctl -qw "$key=0" && did "$key"; }
  line /etc/sysctl.d/90-mail.conf "$key = 0"
done
interface=$(ip -4 -o route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
file /etc/netplan/90-mail.yaml 600 root:root <<END && netplan apply
network:
  version: 2
  ethernets:
    $interface:
      addresses:
        - $ipv6/64
END
file /etc/nftables.conf 755 root:root <<'END' && nft -f /etc/nftables.conf
#!/usr/sbin/nft -f
flush ruleset
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    ct state invalid drop
    iif lo accept
    meta l4proto { 1, 58 } accept
    tcp dport { 22, 25, 465, 587 } accept
  }
}
END
enabled nftables.service

# chasquid
config=/etc/chasquid
file $config/chasquid.conf 644 root:root <<END && restart=yes
hostname: "$mail_host"
max_data_size_mb: 50
smtp_address: "systemd"
submission_address: "systemd"
submission_over_tls_address: "systemd"
END
here=$config/domains/$domain
folder "$here" 2750 root:chasquid
key=$here/dkim:mail.pem
if [ ! -s "$key" ]; then
  (umask 077 && openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$key")
  chown root:chasquid "$key" && chmod 640 "$key" && did "$key"
  restart=yes
fi

# Certificate
folder /var/lib/acme.sh 700 root:root
printf '%s\n' "$tsig" | file /var/lib/acme.sh/tsig.key 600 root:root || :
acme() { acme.sh "$@" --home /var/lib/acme.sh --server "$acme_server" --ca-bundle /usr/local/share/ca-certificates/lab-api.crt; }
certs=$config/certs/$domain
folder "$certs" 2750 root:chasquid
if ! openssl x509 -noout -checkend 0 -in "/var/lib/acme.sh/${domain}_ecc/fullchain.cer" >/dev/null 2>&1 || [ ! -s "$certs/fullchain.pem" ]; then
  acme --register-account -m "ops@$domain" >/dev/null
  for name in privkey fullchain; do
    : >"$certs/$name.pem" && chown root:chasquid "$certs/$name.pem" && chmod 640 "$certs/$name.pem"
  done
  said=$(NSUPDATE_SERVER=$dns_server NSUPDATE_KEY=/var/lib/acme.sh/tsig.key acme --issue --dns dns_nsupdate --dnssleep 1 \
    -d "$domain" -d "*.$domain" --keylength ec-256 --days 30 --key-file "$certs/privkey.pem" \
    --fullchain-file "$certs/fullchain.pem" --reloadcmd 'systemctl try-restart chasquid.service' 2>&1) || {
    printf '%s\n' "$said" >&2
    exit 1
  }
  did "certificate of $domain"
  restart=yes
fi
file /etc/systemd/system/acme-renew.service 644 root:root <<'END' && systemctl daemon-reload
[Unit]
Description=Renew certificates that are due

[Service]
Type=oneshot
ExecStart=/usr/bin/acme.sh --cron --home /var/lib/acme.sh
END
file /etc/systemd/system/acme-renew.timer 644 root:root <<'END' && systemctl daemon-reload
[Timer]
OnCalendar=daily
RandomizedDelaySec=6h
Persistent=true

[Install]
WantedBy=timers.target
END
enabled acme-renew.timer

# Users and aliases
if [ ! -f "$here/users" ] || ! chasquid-util authenticate "$sender" --password="$password" >/dev/null 2>&1; then
  chasquid-util user-add "$sender" --password="$password" >/dev/null
  did "user $sender"
fi
[ "$(stat -c '%a %U:%G' "$here/users")" = '640 root:chasquid' ] || { chown root:chasquid "$here/users" && chmod 640 "$here/users" && did users; }
printf '*: %s\n' "$sender" | file "$here/aliases" 640 root:chasquid || :

# Start
[ -z "$restart" ] || systemctl stop chasquid.service
for socket in smtp submission submission_tls; do enabled chasquid-$socket.socket; done
enabled chasquid.service

# DNS: what differs from what the server answers
public=$(openssl pkey -in "$key" -pubout -outform DER | base64 -w0)
record() { # NAME TYPE VALUE as dig +short prints it
  [ "$(dig +short "@$dns_server" "$1" "$2" | tr -d '" ')" = "$(printf %s "$3" | tr -d '" ')" ] && return
  printf 'update delete %s. %s\nupdate add %s. 300 %s %s\n' "$1" "$2" "$1" "$2" "$3"
}
updates=$(
  record "$mail_host" A "$ipv4"
  record "$mail_host" AAAA "$ipv6"
  record "$domain" MX "10 $mail_host."
  record "$domain" TXT "\"v=spf1 mx ip4:$ipv4 ip6:$ipv6 ~all\""
  record "$mail_host" TXT '"v=spf1 a -all"'
  record "_dmarc.$domain" TXT '"v=DMARC1; p=none"'
  dkim="v=DKIM1; k=rsa; p=$public"
  record "mail._domainkey.$domain" TXT "\"$(printf %.250s "$dkim")\" \"${dkim#"$(printf %.250s "$dkim")"}\""
)
if [ -n "$updates" ]; then
  printf 'server %s\nzone %s\n%s\nsend\n' "$dns_server" "$domain" "$updates" | nsupdate -k /var/lib/acme.sh/tsig.key
  did "DNS of $domain"
fi
echo "changed $changed"
