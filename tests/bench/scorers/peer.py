#!/usr/bin/env python3
"""Times the official COCO caption scorers and, in the same run, scorers_bench on the same input.

    peer.py scorers_bench captions.json [repetitions]

Prints seconds of both, how many times faster ours is, and both scores. Needs the package
pycocoevalcap 1.2 and a Java runtime; says so and stops when they are not there.
"""
import collections
import json
import subprocess
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


def run_ours(command):
    """Runs a bench of ours; its seconds by step, and its last line, which holds the scores."""
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    steps = [line.split() for line in lines]
    return {step[0]: float(step[1]) for step in steps if step[-1] == "s"}, lines[-1]


def print_ratios(ours, peer):
    for name, seconds in list(peer.items()) + [("total", sum(peer.values()))]:
        own = sum(ours.values()) if name == "total" else ours[name]
        print(f"{name:10} ours {own:.4f} s   peer {seconds:.4f} s   {seconds / own:6.1f} times")


def main():
    try:
        from pycocoevalcap.bleu.bleu import Bleu
        from pycocoevalcap.cider.cider import Cider
        from pycocoevalcap.rouge.rouge import Rouge
        from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer
    except ImportError as error:
        sys.exit(f"skipped: {error}; pip install pycocoevalcap==1.2")
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    repetitions = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    raw_references, raw_candidates = read_input(sys.argv[2])
    count = sum(len(captions) for captions in raw_references.values())
    print(f"images {len(raw_candidates)} references {count}")
    ours, our_scores = run_ours([sys.argv[1], sys.argv[2], str(repetitions)])
    tokenizer = PTBTokenizer()
    peer, scores = {}, {}
    peer["ptb_refs"], references = shortest(repetitions, lambda: tokenizer.tokenize(raw_references))
    peer["ptb_hyps"], candidates = shortest(repetitions, lambda: tokenizer.tokenize(raw_candidates))
    for name, scorer in (("bleu", Bleu(4)), ("rouge_l", Rouge()), ("cider_d", Cider())):
        peer[name], result = shortest(
            repetitions, lambda scorer=scorer: scorer.compute_score(references, candidates))
        scores[name] = result[0]
    print_ratios(ours, peer)
    print(f"ours {our_scores}")
    print(f"peer bleu4 {scores['bleu'][3]:.12f} rouge_l {scores['rouge_l']:.12f} "
          f"cider {scores['cider_d']:.12f}")


if __name__ == "__main__":
    main()
