#!/usr/bin/env bash
# --set of one stage's parameter re-runs that stage and what follows; explain says why in one line.
. "$(dirname "$0")/lib.sh"
cp "$UNIMO_SOURCE/tests/end_to_end/chain.yaml" .
expect_code 0 unimo run chain.yaml
change='upper.command=tr a-m A-M < $UNIMO_INPUT_IN/words > $UNIMO_OUT/words'
expect_code 0 unimo explain chain.yaml upper --set "$change"
expect_equal "$(wc -l < out)" 1 "lines of the explanation"
expect_text out "tr a-m A-M"
expect_code 0 unimo --json run chain.yaml --set "$change"
expect_equal "$(json out 'd["executed"]')" 2 "executed: upper and join"
expect_code 0 unimo --json show @latest
expect_equal "$(json out 'sorted(t["stage"] for t in d["tasks"] if t["state"]=="succeeded")')" "['join', 'upper']" "executed stages"
expect_code 3 unimo compare --exit-code '@{-1}' @latest
expect_text out "upper.command"

# A change that makes the same output goes no further.
expect_code 0 unimo --json run chain.yaml --set 'upper.command=tr "[:lower:]" "[:upper:]" < $UNIMO_INPUT_IN/words > $UNIMO_OUT/words'
expect_equal "$(json out 'd["executed"]')" 1 "executed: upper alone"
