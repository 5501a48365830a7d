"""Our byte pairs beside tokenizers and tiktoken, one thread each, processor time; ids are compared first.

    PEERS/bin/python tests/bench/tokenizer/peer.py tokenizer_bench DATA_FOLDER [REPETITIONS]

DATA_FOLDER has bpe/, books/, … (texts.py says what is read). Each repetition runs ours, tokenizers' encode_batch_fast and
tiktoken's encode_ordinary, in turns. Peers get Python texts that are made before; taking the ids out of tokenizers' answers
is not counted. Ours gets bytes and checks that they are UTF-8. Cold: the first pass of a new tokenizer; warm: later ones."""
import json
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

import tiktoken
import tokenizers

import texts

PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def new_tokenizers(folder):
    model = tokenizers.models.BPE.from_file(os.path.join(folder, "encoder.json"), os.path.join(folder, "vocab.bpe"))
    made = tokenizers.Tokenizer(model)
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    return made


def new_tiktoken(folder):
    visible = list(range(0x21, 0x7F)) + list(range(0xA1, 0xAD)) + list(range(0xAE, 0x100))
    rest = [b for b in range(256) if b not in visible]
    byte_of = {chr(b): b for b in visible} | {chr(256 + i): b for i, b in enumerate(rest)}
    pieces = json.load(open(os.path.join(folder, "encoder.json"), encoding="utf-8"))
    ranks = {bytes(byte_of[c] for c in piece): number for piece, number in pieces.items() if piece != "<|endoftext|>"}
    return tiktoken.Encoding("gpt2_here", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})


def timed(work):
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def pass_of_tokenizers(made, strings):
    seconds, encodings = timed(lambda: made.encode_batch_fast(strings, add_special_tokens=False))
    return seconds, [e.ids for e in encodings]


def pass_of_tiktoken(made, strings):
    return timed(lambda: [made.encode_ordinary(s) for s in strings])


def read_ids(path):
    raw = open(path, "rb").read()
    values = struct.unpack(f"<{len(raw) // 4}i", raw)
    lists, at = [], 0
    while at < len(values):
        lists.append(list(values[at + 1:at + 1 + values[at]]))
        at += 1 + values[at]
    return lists


def check(name, ours, theirs, strings):
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if a != b:
            sys.exit(f"{name} differs in document {i}: {strings[i][:80]!r}: {a[:20]} and {b[:20]}")


def compare(program, folder, name, documents, repetitions, work):
    path, ids = os.path.join(work, name), os.path.join(work, name + ".ids")
    with open(path, "wb") as file:
        for document in documents:
            file.write(struct.pack("<I", len(document)) + document)
    strings = [d.decode("utf-8", errors="replace") for d in documents]
    size = sum(map(len, documents)) / 1e6
    subprocess.run([program, folder, path, ids], check=True, stdout=subprocess.DEVNULL)
    wanted = read_ids(ids)
    peers = {"tokenizers": (pass_of_tokenizers, new_tokenizers(folder)), "tiktoken": (pass_of_tiktoken, new_tiktoken(folder))}
    seconds = {"ours, no cache": [], "ours, cold": [], "ours, warm": []}
    for peer, (run, made) in peers.items():
        cold, answer = run(made, strings)
        check(peer, wanted, answer, strings)
        seconds[peer + ", cold"], seconds[peer + ", warm"] = [cold], []
    for _ in range(repetitions):
        ours = json.loads(subprocess.run([program, folder, path], check=True, capture_output=True).stdout)
        for key in ("no cache", "cold", "warm"):
            seconds["ours, " + key].append(ours[key.replace(" ", "_") + "_s"])
        for peer, (run, made) in peers.items():
            seconds[peer + ", warm"].append(run(made, strings)[0])
    count = sum(map(len, wanted))
    print(f"{name}: {size:.1f} MB, {len(documents)} documents, {count} ids, equal to both peers'")
    speed = {key: size / statistics.median(values) for key, values in seconds.items()}
    for key, values in seconds.items():
        print(f"  {key:18} {speed[key]:8.1f} MB/s  ({size / max(values):.1f} to {size / min(values):.1f})")
    report(speed, peers)
    return {key: size / value for key, value in speed.items()}, size


def report(speed, peers):
    for peer in peers:
        print(f"  ours against {peer}: cold {speed['ours, cold'] / speed[peer + ', cold']:.1f}, "
              f"warm {speed['ours, warm'] / speed[peer + ', warm']:.1f}")


def main():
    program, data = os.path.abspath(sys.argv[1]), sys.argv[2]
    repetitions = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    rng = random.Random(2026)
    english, real = texts.english(data, 50_000_000, rng)
    print(f"tokenizers {tokenizers.__version__}, tiktoken {tiktoken.__version__}, Python {sys.version.split()[0]}; "
          f"{real / 1e6:.1f} MB of the English are real, the rest varies them")
    with tempfile.TemporaryDirectory() as work:
        total, size = {}, 0
        for name, documents in (("english", english), ("captions", texts.captions(data, 5_000_000, rng)),
                                ("adversarial", texts.adversarial(1_000_000, rng))):
            seconds, megabytes = compare(program, os.path.join(data, "bpe"), name, documents, repetitions, work)
            size += megabytes
            total = {key: total.get(key, 0) + value for key, value in seconds.items()}
    print(f"all: {size:.1f} MB, ours {size / total['ours, cold']:.1f} MB/s cold, {size / total['ours, warm']:.1f} MB/s warm")
    report({key: size / value for key, value in total.items()}, ("tokenizers", "tiktoken"))


main()
