#!/usr/bin/env python3
"""Times the official COCO caption scorers on the input of scorers_bench.

    peer.py captions.json [repetitions]

Needs the package pycocoevalcap and a Java runtime; says so and stops when they are not there.
"""
import collections
import json
import sys
import time


def read_input(path):
    of_image = collections.defaultdict(list)
    with open(path, encoding="utf-8") as file:
        for entry in json.load(file)["annotations"]:
            of_image[entry["image_id"]].append((entry["id"], entry["caption"]))
    references, candidates = {}, {}
    for image in sorted(of_image):
        captions = [{"caption": text} for _, text in sorted(of_image[image])]
        if len(captions) > 1:
            candidates[image], references[image] = captions[:1], captions[1:]
    return references, candidates


def shortest(repetitions, work):
    best, result = float("inf"), None
    for _ in range(repetitions):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def main():
    try:
        from pycocoevalcap.bleu.bleu import Bleu
        from pycocoevalcap.cider.cider import Cider
        from pycocoevalcap.rouge.rouge import Rouge
        from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer
    except ImportError as error:
        sys.exit(f"skipped: {error}; pip install pycocoevalcap")
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    repetitions = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    raw_references, raw_candidates = read_input(sys.argv[1])
    count = sum(len(captions) for captions in raw_references.values())
    print(f"images {len(raw_candidates)} references {count}")
    tokenizer = PTBTokenizer()
    seconds, references = shortest(repetitions, lambda: tokenizer.tokenize(raw_references))
    print(f"ptb_refs   {seconds:.4f} s")
    seconds, candidates = shortest(repetitions, lambda: tokenizer.tokenize(raw_candidates))
    print(f"ptb_hyps   {seconds:.4f} s")
    scores = {}
    for name, scorer in (("bleu", Bleu(4)), ("rouge_l", Rouge()), ("cider_d", Cider())):
        seconds, result = shortest(
            repetitions, lambda scorer=scorer: scorer.compute_score(references, candidates))
        scores[name] = result[0]
        print(f"{name:10} {seconds:.4f} s")
    print(f"bleu4 {scores['bleu'][3]:.12f} rouge_l {scores['rouge_l']:.12f} "
          f"cider {scores['cider_d']:.12f}")


if __name__ == "__main__":
    main()
