import type { Site } from './verify-fault.ts'

/** What a mail server does wrong. One that does nothing wrong looks like chasquid from outside. */
export interface LaxWish {
  /** It takes mail to others from anybody. */
  readonly relays?: true
  /** It takes mail at 465 and 587 from clients that have not logged in. */
  readonly submits?: true
  /** It takes passwords before TLS. */
  readonly clear?: true
  /** It speaks TLS 1.0. */
  readonly old?: true
  /** Ports without STARTTLS. */
  readonly plain?: readonly number[]
  /** The first line that it says at 587. */
  readonly greeting?: string
}

const program = `
import json, re, socket, ssl, sys, threading
wish = json.loads(sys.argv[1])
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(wish["folder"] + "/fullchain.pem", wish["folder"] + "/privkey.pem")
if wish.get("old"):
    tls.minimum_version = ssl.TLSVersion.TLSv1
    tls.set_ciphers("ALL:@SECLEVEL=0")

def talk(client, port):
    secure = port == 465
    if secure:
        client = tls.wrap_socket(client, server_side=True)
    say = lambda text: client.sendall((text + "\\r\\n").encode())
    say(wish["greeting"] if port == 587 and "greeting" in wish else "220 " + wish["name"] + " ESMTP")
    lines = client.makefile("rb")
    while line := lines.readline():
        line = line.decode().strip()
        verb = line.upper().split(" ")[0].split(":")[0]
        allowed = port == 25 or wish.get("submits")
        if verb == "EHLO":
            extensions = ["8BITMIME"] if secure or port in wish.get("plain", []) else ["STARTTLS"]
            if secure or wish.get("clear"):
                extensions.append("AUTH PLAIN")
            say("\\r\\n".join(["250-" + word for word in [wish["name"]] + extensions[:-1]] + ["250 " + extensions[-1]]))
        elif verb == "STARTTLS":
            say("220 go ahead")
            client = tls.wrap_socket(client, server_side=True)
            lines, secure = client.makefile("rb"), True
        elif verb == "MAIL":
            say("250 ok" if allowed else "530 log in first")
        elif verb == "RCPT":
            own = re.search("@" + re.escape(wish["domain"]) + ">", line)
            say("250 ok" if own or wish.get("relays") or port != 25 else "550 no relaying")
        elif verb == "AUTH":
            say("334 " if secure or wish.get("clear") else "503 TLS first")
        elif verb == "QUIT":
            say("221 bye")
            break
        else:
            say("250 ok" if verb == "RSET" else "501 what?")
    client.close()

def attempt(client, port):
    try:
        talk(client, port)
    except OSError:
        client.close()

def serve(port):
    server = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=100)
    while True:
        client, _ = server.accept()
        threading.Thread(target=attempt, args=(client, port), daemon=True).start()

threads = [threading.Thread(target=serve, args=(port,)) for port in (25, 465, 587)]
for thread in threads:
    thread.start()
`

const units = 'chasquid-smtp.socket chasquid-submission.socket chasquid-submission_tls.socket chasquid.service'

export const stopMail = `systemctl stop chasquid.service ${units}`
export const startMail = `systemctl reset-failed; systemctl start ${units}`
/** Not too often in ten seconds, or systemd refuses. */
export const restartMail = 'systemctl reset-failed; systemctl restart chasquid.service'

/** Shell text that puts another server in the place of chasquid. */
export function startLax(wish: LaxWish, { server, domain }: Site): string {
  const argument = JSON.stringify({ ...wish, name: server, domain, folder: `/etc/chasquid/certs/${domain}` })
  return `${stopMail}
cat >/run/lax.py <<'END'
${program}END
systemd-run --quiet --collect --unit=lax python3 /run/lax.py '${argument}'
for port in 25 465 587; do until ss -Hltn "sport = :$port" | grep -q .; do sleep 0.05; done; done`
}

export const stopLax = `systemctl stop lax; ${startMail}`
