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
expect_code 0 unimo report
cp "$work/out" report.md

# row TASK DETAIL FOUND [OFFICIAL]
row() { expect_text report.md "| ${1//_/\\_} ($2) | $3 |${4:+ $4 |}"; }
row wikipedia "documents, train" 58
row wikiextractor "documents, train" 25
row books "documents, train" 214
row openwebtext "documents, train" 354
row flickr8k "images, train" 5034
row flickr8k "images, val" 960
row flickr8k "captions, train" 25170
row sbu "images, train" 1
row openimages "images, train" 3
row openimages "images, val" 1
row conceptual_captions "captions, val" 297 15840
row flickr30k "images, val" 211
row flickr30k "captions, val" 1055
row coco "images, train" 60
row coco "images, val" 118
row coco "captions, train" 300
row sst2 "examples, train" 67349 67349
row sst2 "examples, val" 872 872
row sst2 "examples, test" 1821 1821
row mnli "examples, train" 7791 392702
row cola "examples, train" 8551 8551
row cola "examples, val" 1043 1043
row stsb "examples, train" 5749 5749
row stsb "examples, val" 1500 1500
row stsb "examples, test" 1379 1379
row coqa "examples, train" 20 108647
row coqa "examples, val" 12 7983
row squad_qg "examples, val" 8123
row squad_qg_lines "examples, test" 11877 11877
row cnndm "examples, test" 132 11490
row gigaword "examples, train" 9000 3803957
row gigaword "examples, test" 1951 1951
row vqa "examples, train" 47191
row snli_ve "examples, train" 160
row snli_ve "examples, test" 815
row coqa_read_back "examples, train" 20
expect_text report.md "## Decontamination"
