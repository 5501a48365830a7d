#!/usr/bin/env python3
"""Detection scores of `unimo score detection` beside pycocotools', on drawn files, and their times.

    detection_peer.py path/to/unimo [images] [classes] [seed]

Draws annotated objects (with crowds, areas of outlines, all three sizes) and detections (near objects or
anywhere, some with equal scores, more than 100 in some pictures), scores both files with both programs,
prints the twelve numbers and fails where two differ by more than 1e-9. VOC's numbers are compared with
the rule as voc_eval.py of py-faster-rcnn has it, written out below. Needs pycocotools 2.0.11 and numpy.
The draws are those of tests/evaluators/detection_test.cc, whose expected values this prints as well.
"""
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


class Draws:
    """The 31-bit linear congruential generator of the C standard's example."""

    def __init__(self, seed):
        self.state = seed

    def below(self, size):
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 8) % size


def draw(images, classes, seed):
    draws = Draws(seed)
    gold, found = [], []
    for image in range(images):
        for _ in range(draws.below(7)):
            label, side = draws.below(classes), (12, 60, 160)[draws.below(3)]
            x, y = draws.below(300), draws.below(200)
            w, h = side // 2 + draws.below(side), side // 2 + draws.below(side)
            crowd = draws.below(12) == 0
            gold.append({"id": len(gold) + 1, "image_id": image, "category_id": label, "bbox": [x, y, w, h],
                         "area": w * h * (60 + draws.below(40)) / 100, "iscrowd": int(crowd)})
            for _ in range(draws.below(4)):
                spread = 1 + side // 6
                box = [x + draws.below(spread), y + draws.below(spread), w + draws.below(spread), h + draws.below(spread)]
                found.append({"image_id": image, "category_id": label if draws.below(5) else draws.below(classes),
                              "bbox": box, "score": (20 + draws.below(80)) / 100})
        for _ in range(draws.below(5) if image % 9 else 130):
            found.append({"image_id": image, "category_id": draws.below(classes),
                          "bbox": [draws.below(300), draws.below(200), 5 + draws.below(120), 5 + draws.below(120)],
                          "score": draws.below(60) / 100})
    return gold, found


def coco_scores(instances, results):
    with contextlib.redirect_stdout(io.StringIO()):
        gold = COCO(instances)
        evaluation = COCOeval(gold, gold.loadRes(results), "bbox")
        start = time.process_time()
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    names = ["ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar1", "ar10", "ar100", "ar_small", "ar_medium", "ar_large"]
    return dict(zip(names, evaluation.stats)), time.process_time() - start


def overlap(a, b):
    """With inclusive corners."""
    a = (a[0], a[1], a[0] + a[2] - 1, a[1] + a[3] - 1)
    b = (b[0], b[1], b[0] + b[2] - 1, b[1] + b[3] - 1)
    w = max(min(a[2], b[2]) - max(a[0], b[0]) + 1, 0)
    h = max(min(a[3], b[3]) - max(a[1], b[1]) + 1, 0)
    area = lambda box: (box[2] - box[0] + 1) * (box[3] - box[1] + 1)
    return w * h / (area(a) + area(b) - w * h)


def voc_scores(gold, found, classes):
    precisions, counts = {"voc_map": [], "voc07_map": []}, []
    for label in range(classes):
        own = [g for g in gold if g["category_id"] == label]
        objects = sum(not g["iscrowd"] for g in own)
        if objects == 0:
            continue
        detections = [d for d in found if d["category_id"] == label]
        order = numpy.argsort([-d["score"] for d in detections], kind="stable")
        right, wrong, taken = numpy.zeros(len(order)), numpy.zeros(len(order)), set()
        for place, index in enumerate(order):
            here = [g for g in own if g["image_id"] == detections[index]["image_id"]]
            overlaps = [overlap(detections[index]["bbox"], g["bbox"]) for g in here]
            best = int(numpy.argmax(overlaps)) if overlaps else -1
            if best >= 0 and overlaps[best] > 0.5:
                if here[best]["iscrowd"]:
                    continue
                if here[best]["id"] not in taken:
                    right[place] = 1
                    taken.add(here[best]["id"])
                    continue
            wrong[place] = 1
        right, wrong = numpy.cumsum(right), numpy.cumsum(wrong)
        recall, precision = right / objects, right / numpy.maximum(right + wrong, numpy.finfo(float).eps)
        precisions["voc07_map"].append(sum((precision[recall >= t].max() if (recall >= t).any() else 0) / 11 for t in numpy.arange(0, 1.1, 0.1)))
        r, p = numpy.concatenate([[0], recall, [1]]), numpy.concatenate([[0], precision, [0]])
        p = numpy.maximum.accumulate(p[::-1])[::-1]
        moves = numpy.where(r[1:] != r[:-1])[0]
        precisions["voc_map"].append(float(numpy.sum((r[moves + 1] - r[moves]) * p[moves + 1])))
        counts.append(objects)
    scores = {name: float(numpy.mean(values)) for name, values in precisions.items()}
    scores["voc_weighted_map"] = float(numpy.dot(precisions["voc_map"], counts) / sum(counts))
    return scores


def main():
    images, classes, seed = (int(a) for a in (sys.argv[2:] + ["40", "5", "1"][len(sys.argv) - 2:]))
    gold, found = draw(images, classes, seed)
    with tempfile.TemporaryDirectory() as folder:
        instances, results = f"{folder}/instances.json", f"{folder}/results.json"
        with open(instances, "w", encoding="utf-8") as file:
            json.dump({"info": {}, "images": [{"id": i, "width": 480, "height": 400, "file_name": f"{i}.jpg"} for i in range(images)],
                       "annotations": gold, "categories": [{"id": c, "name": f"class {c}"} for c in range(classes)]}, file)
        with open(results, "w", encoding="utf-8") as file:
            json.dump(found, file)
        wanted, seconds = coco_scores(instances, results)
        wanted.update(voc_scores(gold, found, classes))
        before = os.times()
        ours = json.loads(subprocess.run([sys.argv[1], "score", "detection", "--predictions", results, "--references", instances, "--json"],
                                         check=True, capture_output=True, text=True).stdout)["metrics"]
        after = os.times()
    largest = 0
    for name, value in wanted.items():
        value, seen = 100 * value, ours[name]
        if value < 0:
            print(f"{name:<18} not defined, ours {seen}")
            continue
        largest = max(largest, abs(seen - value))
        print(f"{name:<18} {value:.12g}  ours {seen:.12g}")
    print(f"{len(gold)} objects, {len(found)} detections; largest difference {largest:.2e}")
    print(f"seconds of the processor: pycocotools {seconds:.2f} (without reading), "
          f"ours {after.children_user + after.children_system - before.children_user - before.children_system:.2f} (with reading)")
    sys.exit(int(largest > 1e-9))


if __name__ == "__main__":
    main()
