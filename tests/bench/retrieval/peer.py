"""Our retrieval beside bm25s (numba) and scikit-learn, one thread each, processor time; lists are compared first.

    PEERS/bin/python tests/bench/retrieval/peer.py retrieval_bench DATA_FOLDER [TEXTS [QUERIES [SKLEARN_QUERIES]]]

PEERS needs bm25s, numba, scikit-learn. DATA_FOLDER has coco/, flickr8k/, flickr30k/. TEXTS captions (1,000,000) are made
from theirs: first as they are, then again and again with a tenth of the words replaced, a twentieth dropped and as many put
in, drawn from all words as often as they occur. All see the same words: lower-case runs of letters and digits. The nearest 100 of every query are looked for,
by Lucene's BM25 (bm25s as it comes) and by the cosine of TF-IDF (TfidfVectorizer as it comes, sparse product, argpartition)."""
import gzip
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np

COUNT = 100


def real_captions(folder):
    with open(os.path.join(folder, "coco/annotations/captions_val2017.json"), encoding="utf-8") as file:
        yield from (a["caption"] for a in json.load(file)["annotations"])
    with open(os.path.join(folder, "flickr8k/Flickr8k.token.txt"), encoding="utf-8") as file:
        yield from (line.split("\t", 1)[1] for line in file)
    for name in ("train.token.gz", "val.token"):
        path = os.path.join(folder, "flickr30k", name)
        with (gzip.open(path, "rt", encoding="utf-8") if name.endswith("gz") else open(path, encoding="utf-8")) as file:
            yield from (line.split("\t", 1)[1] for line in file)


def perturbed(words, every, rng):
    changed = []
    for word in words:
        drawn = rng.random()
        if drawn < 0.05:
            continue
        changed.append(every[rng.randrange(len(every))] if drawn < 0.15 else word)
        if drawn > 0.95:
            changed.append(every[rng.randrange(len(every))])
    return changed or words


def make_captions(folder, count):
    real = [re.findall(r"[a-z0-9]+", text.lower()) for text in real_captions(folder)]
    real = [words for words in real if words]
    every = [word for words in real for word in words]
    rng = random.Random(11)
    made = real[:count]
    while len(made) < count:
        made.append(perturbed(real[len(made) % len(real)], every, rng))
    print(f"{len(real)} real captions, {count} made, {sum(map(len, made)) / count:.1f} words each")
    return [" ".join(words) for words in made]


def timed(work):
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def ours(program, scheme, path, queries, folder):
    out = os.path.join(folder, "ours")
    ran = subprocess.run([program, "texts", scheme, path, str(queries), str(COUNT), out], check=True, capture_output=True)
    found = np.fromfile(out, dtype=[("item", "<u4"), ("score", "<f4")]).reshape(queries, COUNT)
    return json.loads(ran.stdout), found


def compare(name, found, items, scores):
    """Scores place by place; sets as far as scores say who belongs there."""
    wrong = 0
    worst = 0.0
    for row, (mine, peer_items, peer_scores) in enumerate(zip(found, items, scores)):
        order = np.argsort(-peer_scores, kind="stable")
        peer_items, peer_scores = peer_items[order], peer_scores[order]
        worst = max(worst, float(np.max(np.abs(mine["score"] - peer_scores) / np.maximum(1, peer_scores))))
        sure = peer_scores > peer_scores[-1] * (1 + 2e-5)
        wrong += len(set(peer_items[sure].tolist()) - set(mine["item"].tolist()))
    print(f"{name}: scores differ by {worst:.1e} at most, {wrong} of {items.size} items missing that are no ties")
    if worst > 1e-5 or wrong:
        raise SystemExit(f"{name}: the lists differ")


def peer_bm25s(texts, chosen):
    import bm25s
    words = [text.split() for text in texts]
    retriever = bm25s.BM25(backend="numba")
    build, _ = timed(lambda: retriever.index(words, show_progress=False))
    queries = [texts[i].split() for i in chosen]
    look = lambda some: retriever.retrieve(some, k=COUNT, show_progress=False, n_threads=0)
    look(queries[:3])  # compiles
    seconds, (items, scores) = timed(lambda: look(queries))
    return build, seconds, items, scores


def peer_sklearn(texts, chosen):
    from sklearn.feature_extraction.text import TfidfVectorizer
    vectorizer = TfidfVectorizer(analyzer=str.split)
    build, matrix = timed(lambda: vectorizer.fit_transform(texts))

    def search():
        across = matrix.T.tocsr()
        found, scores = [], []
        for begin in range(0, len(chosen), 16):
            product = (vectorizer.transform([texts[i] for i in chosen[begin:begin + 16]]) @ across).toarray()
            best = np.argpartition(-product, COUNT, axis=1)[:, :COUNT]
            found.append(best)
            scores.append(np.take_along_axis(product, best, axis=1))
        return np.concatenate(found), np.concatenate(scores)

    seconds, (items, scores) = timed(search)
    return build, seconds, items, scores


def main():
    program, data = sys.argv[1:3]
    texts_count, queries, few = (int(a) for a in (sys.argv[3:] + ["1000000", "2000", "200"][len(sys.argv) - 3:]))
    texts = make_captions(data, texts_count)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "captions")
        with open(path, "w") as file:
            file.write("\n".join(texts) + "\n")
        for scheme, name, peer, asked in (("bm25", "bm25s", peer_bm25s, queries), ("tfidf", "scikit-learn", peer_sklearn, few)):
            _, found = ours(program, scheme, path, asked, folder)
            build, seconds, items, scores = peer(texts, [i * len(texts) // asked for i in range(asked)])
            compare(f"{scheme} and {name}", found, items, scores)
            mine, _ = ours(program, scheme, path, queries, folder)
            rate = asked / seconds
            print(f"{scheme}: ours {mine['queries_per_s']:.0f} queries/s, {name} {rate:.1f}, ratio {mine['queries_per_s'] / rate:.1f}; "
                  f"index ours {mine['items_per_s']:.0f} texts/s, {name} {len(texts) / build:.0f}; ours at most {mine['peak_mib']} MiB")
    ran = subprocess.run([program, "images", "1000000", str(queries), str(COUNT)], check=True, capture_output=True)
    print(f"images: ours {json.loads(ran.stdout)['queries_per_s']:.0f} queries/s over 1,000,000 pictures with 36 objects")


main()
