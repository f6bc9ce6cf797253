/** What the authority of a lab does wrong, as shell text on the host that it runs on. */
export interface AuthorityFault {
  readonly kind: 'ACME down' | 'ACME slow'
  readonly where: string
  readonly cause: string
  readonly says: readonly RegExp[]
  /** Seconds within which the run has to end. */
  readonly within: number
}

/** Stands before Pebble: passes everything on, but for what its mode says, and counts the orders in /run/orders. */
const proxy = `
import http.client, http.server, json, ssl, sys, time
mode = sys.argv[1]
class Proxy(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/order-plz": open("/run/orders", "a").write(mode + chr(10))
        if mode == "500": return self.problem(500, "serverInternal", "out of order")
        if mode == "limited" and self.path == "/order-plz": return self.problem(429, "rateLimited", "too many certificates already issued")
        if mode == "slow": time.sleep(2)
        pebble = http.client.HTTPSConnection("127.0.0.1", 14000, context=ssl._create_unverified_context())
        pebble.request(self.command, self.path, body, dict(self.headers))
        got = pebble.getresponse()
        self.pass_on(got.status, got.getheaders(), got.read())
    def problem(self, status, kind, detail):
        text = json.dumps({"type": "urn:ietf:params:acme:error:" + kind, "detail": detail, "status": status}).encode()
        self.pass_on(status, [("Content-Type", "application/problem+json"), ("Replay-Nonce", "nonce")], text)
    def pass_on(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "date", "connection"): self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD": self.wfile.write(body)
    do_GET = do_POST = do_HEAD = answer
server = http.server.ThreadingHTTPServer(("0.0.0.0", 14999), Proxy)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], "/etc/pebble/api.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
`

const table = (chain: string, rule: string): string =>
  `nft add table inet cause; nft add chain inet cause way '{ type ${chain}; }'; nft add rule inet cause way tcp dport 14000 ${rule}`

/** Shell text: who asks the authority from elsewhere is answered by the proxy. */
const proxied = (mode: string, certificate = '/etc/pebble/api.pem'): string => `rm -f /run/orders
cat >/run/proxy.py <<'EOF'
${proxy}
EOF
systemd-run --quiet --collect --unit=proxy python3 /run/proxy.py ${mode} ${certificate}
timeout 20 bash -c 'until exec 3<>/dev/tcp/127.0.0.1/14999; do sleep 0.1; done' 2>/dev/null
${table('nat hook prerouting priority -100', 'redirect to :14999')}`

/** Shell text: the authority is as it was. */
export const mendAuthority = 'nft delete table inet cause; systemctl stop proxy 2>/dev/null || true'

/** Shell text: a certificate like that of the authority, which is valid from tomorrow on. */
const tomorrow = `openssl req -new -key /etc/pebble/api.key -subj /CN=ns1 -out /run/api.csr
printf 'subjectAltName=IP:198.51.100.10\\nbasicConstraints=CA:FALSE\\n' >/run/extensions
openssl x509 -req -in /run/api.csr -CA /etc/pebble/ca.pem -CAkey /run/ca.key -extfile /run/extensions -not_before $(date -ud tomorrow +%Y%m%d%H%M%SZ) -not_after $(date -ud '30 days' +%Y%m%d%H%M%SZ) -out /run/late.pem`

const stays = /\S+:14000\/dir does not answer as it should: nothing was ordered, and what is installed stays/

export const authorityFaults: readonly AuthorityFault[] = [
  {
    kind: 'ACME down',
    where: 'it refuses connections',
    cause: table('filter hook input priority 0', 'reject with tcp reset'),
    says: [/curl: \(7\) Failed to connect to \S+ port 14000/, stays],
    within: 40,
  },
  {
    kind: 'ACME down',
    where: 'its packets are dropped',
    cause: table('filter hook input priority 0', 'drop'),
    says: [/curl: \(28\) \w+ .*timed? ?out/i, stays],
    within: 60,
  },
  {
    kind: 'ACME down',
    where: 'it answers 500',
    cause: proxied('500'),
    says: [/curl: \(22\) The requested URL returned error: 500/, stays],
    within: 40,
  },
  {
    kind: 'ACME down',
    where: 'it limits orders',
    cause: proxied('limited'),
    says: [/urn:ietf:params:acme:error:rateLimited/],
    within: 60,
  },
]

/** Its certificate begins tomorrow: what a host sees whose clock is a day behind. Needs the key of the lab's CA in /run/ca.key. */
export const lateAuthority = `${tomorrow}; ${proxied('as-ever', '/run/late.pem')}`

export const slowAuthority = proxied('slow')
