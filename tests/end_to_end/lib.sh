# What every end-to-end script starts with: the real programs, a private store, and assertions.
#   UNIMO_PROGRAMS  folder of the programs     UNIMO_SOURCE  the source tree     UNIMO_SHARED_DATA  samples
set -euo pipefail
work="$(mktemp -d)"
started=()
cleanup() {
  for pid in "${started[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null || true; done
  chmod -R u+w "$work" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
export UNIMO_ROOT="$work/store" NO_COLOR=1

unimo() { "$UNIMO_PROGRAMS/unimo" "$@"; }

fail() { echo "FAILED: $*" >&2; exit 1; }

# expect_code CODE COMMAND…
expect_code() {
  local wanted="$1" got=0
  shift
  "$@" >"$work/out" 2>"$work/err" || got=$?
  [ "$got" = "$wanted" ] || { cat "$work/out" "$work/err" >&2; fail "exit code $got instead of $wanted: $*"; }
}

expect_equal() { [ "$1" = "$2" ] || fail "$3: \"$1\" is not \"$2\""; }

expect_text() { grep -qF -- "$2" "$1" || { cat "$1" >&2; fail "$1 lacks: $2"; }; }

# json FILE EXPRESSION: evaluates a Python expression over the document d.
json() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }
