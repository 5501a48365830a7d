#!/usr/bin/env bash
# One recipe reads the real samples of every corpus and benchmark, to the counts of their makers' files.
. "$(dirname "$0")/lib.sh"
recipe="$UNIMO_SOURCE/experiments/samples.yaml"
if [ ! -d "$UNIMO_SHARED_DATA/flickr8k" ]; then
  echo "SKIPPED: no samples in $UNIMO_SHARED_DATA"
  exit 77
fi
# Pictures that are not among the samples: Flickr30k's that Flickr8k has, too; other photographs for four of OpenImages,
# for the first 300 of Conceptual Captions' list and for SBU's one.
python3 - "$UNIMO_SHARED_DATA" pictures <<'P'
import itertools, json, os, shutil, sys, urllib.parse
data, pictures = sys.argv[1:]
photos = itertools.cycle(sorted(os.listdir(data + "/flickr8k/images")))

def put(photo, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copyfile(data + "/flickr8k/images/" + photo, path)

for name, photo in json.load(open(data + "/flickr30k/pixels_in_flickr8k.json"))["val"].items():
    put(photo, f"{pictures}/flickr30k/{name}")
for name in ("4fa8054781a4c382", "b37f763ae67d0888", "fe600639ac5f36c1", "000060e3121c7305"):
    put(next(photos), f"{pictures}/openimages/{name}.jpg")
lines = open(data + "/cc/Validation_GCC-1.1.0-Validation.part_shared.tsv", encoding="utf-8").read().split("\n")
urls = [line.split("\t")[1] for line in lines[:300]]
urls += open(data + "/sbu/SBU_captioned_photo_dataset_urls.sample.txt", encoding="utf-8").read().split()
for path in {urllib.parse.unquote(urllib.parse.urlsplit(url).path) for url in urls}:
    if not path.endswith("/"):
        put(next(photos), f"{pictures}/web{path}")
P
expect_code 0 unimo run "$recipe" --set "data_root=$UNIMO_SHARED_DATA" --set "pictures=$PWD/pictures"
unimo --json show @latest conceptual_captions_pictures > fetched
expect_equal "$(json fetched 'd["counts"]["rows"]')" 12667.0 "rows of Conceptual Captions"
expect_equal "$(json fetched 'sum(v for k, v in d["counts"].items() if k.startswith("outcomes."))')" 12667.0 "their outcomes"
expect_code 0 unimo --json report
cp "$work/out" report.json

# row TASK KIND COLUMN=COUNT…
row() {
  python3 - report.json "$@" <<'P' || fail "report: $*"
import json, sys
tables = {table["task"]: table for table in json.load(open(sys.argv[1]))["tables"]}
rows = {(row["label"], row["detail"]): row["metrics"] for row in tables["data"]["groups"][0]["rows"]}
metrics = rows.get((sys.argv[2], sys.argv[3]), {})
for wanted in sys.argv[4:]:
    column, count = wanted.split("=")
    if metrics.get(column) != float(count):
        sys.exit(f"{sys.argv[2:4]} {column}: {metrics.get(column)} is not {count}")
P
}
row wikipedia documents found.train=58
row wikiextractor documents found.train=25
row books documents found.train=214
row openwebtext documents found.train=354
row flickr8k images found.train=5034 found.val=960
row flickr8k captions found.train=25170
row sbu images found.train=1
row openimages images found.train=3 found.val=1
row conceptual_captions captions found.val=297 official.val=15840
row flickr30k images found.val=211
row flickr30k captions found.val=1055
row coco images found.train=60 found.val=118
row coco captions found.train=300
row sst2 examples found.train=67349 found.val=872 found.test=1821 official.train=67349 official.val=872 official.test=1821
row mnli examples found.train=7791 official.train=392702
row cola examples found.train=8551 found.val=1043 official.train=8551 official.val=1043
row stsb examples found.train=5749 found.val=1500 found.test=1379 official.train=5749 official.val=1500 official.test=1379
row coqa examples found.train=20 found.val=12 official.train=108647 official.val=7983
row squad_qg examples found.val=8123
row squad_qg_lines examples found.test=11877 official.test=11877
row cnndm examples found.test=132 official.test=11490
row gigaword examples found.train=9000 found.test=1951 official.train=3803957 official.test=1951
row vqa examples found.train=47191
row snli_ve examples found.train=160 found.test=815
row coqa_read_back examples found.train=20
python3 - report.json <<'P'
import json, sys
tables = {table["task"]: table for table in json.load(open(sys.argv[1]))["tables"]}
leaks = {(row["label"], row["detail"]): row["metrics"]["leaks"]
         for row in tables["decontamination"]["groups"][0]["rows"]}
assert leaks[("flickr", "pictures of flickr30k, same_name")] == 211, leaks
P
