#!/usr/bin/env bash
# Has litewitness, a witness that we did not write, cosign the ledger of the analyst example, and attacks that ledger. Says what it sees, and ends with 0 only
# if all of it is as docs/guides/ledger.md says. Not part of CI: it needs litewitness and witnessctl (Debian's package torchwood), and OpenSSH.
# What it makes lies in a new folder, and is gone afterwards; KEEP=1 leaves it.
set -euo pipefail
shopt -s inherit_errexit

for program in litewitness witnessctl ssh-agent ssh-add ssh-keygen node; do
  command -v "$program" >/dev/null && continue
  printf '%s is not on the PATH, so nothing was tried. litewitness and witnessctl are in Debian’s package torchwood, the ssh programs in openssh-client.\n' \
    "$program" >&2
  exit 3
done

repository=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
agent=
witness=
end() {
  [ -z "$witness" ] || kill -INT "$witness" || true
  [ -z "$agent" ] || kill "$agent" || true
  if [ -n "${KEEP:-}" ]; then printf 'left in %s\n' "$folder" >&2; else rm -rf "$folder"; fi
}
trap end EXIT

say() { printf '\n== %s\n' "$*"; }
broken() {
  printf '\nnot as it should be: %s\n' "$*" >&2
  [ ! -s "$folder/litewitness.log" ] || { printf 'litewitness said last:\n' >&2 && tail -n 20 "$folder/litewitness.log" >&2; }
  exit 1
}
# What must fail, with these words in what it says.
refused() {
  local words=$1 said code=0
  shift
  said=$("$@" 2>&1) || code=$?
  printf '%s\n' "$said"
  [ "$code" -ne 0 ] || broken "it should have been refused: $*"
  grep -qF -- "$words" <<<"$said" || broken "it was refused, but not with the words “$words”"
}

# The example as it is, in a folder of its own.
example=$folder/examples/secure-data-analyst
mkdir -p "$folder/examples"
cp -R "$repository/examples/secure-data-analyst" "$example"
rm -rf "$example/.bailiwick" "$example/.work"
ln -s "$repository/node_modules" "$repository/packages" "$folder"
cd "$example"
mkdir .work
state=$example/.bailiwick
bailiwick() { node --conditions=@bailiwick/source "$repository/scripts/bailiwick.ts" "$@"; }
open_session() { bailiwick sessions open --agent sales-analyst --goal weekly-sales-report --param week=2026-W07 --json; }
verified() { bailiwick log verify --json | node -p "JSON.parse(require('node:fs').readFileSync(0, 'utf8'))['$1']"; }

say 'A ledger, which has a key from its first session on'
open_session >/dev/null
ledger=$(verified key)
origin=${ledger%%+*}
printf '%s\n' "$ledger"

say 'A witness: its key in an ssh-agent of its own, the ledger and its key in its database'
ssh-keygen -q -t ed25519 -N '' -C witness -f "$folder/witness"
ssh-agent -D -a "$folder/agent.sock" >/dev/null &
agent=$!
for _ in {1..100}; do [ -S "$folder/agent.sock" ] && break || sleep 0.1; done
SSH_AUTH_SOCK=$folder/agent.sock ssh-add -q "$folder/witness" || broken 'the ssh-agent did not take the key'
fingerprint=$(ssh-keygen -l -E sha256 -f "$folder/witness.pub" | cut -d ' ' -f 2)
witnessctl add-log -db "$folder/witness.db" -origin "$origin"
witnessctl add-key -db "$folder/witness.db" -origin "$origin" -key "$ledger"
port=$(node -p "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close() }); ''" | tr -d '\n')
start_witness() {
  litewitness -db "$folder/witness.db" -name litewitness.example/w -ssh-agent "$folder/agent.sock" -key "$fingerprint" -listen "127.0.0.1:$port" \
    >>"$folder/litewitness.log" 2>&1 &
  witness=$!
  for _ in {1..100}; do
    kill -0 "$witness" 2>/dev/null || { witness= && broken 'litewitness did not start'; }
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
    sleep 0.1
  done
  broken 'litewitness does not listen'
}
stop_witness() {
  kill -INT "$witness"
  wait "$witness" || true
  witness=
}
start_witness
key=$(grep -oE 'litewitness\.example/w\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+' "$folder/litewitness.log" | head -n 1) || broken 'litewitness did not tell its key'
printf 'log %s\nwitness L %s http://127.0.0.1:%s\nquorum L\n' "$ledger" "$key" "$port" | tee trust.policy
printf '\nledger: { policy: trust.policy }\n' >>bailiwick.yaml
bailiwick check

say 'The example runs through gateways whose heads it cosigns'
node --conditions=@bailiwick/source run.ts >"$folder/run.log" 2>&1 || { tail -n 40 "$folder/run.log" && broken 'the example failed'; }
tail -n 14 "$folder/run.log" | head -n 8
witnessctl list-logs -db "$folder/witness.db"
cosigned=$(witnessctl list-logs -db "$folder/witness.db" | grep -oE '"size":[0-9]+' | cut -d : -f 2)
[ "$cosigned" -gt 50 ] || broken "it has cosigned $cosigned entries"
# Its other findings, such as the secret of the mail server that is not set here, are not what this is about.
{ bailiwick doctor 2>/dev/null || true; } | grep -E 'trust policy|quorum|witness' | tee "$folder/doctor.log"
grep -qE "✓ witness L  has cosigned $cosigned of $cosigned entries" "$folder/doctor.log" || broken 'doctor does not say how far it has come'

say 'A receipt is proved by a policy that needs it, with nothing but the two files'
call=$(bailiwick log list --json | node -p "JSON.parse(require('node:fs').readFileSync(0, 'utf8')).at(-1).call")
bailiwick log prove "$call" --policy trust.policy --out "$folder/receipt.tlog-proof"
(cd "$folder" && bailiwick verify-receipt receipt.tlog-proof --policy "$example/trust.policy") | tee "$folder/receipt.log" | tail -n 3
grep -q 'witnessed by L at 2' "$folder/receipt.log" || broken 'the receipt is not witnessed'
grep -v '^— litewitness' "$folder/receipt.tlog-proof" >"$folder/unwitnessed.tlog-proof"
refused 'not proved' bailiwick verify-receipt "$folder/unwitnessed.tlog-proof" --policy trust.policy

say 'The store is rolled back to a copy of before'
cp -R "$state" "$folder/yesterday"
open_session >/dev/null
rm -rf "$state" && cp -R "$folder/yesterday" "$state"
refused 'its end was taken away since' open_session
refused 'the end of the ledger was taken away since' bailiwick doctor

say 'And grown past that while the witness was away'
stop_witness
for _ in 1 2 3; do open_session >/dev/null; done
start_witness
refused 'it does not continue what it has cosigned' open_session

say 'The ledger is written anew under its own key'
rm -f "$state"/bailiwick.db*
refused 'its end was taken away since' open_session

say 'All as it should be'
