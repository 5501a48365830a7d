#!/usr/bin/env bash
# A folder of downloads: what is whole, what is a part, what is missing, by text, JSON and exit code.
. "$(dirname "$0")/lib.sh"
mkdir -p data/coqa data/flickr8k
printf '{"data": [{"id": "a"}]}' > data/coqa/coqa-dev-v1.0.json
seq 1000 > data/flickr8k/Flickr_8k.devImages.txt
expect_code 4 unimo data check data
expect_text out "1 of 500 conversations: a part"
expect_text out "whole    1000 pictures"
expect_code 4 unimo data check data coqa --deep --json
expect_equal "$(json out 'd["files"]["missing"]')" 1 "the training file"
expect_equal "$(json out 'len(d["datasets"])')" 1 "data sets that were asked for"
rm data/coqa/coqa-dev-v1.0.json
expect_code 0 unimo data check data              # nothing is wrong; nobody asked for what is missing
expect_code 4 unimo data check data coqa
expect_code 2 unimo data check data coqq
expect_text err "did you mean coqa"
expect_code 2 unimo data check nowhere
expect_code 2 unimo data check
expect_code 0 unimo data check --help
expect_text out "--deep"
source <(unimo completion bash)
COMP_WORDS=(unimo data c) COMP_CWORD=2
_unimo
expect_equal "${COMPREPLY[*]}" check "completion behind data"
