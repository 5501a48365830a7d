#!/usr/bin/env bash
# One recipe draws a world in the official formats of seven corpora and twelve benchmarks, downloads, reads all of it,
# rewrites captions, and finds what pre-training must leave out.
. "$(dirname "$0")/lib.sh"
recipe="$UNIMO_SOURCE/tests/end_to_end/data.yaml"
corpora="bookwiki openwebtext coco visual_genome conceptual_captions sbu openimages"
benchmarks="sst2 mnli cola stsb coqa squad_qg cnndm gigaword coco_caption flickr30k vqa snli_ve"

expect_code 0 unimo run "$recipe"
unimo --json show @latest > run
expect_equal "$(json run 'sorted({t["state"] for t in d["tasks"]})')" "['succeeded']" "states of all tasks"
for name in $corpora $benchmarks; do
  expect_equal "$(json run "sum(t['name'] == '$name' for t in d['tasks'])")" 1 "tasks $name"
done

# counts TASK: what the task said it made.
counts() { unimo --json show @latest "$1" > "task.$1"; json "task.$1" 'd["counts"]' > "counts.$1"; }
number() { json "task.$1" "int(d['counts'].get('$2', 0))"; }
counts world
counts rewrites
for name in $corpora $benchmarks; do
  counts "$name"
  [ "$name" = conceptual_captions ] || [ "$name" = sbu ] ||
    ! grep -q quarantine "counts.$name" || { cat "counts.$name" >&2; fail "$name: quarantine"; }
done
for pair in sst2:sst2 cola:cola stsb:stsb coqa:coqa squad_qg:squad cnndm:cnndm gigaword:gigaword vqa:vqa snli_ve:snli_ve; do
  for split in train val test; do
    expect_equal "$(number "${pair%:*}" "examples.$split")" "$(number world "${pair#*:}.$split")" "${pair%:*} $split"
  done
done
for name in coco coco_caption flickr30k; do
  expect_equal "$(number $name images.train) $(number $name images.val) $(number $name images.test)" "110 20 20" "$name"
done
expect_equal "$(number conceptual_captions images.train)" "$(number conceptual_captions captions.train)" "a caption a picture"
[ "$(number sbu images.train)" -ge 30 ] || fail "sbu: too few pictures"
for level in word phrase; do [ "$(number rewrites "rewrites.$level")" -ge 100 ] || fail "rewrites: too few of $level level"; done

# Pictures of the benchmarks' held-out parts that the corpora have, too, are found, and nothing of Visual Genome, which
# leaves them out itself.
unimo --json show @latest decontaminate > task
unimo --json show "$(json task 'd["artifact"]')" > artifact
folder="$(json artifact 'd["path"]')"
python3 - "$folder" <<'P'
import json, sys
document = json.load(open(sys.argv[1] + "/decontamination.json"))
by_corpus = {}
for leak in document["leaks"]:
    if leak["what"] == "pictures":
        by_corpus[leak["corpus"]] = by_corpus.get(leak["corpus"], 0) + leak["count"]
assert by_corpus.get("coco") == 40, by_corpus
assert "visual_genome" not in by_corpus, by_corpus
lines = open(sys.argv[1] + "/exclude.txt").read().split()
assert len(lines) == document["removed"]["pictures"] >= 40, document["removed"]
P
expect_code 0 unimo report
expect_text "$work/out" "## Decontamination"
expect_text "$work/out" '| snli\_ve (examples) | 440 | 80 | 80 |'

expect_code 0 unimo --json run "$recipe"
expect_equal "$(json out 'd["executed"]')" 0 "executed again"
