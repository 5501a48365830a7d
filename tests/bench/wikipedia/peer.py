#!/usr/bin/env python3
"""Times WikiExtractor's conversion of the articles of bench_wikipedia on one core.

    peer.py PAGES TEXT

PAGES: per article a line with id, title and the bytes of its wikitext, then the wikitext and a line feed.
Writes what the extractor makes of them to TEXT and prints the processor seconds. Needs the package
wikiextractor; says so and stops when it is not there.
"""
import io
import sys
import time


def read_pages(path):
    pages = []
    with open(path, "rb") as file:
        while head := file.readline():
            number, title, size = head.decode("utf-8").rstrip("\n").split("\t")
            pages.append((number, title, file.read(int(size)).decode("utf-8")))
            file.read(1)
    return pages


def main():
    try:
        from wikiextractor.extract import Extractor
    except ImportError:
        sys.exit("no wikiextractor: pip install wikiextractor==3.1.0")
    pages = read_pages(sys.argv[1])
    out = io.StringIO()
    start = time.process_time()
    for number, title, text in pages:
        extractor = Extractor(number, "", "https://en.wikipedia.org/wiki", title, [text], to_text=True)
        extractor.extract(out, html_safe=False)
    seconds = time.process_time() - start
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(out.getvalue())
    print(seconds)


if __name__ == "__main__":
    main()
