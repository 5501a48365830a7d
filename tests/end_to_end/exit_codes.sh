#!/usr/bin/env bash
# Each documented exit code, by the situation that gives it.
. "$(dirname "$0")/lib.sh"
cp "$UNIMO_SOURCE/tests/end_to_end/chain.yaml" .
expect_code 2 unimo list                                 # no store yet
expect_text err "unimo run"
expect_code 2 unimo run nowhere.yaml
expect_code 2 unimo frobnicate
printf 'experiment: bad\nstages:\n  a: {kind: comand, params: {}}\n  b: {kind: command, params: {comand: x}}\n' > bad.yaml
expect_code 2 unimo run bad.yaml
expect_text err "bad.yaml:3"
expect_text err "did you mean command"
expect_text err "bad.yaml:4"
printf 'experiment: fails\nstages:\n  a: {kind: command, params: {command: "echo seen >&2; exit 3"}}\n' > fails.yaml
expect_code 1 unimo run fails.yaml
expect_text err "exit code 3"
expect_code 0 unimo logs
expect_text out "seen"
expect_code 0 unimo run chain.yaml
expect_code 0 unimo verify
victim="$(find "$UNIMO_ROOT/artifacts" -name words -type f | head -1)"
chmod u+w "$victim"
printf x >> "$victim"
expect_code 4 unimo verify
expect_text out "changed"
printf 'experiment: slow\nstages:\n  a: {kind: command, params: {command: "sleep 30"}}\n' > slow.yaml
"$UNIMO_PROGRAMS/unimo" run slow.yaml >/dev/null 2>&1 & started+=($!)
for _ in $(seq 100); do unimo status > now 2>/dev/null && grep -q 'running a' now && break; sleep 0.05; done
expect_code 6 unimo run chain.yaml
expect_text err "--wait"
expect_code 3 unimo status --exit-code
expect_code 0 unimo stop
code=0; wait "${started[0]}" || code=$?
expect_equal "$code" 8 "interrupted run"
expect_code 0 unimo help-exit-codes
for code in 0 1 2 3 4 6 7 8 70; do grep -q "^ *$code " out || fail "exit code $code is not documented"; done
