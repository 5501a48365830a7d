"""The three texts of the tokenizer's bench, from the project's data folder: lists of documents, as bytes.

English, 50 MB: every real English text of the folder (novels, web pages, Wikipedia's markup, news, questions and
their passages, sentences of the language benchmarks), about 27 MB, in documents of 4 kB. The rest is the same
documents again with their sentences in another order and every eighth word of four letters or more changed (another
ending, capitals, or a number in its place), so that a cache of words does not see the first half once more.
Captions, 5 MB: COCO, Flickr8k, Flickr30k and Conceptual Captions, one a document, repeated in another order.
Adversarial, 1 MB: long runs of one letter, digits, blanks, signs, emoji with joiners, scripts without blanks, random
code points, and bytes that are not UTF-8 (those the peers get after Python's errors="replace")."""
import bz2
import glob
import gzip
import io
import json
import lzma
import os
import random
import re
import tarfile

DOCUMENT = 4096


def real_english(data):
    def read(pattern):
        for path in sorted(glob.glob(os.path.join(data, pattern))):
            yield open(path, encoding="utf-8", errors="replace").read()

    for pattern in ("books/*.txt", "squad_qg/src-*.txt", "squad_qg/tgt-*.txt", "squad_qg/*.json", "cnndm/*.source",
                    "cnndm/*.output", "cnndm/*.target.tokenized", "gigaword/*.txt", "mnli/*.pairs.tsv", "mnli/dev*.tsv",
                    "sst2/*.tsv", "cola/*.tsv", "vqa/*.json", "snli_ve/*.jsonl", "cc/*.tsv"):
        yield from read(pattern)
    for path in sorted(glob.glob(os.path.join(data, "openwebtext/*.xz"))):
        with tarfile.open(fileobj=io.BytesIO(lzma.open(path).read())) as archive:
            for member in archive.getmembers():
                if member.isfile():
                    yield archive.extractfile(member).read().decode("utf-8", errors="replace")
    yield bz2.open(os.path.join(data, "wikipedia/enwiki-pages-articles-sample.xml.bz2")).read().decode("utf-8")


def changed(text, rng):
    sentences = re.split(r"(?<=[.!?]) ", text)
    rng.shuffle(sentences)
    words = " ".join(sentences).split(" ")
    for i in range(0, len(words), 8):
        if len(words[i]) >= 4 and words[i].isalpha():
            words[i] = rng.choice((words[i] + rng.choice(("s", "ed", "ness", "ville", "-like")), words[i].upper(),
                                   str(rng.randrange(3000))))
    return " ".join(words)


def english(data, size, rng):
    documents = [text[i:i + DOCUMENT] for text in real_english(data) for i in range(0, len(text), DOCUMENT)]
    rng.shuffle(documents)
    total = sum(len(d.encode()) for d in documents)
    real, i = total, 0
    while total < size:
        documents.append(changed(documents[i], rng))
        total += len(documents[-1].encode())
        i += 1
    return [d.encode() for d in documents], real


def captions(data, size, rng):
    lines = [a["caption"] for a in json.load(open(os.path.join(data, "coco/annotations/captions_val2017.json")))["annotations"]]
    for path in ("flickr8k/Flickr8k.token.txt", "flickr30k/val.token"):
        lines += [line.split("\t", 1)[1].rstrip("\n") for line in open(os.path.join(data, path), encoding="utf-8") if "\t" in line]
    with gzip.open(os.path.join(data, "flickr30k/train.token.gz"), "rt", encoding="utf-8") as train:
        lines += [line.split("\t", 1)[1].rstrip("\n") for line in train if "\t" in line]
    for path in glob.glob(os.path.join(data, "cc/*.tsv")):
        lines += [line.split("\t")[0] for line in open(path, encoding="utf-8")]
    rng.shuffle(lines)
    documents, total = [], 0
    while total < size:
        documents.append(lines[len(documents) % len(lines)].encode())
        total += len(documents[-1])
    return documents


def adversarial(size, rng):
    emoji = "😀👩‍👩‍👧‍👦🏳️‍🌈🇩🇪👍🏽❤️"
    scripts = "中文字符没有空格日本語の文章ไทยไม่มีช่องว่างहिन्दीالعربيةעבריתΕλληνικάРусский"
    makers = (
        lambda n: rng.choice("aZé中 .") * n,
        lambda n: "".join(rng.choice("0123456789") for _ in range(n)),
        lambda n: "".join(rng.choice(" \t\n\r\u00a0\u3000") for _ in range(n)),
        lambda n: "".join(rng.choice("!?#$%&'()*+,-./:;<=>@[]^_`{|}~\"") for _ in range(n)),
        lambda n: "".join(rng.choice(emoji) for _ in range(n)),
        lambda n: "".join(rng.choice(scripts) for _ in range(n)),
        lambda n: "".join(rng.choice("abcdefghij") for _ in range(n)),
        lambda n: "".join(rng.choice(("'s", "'re", " '", "I'll", "'LL", "don't", "''", " 1a2")) for _ in range(n // 3 + 1)),
    )
    documents, total = [], 0
    while total < size:
        n = rng.choice((1, 7, 40, 300, 3000, 12000))
        if rng.random() < 0.15:
            document = bytes(rng.randrange(256) for _ in range(n))
        else:
            document = rng.choice(makers)(n).encode()
        documents.append(document)
        total += len(document)
    return documents
