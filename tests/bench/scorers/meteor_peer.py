#!/usr/bin/env python3
"""Times METEOR's official Java program and meteor_bench on the same captions, in turns.

    meteor_peer.py path/to/meteor_bench folder_of_meteor_files captions.json [repetitions]

With three modules, and with paraphrases. Needs the package pycocoevalcap (it carries meteor-1.5.jar
and paraphrase-en.gz) and a Java runtime; says so and stops when they are not there. The Java time
is that of the whole program, as the caption toolkits start it, from the first line sent to the
last statistics; ours is the reading of the resources and the scoring. Prints the ratios, the memory of
both, and whether all statistics agree.
"""
import collections
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time


def score_lines(path):
    of_image = collections.defaultdict(list)
    with open(path, encoding="utf-8") as file:
        for entry in json.load(file)["annotations"]:
            of_image[entry["image_id"]].append((entry["id"], entry["caption"]))
    for image in sorted(of_image):
        captions = [" ".join(text.split()) for _, text in sorted(of_image[image])]
        if len(captions) > 1:
            yield " ||| ".join(["SCORE", *captions[1:], captions[0]]) + "\n"


def timed(command, **where):
    """Wall seconds, CPU seconds and most memory (MB) of a program."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **where)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def run_java(folder, lines, modules, scratch):
    command = ["java", "-Xmx2G", "-Dfile.encoding=UTF-8", "-jar", "meteor-1.5.jar", "-", "-",
               "-stdio", "-l", "en", "-norm", *modules]
    output = scratch / "java.txt"
    with open(lines, "rb") as given, open(output, "wb") as taken:
        cost = timed(command, cwd=folder, stdin=given, stdout=taken)
    statistics = output.read_text().splitlines()
    columns = zip(*(map(float, line.split()) for line in statistics))
    return cost, [sum(column) for column in columns], len(statistics)


def run_ours(bench, arguments, scratch):
    output = scratch / "ours.txt"
    with open(output, "wb") as taken:
        _, _, memory = timed([bench, *arguments], stdout=taken)
    values = dict(line.split(" ", 1) for line in output.read_text().splitlines() if " " in line)
    return {key: value.split()[0] if key != "statistics" else value
            for key, value in values.items()}, memory


def compare(name, java, ours, repetitions):
    best_wall, best_cpu = float("inf"), float("inf")
    totals = {1: float("inf"), 2: float("inf")}
    for _ in range(repetitions):
        (wall, cpu, java_memory), sums, _ = java()
        values, memory = ours()
        best_wall, best_cpu = min(best_wall, wall), min(best_cpu, cpu)
        totals = {n: min(totals[n], float(values[f"total_{n}"])) for n in totals}
    # Chunks of perfect segments are not in our sum; every other column must agree.
    mine = [float(number) for number in values["statistics"].split()]
    agree = mine[:20] + mine[21:] == sums[:20] + sums[21:]
    print(f"{name}: java {best_wall:.2f} s (cpu {best_cpu:.2f} s, {java_memory} MB)")
    for threads, seconds in totals.items():
        print(f"{name}: ours {seconds:.2f} s on {threads} thread(s), {memory} MB: "
              f"{best_wall / seconds:.1f} times as fast")
    print(f"{name}: statistics {'agree' if agree else 'DIFFER'}; score {values['score']}")


def main():
    found = importlib.util.find_spec("pycocoevalcap")
    if found is None or shutil.which("java") is None:
        sys.exit("skipped: pip install pycocoevalcap, and install a Java runtime")
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    bench, resources, captions = sys.argv[1:4]
    repetitions = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    folder = pathlib.Path(found.submodule_search_locations[0]) / "meteor"
    table = folder / "data" / "paraphrase-en.gz"
    with tempfile.TemporaryDirectory() as scratch_name:
        scratch = pathlib.Path(scratch_name)
        lines = scratch / "lines.txt"
        lines.write_text("".join(score_lines(captions)), encoding="utf-8")
        for name, modules, extra in (
                ("three modules", ["-m", "exact stem synonym", "-w", "1.0 0.6 0.8"], []),
                ("with paraphrases", [], [str(table)])):
            compare(name, lambda: run_java(folder, lines, modules, scratch),
                    lambda: run_ours(bench, [resources, captions, "2", *extra], scratch),
                    repetitions)


if __name__ == "__main__":
    main()
