#!/usr/bin/env bash
# Killed at random instants - engine, a stage, or both - the next run gives the artifacts and metrics of an
# undisturbed one. KILLS sets how often (default 6; the campaign in docs/reproducibility.md uses 50).
. "$(dirname "$0")/lib.sh"
recipe="${RECIPE:-$UNIMO_SOURCE/tests/end_to_end/chain.yaml}"
kills="${KILLS:-6}"
seed="${SEED:-$$}"
span_ms="${SPAN_MS:-900}"
echo "seed $seed, $kills kills within $span_ms ms"
RANDOM=$seed

# Artifacts by task, and all metrics that do not measure the machine.
result() {
  unimo --json show @latest > shown
  json shown 'sorted((t["name"], t["artifact"]) for t in d["tasks"])'
  json shown 'sorted((m["task"], m["name"], m["step"], m["value"]) for m in d["metrics"] if not m["name"].startswith("system."))'
}

expect_code 0 unimo run "$recipe"
result > undisturbed
for ((kill = 1; kill <= kills; kill++)); do
  chmod -R u+w "$UNIMO_ROOT" && rm -rf "$UNIMO_ROOT"
  what=$((kill % 3))
  "$UNIMO_PROGRAMS/unimo" --quiet run "$recipe" >/dev/null 2>&1 &
  engine=$!
  sleep "$(printf '0.%03d' $((RANDOM % 1000)) | awk -v span="$span_ms" '{print $1 * span / 1000 + 0.02}')"
  stages=$(pgrep -P "$engine" || true)
  case $what in
    0) kill -9 "$engine" 2>/dev/null || true ;;
    1) for pid in $stages; do kill -9 "$pid" 2>/dev/null || true; done ;;
    2) kill -9 "$engine" 2>/dev/null || true; for pid in $stages; do kill -9 "$pid" 2>/dev/null || true; done ;;
  esac
  wait "$engine" 2>/dev/null || true
  code=0
  unimo --quiet run "$recipe" >again 2>&1 || code=$?
  [ "$code" = 0 ] || { cat again >&2; fail "kill $kill (case $what): exit code $code"; }
  result > disturbed
  cmp -s undisturbed disturbed || { diff undisturbed disturbed >&2 || true; fail "kill $kill (case $what): results differ"; }
  expect_code 0 unimo verify
done
echo "$kills kills, same artifacts and metrics each time"
