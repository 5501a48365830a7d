#!/usr/bin/env bash
# A second run of the same recipe executes nothing and adds no run.
. "$(dirname "$0")/lib.sh"
cp "$UNIMO_SOURCE/tests/end_to_end/chain.yaml" .
expect_code 0 unimo --json run chain.yaml
expect_equal "$(json out 'd["executed"]')" 7 "executed first"
expect_code 3 unimo plan chain.yaml --exit-code --set words=four
expect_code 0 unimo plan chain.yaml --exit-code
expect_code 0 unimo --json run chain.yaml
expect_equal "$(json out 'd["executed"]')" 0 "executed again"
expect_equal "$(json out 'd["end"]')" nothing_to_do "end"
expect_code 0 unimo --json list
expect_equal "$(json out 'len(d)')" 1 "runs"
