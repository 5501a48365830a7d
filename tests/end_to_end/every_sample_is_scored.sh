#!/usr/bin/env bash
# `unimo score` on the official file of every benchmark among the samples: predictions that are the references give the
# best score there is, each score has a signature, and a spoilt prediction scores less.
. "$(dirname "$0")/lib.sh"
if [ ! -d "$UNIMO_SHARED_DATA/flickr8k" ]; then
  echo "SKIPPED: no samples in $UNIMO_SHARED_DATA"
  exit 77
fi
cat > score_all.py <<'P'
import collections, glob, gzip, json, os, subprocess, sys

DATA = os.environ["UNIMO_SHARED_DATA"]
scored = 0


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        return file.read().decode("utf-8")


def rows(path):
    return [line.split("\t") for line in read(path).rstrip("\n").split("\n")]


def write(name, content):
    with open(name, "w", encoding="utf-8", newline="\n") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    return name


def run(benchmark, predictions, references, *more):
    done = subprocess.run(["unimo", "--json", "score", benchmark, "--predictions", predictions, "--references",
                           references, "--resources", DATA, "--per-item", "items.jsonl", *more],
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{benchmark} {references}: {done.stderr}")
    scores = json.loads(done.stdout)
    if not scores["signatures"] or not all("|version:" in line for line in scores["signatures"].values()):
        sys.exit(f"{benchmark} {references}: no signature in {done.stdout}")
    return scores


def check(benchmark, file, perfect, spoilt, least, *more):
    """`least`: what a perfect prediction reaches in the first metric; a spoilt one must stay below."""
    global scored
    references = os.path.join(DATA, file)
    best = run(benchmark, write("perfect", perfect), references, *more)
    metric = best["headline"][0]
    worse = run(benchmark, write("spoilt", spoilt), references, *more)
    best, worse = best["metrics"][metric], worse["metrics"][metric]
    if not (best >= least - 1e-9 and worse < best):
        sys.exit(f"{benchmark} {file}: {metric} {best} for the references themselves, {worse} for spoilt ones")
    scored += 1
    print(f"{benchmark:13} {file:60} {metric:18} {best:7.2f} {worse:7.2f}")


def labels(benchmark, file, column, header):
    table = rows(os.path.join(DATA, file))
    column = table[0].index(column) if header else column
    gold = [row[column] for row in table[1 if header else 0:] if len(row) > 1]
    spoilt = [next(label for label in gold + ["neutral", "entailment"] if label != gold[0])] + gold[1:]
    check(benchmark, file, "\n".join(gold) + "\n", "\n".join(spoilt) + "\n", 100)


for split in ("train", "dev"):
    labels("sst2", f"sst2/{split}.tsv", "label", True)
    labels("stsb", f"stsb/{split}.tsv", "score", True)
for name in ("in_domain_train", "in_domain_dev", "out_of_domain_dev"):
    labels("cola", f"cola/{name}.tsv", 1, False)
labels("mnli", "mnli/train.kshot.tsv", "gold_label", True)
labels("mnli", "mnli/train.pairs.tsv", "label", True)
for name in ("matched", "mismatched"):
    labels("mnli", f"mnli/dev_{name}.tokenized.tsv", 0, False)
for name in ("train", "dev_matched", "dev_mismatched"):
    labels("mnli", f"mnli/official_header_sample/{name}.tsv", "gold_label", True)

for path in sorted(glob.glob(DATA + "/snli_ve/*.jsonl")):
    gold = [(row["pairID"], row["gold_label"]) for row in map(json.loads, read(path).splitlines())]
    gold = [(pair, label) for pair, label in gold if label != "-"]
    if not gold:
        continue  # rows without agreement only: nothing to score, which the next lines ask for
    lines = [json.dumps({"pairID": pair, "prediction": label}) for pair, label in gold]
    wrong = json.dumps({"pairID": gold[0][0], "prediction": "neutral" if gold[0][1] != "neutral" else "entailment"})
    check("snli_ve", os.path.relpath(path, DATA), "\n".join(lines), "\n".join([wrong] + lines[1:]), 100)

for file in ("coqa-dev-v1.0.sample", "coqa-train-v1.0.sample"):
    turns = [(story["id"], answer["turn_id"], answer["input_text"])
             for story in json.loads(read(f"{DATA}/coqa/{file}.json"))["data"] for answer in story["answers"]]
    answers = [{"id": story, "turn_id": turn, "answer": text} for story, turn, text in turns]
    # With several people's answers the best is what the others agree with.
    check("coqa", f"coqa/{file}.json", answers, [{**answers[0], "answer": "nothing of it"}] + answers[1:],
          90 if "dev" in file else 100)

for split in ("test", "dev.part1"):
    target = read(f"{DATA}/squad_qg/tgt-{split}.txt")
    check("squad_qg", f"squad_qg/tgt-{split}.txt", target, "x y z\n" * target.count("\n"), 99.9,
          "--sources", f"{DATA}/squad_qg/src-{split}.txt", "--variant", "official")

for file in ("test.target.tokenized", "test.fastseq.target", "test.fastseq.target.tokenized", "realsumm.part1.target"):
    target = read(f"{DATA}/cnndm/{file}")
    check("cnndm", f"cnndm/{file}", target, "x\n" * target.count("\n"), 100, "--variant", "plain")
# "<unk>" ends a text in ROUGE-1.5.5, so that equal texts may score 0.
for file in ("test.tgt.txt", "train.title.txt", "valid.title.filter.txt"):
    target = read(f"{DATA}/gigaword/{file}")
    check("gigaword", f"gigaword/{file}", target, "x\n" * target.count("\n"), 98, "--variant", "plain")

for path in sorted(glob.glob(DATA + "/vqa/v2_mscoco_*annotations*")):
    gold = [(entry["question_id"], entry["multiple_choice_answer"])
            for entry in json.loads(read(path))["annotations"]]
    results = [{"question_id": question, "answer": answer} for question, answer in gold]
    check("vqa", os.path.relpath(path, DATA), results, [{**results[0], "answer": "zebra crossing"}] + results[1:], 85)


def captions(file, of_image, *more):
    results = [{"image_id": image, "caption": texts[0]} for image, texts in of_image.items()]
    check("coco_caption", file, results, [{**result, "caption": "x"} for result in results], 99.9, *more)


for split in ("train2017", "val2017"):
    of_image = collections.defaultdict(list)
    for entry in json.loads(read(f"{DATA}/coco/annotations/captions_{split}.json"))["annotations"]:
        of_image[entry["image_id"]].append(entry["caption"])
    captions(f"coco/annotations/captions_{split}.json", of_image)
for file in ("flickr30k/val.token", "flickr30k/train.token.gz", "flickr8k/Flickr8k.token.txt"):
    of_image = collections.defaultdict(list)
    for line in read(f"{DATA}/{file}").rstrip("\n").split("\n"):
        name, text = line.split("\t", 1)
        of_image[name.split("#")[0]].append(text)
    captions(file, of_image)
karpathy = json.loads(read(f"{DATA}/flickr30k/dataset_flickr30k.val.json"))["images"]
captions("flickr30k/dataset_flickr30k.val.json",
         {image["filename"]: [sentence["raw"] for sentence in image["sentences"]] for image in karpathy},
         "--split", "val")
print(scored, "files")
P
export PATH="$UNIMO_PROGRAMS:$PATH"
expect_code 0 python3 score_all.py
cat "$work/out"
expect_equal "$(tail -1 "$work/out")" "38 files" "official files that were scored"
expect_code 2 unimo score snli_ve --predictions perfect --references "$UNIMO_SHARED_DATA/snli_ve/xvnli_en_test_subset.no_gold.jsonl"
expect_code 2 unimo score coqa --predictions nowhere.json --references "$UNIMO_SHARED_DATA/coqa/coqa-dev-v1.0.sample.json"
expect_code 2 unimo score cocoa --predictions a --references b
