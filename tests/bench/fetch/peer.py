#!/usr/bin/env python3
"""Fetches the list of fetch_bench with another program and prints how long it took.

    peer.py urls.txt FOLDER CONNECTIONS

That program is img2dataset when this Python has it, else a pool of threads on urllib; the line that
is printed says which. Start-up is not counted. Ours checks every picture by decoding it, so
img2dataset is told to decode too; the pool of threads only stores what comes.
"""
import concurrent.futures
import glob
import json
import os
import sys
import time
import urllib.request


def with_img2dataset(urls, folder, connections):
    from img2dataset import download

    processes = os.cpu_count() or 1
    start = time.perf_counter()
    download(url_list=urls, input_format="txt", output_folder=folder, output_format="webdataset",
             processes_count=processes, thread_count=max(1, connections // processes),
             resize_mode="no", skip_reencode=True, number_sample_per_shard=5000,
             timeout=60, retries=2, enable_wandb=False)
    seconds = time.perf_counter() - start
    fetched = 0
    for name in glob.glob(os.path.join(folder, "*_stats.json")):
        with open(name, encoding="utf-8") as file:
            fetched += json.load(file)["successes"]
    return seconds, fetched


def with_threads(urls, folder, connections):
    with open(urls, encoding="utf-8") as file:
        addresses = file.read().split()

    def fetch(numbered):
        number, address = numbered
        with urllib.request.urlopen(address, timeout=60) as answer:
            content = answer.read()
        with open(os.path.join(folder, f"{number:09}.jpg"), "wb") as file:
            file.write(content)
        return 1

    os.makedirs(folder, exist_ok=True)
    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        fetched = sum(pool.map(fetch, enumerate(addresses)))
    return time.perf_counter() - start, fetched


def main():
    urls, folder, connections = sys.argv[1], sys.argv[2], int(sys.argv[3])
    try:
        import img2dataset  # noqa: F401
        name, work = "img2dataset", with_img2dataset
    except ImportError as error:
        print(f"img2dataset is not here ({error}): a pool of threads instead")
        name, work = "threads", with_threads
    before = sum(os.times()[:4])
    seconds, fetched = work(urls, folder, connections)
    processor = sum(os.times()[:4]) - before
    print(f"peer {name} {seconds:.3f} s {fetched} pictures, processor {processor:.3f} s")


if __name__ == "__main__":
    main()
