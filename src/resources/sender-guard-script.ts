/**
 * The program that post-data runs, for POSIX sh and awk. Its argument is the file of allowances, each line a user and
 * addresses; the message is on standard input, AUTH_AS and MAIL_FROM in the environment (chasquid's docs/hooks.md).
 *
 * It looks at the addresses of every From field as RFC 5322 section 3.4 writes them: comments and quoted names do not
 * count, and of a name with an address in angle brackets only the latter. Suffixes (`i+news@`) and dots do not make
 * another user, as chasquid's defaults have it.
 */
export const senderGuardScript = `#!/bin/sh
# Written by provision; changes are overwritten.
# Refuses mail of a user who claims the address of somebody else. chasquid takes 20 for a permanent error, and tells the last line to the client.
[ -n "$AUTH_AS" ] || exit 0
if [ ! -r "$1" ]; then set -- /dev/null; fi
LC_ALL=C awk -v allowances="$1" '
function domain_of(address) { return substr(address, match(address, /@[^@]*$/) ? RSTART + 1 : length(address) + 1) }
function base_of(address,  name) {
  name = substr(address, 1, length(address) - length(domain_of(address)) - 1)
  sub(/\\+.*/, "", name)
  gsub(/[.]/, "", name)
  return name "@" domain_of(address)
}
function refuse(address, where) {
  if (refused) return
  refused = 1
  print user " may not send as " address " (" where ")"
}
function judge(address, where) {
  address = tolower(address)
  if (base_of(address) == base_of(user)) return
  if (address in allowed || ("*@" domain_of(address)) in allowed || "*" in allowed) return
  refuse(address, where)
}
# One mailbox is over: what stood in angle brackets is its address, else everything.
function mailbox_ends() {
  if (angles == 0 && word != "") judge(word, "From")
  word = ""
  angles = 0
}
function judge_from(text,  i, c, depth, quoted, inside, address) {
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "\\\\" && (quoted || depth)) { i++; continue }
    if (quoted) { if (c == "\\"") quoted = 0; continue }
    if (depth) { if (c == "(") depth++; else if (c == ")") depth--; continue }
    if (c == "\\"") { quoted = 1; continue }
    if (c == "(") { depth = 1; continue }
    if (inside) {
      if (c == ">") { judge(address, "From"); inside = 0; angles++ }
      else if (c !~ /[ \\t]/) address = address c
      continue
    }
    if (c == "<") { inside = 1; address = ""; continue }
    if (c == "," || c == ";") { mailbox_ends(); continue }
    if (c == ":") { word = ""; continue }
    if (c !~ /[ \\t]/) word = word c
  }
  if (inside) judge(address, "From")
  mailbox_ends()
}
BEGIN {
  user = tolower(ENVIRON["AUTH_AS"])
  while ((getline line < allowances) > 0) {
    count = split(tolower(line), words)
    if (words[1] == user) for (i = 2; i <= count; i++) allowed[words[i]]
  }
  sender = ENVIRON["MAIL_FROM"]
  if (sender != "" && sender != "<>") judge(sender, "MAIL FROM")
}
{ sub(/\\r$/, "") }
$0 == "" { exit }
/^[ \\t]/ { if (fields) from[fields] = from[fields] (is_from ? $0 : ""); next }
{ is_from = tolower($0) ~ /^from[ \\t]*:/ }
is_from { from[++fields] = substr($0, index($0, ":") + 1) }
END {
  if (!fields) refuse("nobody", "there is no From")
  for (i = 1; i <= fields; i++) judge_from(from[i])
  exit refused ? 20 : 0
}
'
`
