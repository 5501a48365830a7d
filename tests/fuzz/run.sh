#!/bin/sh
# Runs fuzzers, one after the other, each until it has had its executions: run.sh BUILD FOLDER RUNS NAME...
# BUILD is configured with -DUNIMO_FUZZ=ON. In FOLDER each fuzzer leaves NAME.log, its corpus and what it stumbled over;
# another run goes on from the corpus.
set -eu
build=$1 folder=$2 runs=$3
shift 3
here=$(dirname "$0")
mkdir -p "$folder"
python3 "$here/make_seeds.py" "$folder/seeds"
for name in "$@"; do
  mkdir -p "$folder/corpus/$name" "$here/corpus/$name"
  length=2000
  [ "$name" = archive_reader_fuzz ] && length=4096
  # What was freed is remembered in one megabyte: more costs a third of the speed.
  ASAN_OPTIONS=quarantine_size_mb=1 UNIMO_FUZZ_SHARES=1 "$build/bin/$name" -runs="$runs" -max_len=$length -timeout=30 \
    -print_final_stats=1 -artifact_prefix="$folder/$name-" \
    "$folder/corpus/$name" "$folder/seeds/$name" "$here/corpus/$name" >"$folder/$name.log" 2>&1 && verdict=fine || verdict=FINDING
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/$name.log")
  coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$folder/$name.log" | tail -1)
  echo "$name: $verdict, ${executions:-0} executions, $coverage edges"
done
