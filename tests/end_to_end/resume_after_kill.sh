#!/usr/bin/env bash
# Killed at random instants - engine, a stage, or both - the next run gives the artifacts and metrics of an
# undisturbed one; of a stage of several processes, also one that is not the first. KILLS sets how often (default 6), SPAN_MS
# within what time, RECIPE what is run (training.yaml trains), WARM up to which stage everything is done before a run that
# is killed.
. "$(dirname "$0")/lib.sh"
recipe="${RECIPE:-$UNIMO_SOURCE/tests/end_to_end/chain.yaml}"
kills="${KILLS:-6}"
seed="${SEED:-$$}"
span_ms="${SPAN_MS:-900}"
echo "seed $seed, $kills kills within $span_ms ms"
RANDOM=$seed

# sql QUERY: rows of the store, numbers to the last bit.
sql() {
  python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]):
    print(*(value.hex() if isinstance(value, float) else value for value in row))' "$UNIMO_ROOT/store.db" "$1"
}

# Artifacts by task; then every point that any attempt of any run in this store reported. A step done twice, before and
# after a kill, gives one line when both values are the same to the last bit.
result() {
  unimo --json show @latest > shown
  json shown 'sorted((t["name"], t["artifact"]) for t in d["tasks"])'
  sql "SELECT DISTINCT tasks.name, series.name, points.step, points.value FROM points
       JOIN series ON series.id = points.series_id JOIN tasks ON tasks.id = series.task_id
       WHERE series.name NOT LIKE 'system.%' ORDER BY 1, 2, 3, 4"
}

expect_code 0 unimo run "$recipe"
result > undisturbed
echo "undisturbed: $(($(wc -l < undisturbed) - 1)) metric values"
resumed=0
for ((kill = 1; kill <= kills; kill++)); do
  chmod -R u+w "$UNIMO_ROOT" && rm -rf "$UNIMO_ROOT"
  what=$((kill % 4))
  [ -z "${WARM:-}" ] || expect_code 0 unimo run "$recipe" --stage "$WARM"
  "$UNIMO_PROGRAMS/unimo" --quiet run "$recipe" >/dev/null 2>&1 &
  engine=$!
  sleep "$(printf '0.%03d' $((RANDOM % 1000)) | awk -v span="$span_ms" '{print $1 * span / 1000 + 0.02}')"
  stages=$(pgrep -P "$engine" || true)
  case $what in
    0) kill -9 "$engine" 2>/dev/null || true ;;
    1) for pid in $stages; do kill -9 "$pid" 2>/dev/null || true; done ;;
    2) kill -9 "$engine" 2>/dev/null || true; for pid in $stages; do kill -9 "$pid" 2>/dev/null || true; done ;;
    # A process of a stage that is not its first; where there is none, the stage.
    3) for pid in $stages; do kill -9 $(pgrep -P "$pid" || echo "$pid") 2>/dev/null || true; done ;;
  esac
  wait "$engine" 2>/dev/null || true
  code=0
  unimo --quiet run "$recipe" >again 2>&1 || code=$?
  [ "$code" = 0 ] || { cat again >&2; fail "kill $kill (case $what): exit code $code"; }
  result > disturbed
  resumed=$((resumed + $(sql "SELECT EXISTS(SELECT 1 FROM notes WHERE text LIKE 'resumed at step%')")))
  cmp -s undisturbed disturbed || { diff undisturbed disturbed >&2 || true; fail "kill $kill (case $what): results differ"; }
  expect_code 0 unimo verify
  [ $((kill % 10)) != 0 ] || echo "$kill kills, training went on from a checkpoint after $resumed of them"
done
echo "$kills kills, training went on from a checkpoint after $resumed of them: same artifacts and metrics each time"
