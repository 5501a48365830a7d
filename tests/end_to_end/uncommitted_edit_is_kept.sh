#!/usr/bin/env bash
# The code's state is recorded with its uncommitted edits; working tree, index and branch stay as they were.
. "$(dirname "$0")/lib.sh"
git init -q repository && cd repository
git config user.name tester && git config user.email tester@localhost
printf 'experiment: tiny\nstages:\n  a: {kind: command, params: {command: "echo a > $UNIMO_OUT/a"}}\n' > tiny.yaml
git add . && git commit -q -m first
echo "# edited" >> tiny.yaml
echo new > untracked.txt
git status --porcelain > "$work/before"
expect_code 0 unimo run tiny.yaml
git status --porcelain > "$work/after"
cmp "$work/before" "$work/after" || fail "git status changed"
expect_code 0 unimo show
expect_text "$work/out" "uncommitted change"
expect_text "$work/out" "untracked.txt"
expect_code 0 unimo --json show
snapshot="$(json "$work/out" 'd["source"]["snapshot"]')"
expect_equal "$(git show "$snapshot:untracked.txt")" new "kept file"
git show "$snapshot:tiny.yaml" | grep -q edited || fail "the edit is not in the snapshot"
expect_equal "$(git rev-parse "$snapshot^")" "$(git rev-parse HEAD)" "parent of the snapshot"
