"""numpy's side of region_files_bench: region_files_peer.py FOLDER ROUNDS. Prints "name seconds", the median round."""
import base64
import csv
import pathlib
import statistics
import sys
import time

import numpy as np

folder, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
order = (folder / "order.txt").read_text().split()
csv.field_size_limit(sys.maxsize)


def npz():
    """One file a picture, half precision, in random order; to floats, as ours."""
    total = 0
    for name in order:
        with np.load(folder / "npz" / (name + ".npz")) as arrays:
            features = arrays["features"].astype(np.float32)
            boxes = arrays["norm_bb"].astype(np.float32)
        total += features.shape[0] + boxes.shape[0]
    return total


def tsv():
    """As LXMERT's load_obj_tsv reads its files."""
    names = ["img_id", "img_h", "img_w", "objects_id", "objects_conf", "attrs_id", "attrs_conf", "num_boxes", "boxes",
             "features"]
    kinds = {"objects_id": (np.int64, 1), "objects_conf": (np.float32, 1), "attrs_id": (np.int64, 1),
             "attrs_conf": (np.float32, 1), "boxes": (np.float32, 4), "features": (np.float32, -1)}
    rows = 0
    with open(folder / "rows.tsv") as file:
        for item in csv.DictReader(file, names, delimiter="\t"):
            for key in ("img_h", "img_w", "num_boxes"):
                item[key] = int(item[key])
            for key, (kind, width) in kinds.items():
                item[key] = np.frombuffer(base64.b64decode(item[key]), dtype=kind).reshape(item["num_boxes"], -1)
            if not np.isfinite(item["features"]).all():
                raise ValueError(item["img_id"])
            rows += 1
    return rows


for name, work in (("npz", npz), ("tsv", tsv)):
    work()  # fills the page cache
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    print(name, statistics.median(seconds), flush=True)
