#!/usr/bin/env bash
# From a metric back to the raw file and the commit.
. "$(dirname "$0")/lib.sh"
git init -q repository && cd repository
git config user.name tester && git config user.email tester@localhost
echo "3 apples" > raw.txt
cat > count.yaml <<'Y'
experiment: count
stages:
  read:  {kind: command, inputs: {raw: {path: raw.txt}}, params: {command: "cp $UNIMO_INPUT_RAW $UNIMO_OUT/copy"}}
  score:
    kind: command
    inputs: {in: read}
    params: {command: "printf '{\"type\":\"metric\",\"time\":1,\"name\":\"apples\",\"step\":0,\"value\":3}\\n' >> $UNIMO_EVENTS; echo ok > $UNIMO_OUT/ok"}
Y
git add . && git commit -q -m first
expect_code 0 unimo run count.yaml
expect_code 0 unimo lineage @latest score apples
expect_text "$work/out" "apples = 3"
expect_text "$work/out" "raw.txt"
expect_text "$work/out" "commit $(git rev-parse HEAD | cut -c1-8)"
expect_code 0 unimo --json lineage @latest score apples
expect_equal "$(json "$work/out" '[n["digest"] is not None for n in d["nodes"] if n["type"]=="raw"]')" "[True]" "raw nodes"
expect_code 2 unimo lineage @latest score aples
expect_text "$work/err" "did you mean apples"
