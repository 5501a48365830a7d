"""Writes a few small files for each fuzzer of the streams to begin with: make_seeds.py FOLDER."""
import bz2
import gzip
import io
import lzma
import pathlib
import sys
import tarfile
import zipfile

TEXT = b"A dog runs.\nA cat\tsleeps.\r\n" * 3
ZSTD = bytes.fromhex("28b52ffd0406110000610ae56b2b04")[:9] + b"a"  # a cut frame
JSON = [
    b'{"info": {"year": 2014}, "images": [{"id": 1, "w": -2.5e3}], "annotations": []}',
    b'[1, "a\\"b\\\\", null, true, [[{}]], 123456789012345678901]\n',
    b'{"a": [{"x": "caf\xe9 \\ud83d"}]}',
    b'{"id": 1}\n["x"]\n\n3\n',
]


def tar(names):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(TEXT)
            archive.addfile(info, io.BytesIO(TEXT))
    return out.getvalue()[:4096]


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.txt", TEXT)
    return out.getvalue()


def main():
    bz = bz2.compress(TEXT)
    seeds = {
        "byte_source_fuzz": [TEXT, gzip.compress(TEXT, mtime=0) * 2, bz, bz + bz2.compress(b"", 1) + bz,
                             lzma.compress(TEXT), lzma.compress(TEXT) + bytes(4) + lzma.compress(b""), ZSTD],
        "line_reader_fuzz": [TEXT, b"\xef\xbb\xbfa\tb\r\n\nc", b"\xff\xfea\x00"],
        "archive_reader_fuzz": [tar(["a.txt", "b/c.txt"]), tar(["../x"]), gzip.compress(tar(["a"]), mtime=0),
                                bz2.compress(tar(["a"])), zipped()],
        "json_stream_fuzz": JSON,
    }
    for fuzzer, files in seeds.items():
        folder = pathlib.Path(sys.argv[1]) / fuzzer
        folder.mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(files):
            (folder / f"seed{number}").write_bytes(content)


main()
