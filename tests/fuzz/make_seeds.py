"""Writes a few small files for each fuzzer to begin with: make_seeds.py FOLDER. All of it is made up here."""
import base64
import bz2
import gzip
import io
import json
import lzma
import pathlib
import struct
import sys
import tarfile
import zipfile
import zlib

TEXT = b"A dog runs.\nA cat\tsleeps.\r\n" * 3
BETWEEN = b"\x1d"  # fuzz_file.h: between the files of one input
# Forty lines "a b" by `zstd --no-check` and by `zstd`, 300,000 zeros, and a frame that is passed over.
ZSTD = bytes.fromhex("28b52ffd20a05d0000206120620a010099294704")
ZSTD_SUM = bytes.fromhex("28b52ffd24a05d0000206120620a01009929470429983123")
ZSTD_ZEROS = bytes.fromhex("28b52ffd04585400001000000100fbff39c00202001000039f04002d28de26")
SKIPPED = bytes.fromhex("502a4d180300000078797a")
JSON = [
    b'{"info": {"year": 2014}, "images": [{"id": 1, "w": -2.5e3}], "annotations": []}',
    b'[1, "a\\"b\\\\", null, true, [[{}]], 123456789012345678901]\n',
    b'{"a": [{"x": "caf\xe9 \\ud83d"}]}',
    b'{"id": 1}\n["x"]\n\n3\n',
]
DUMP = b"""<mediawiki><siteinfo><dbname>wiki</dbname><namespaces><namespace key="0" /><namespace key="6">File</namespace>
</namespaces></siteinfo><page><title>A &amp; B</title><ns>0</ns><id>12</id><revision><id>1</id><model>wikitext</model>
<text xml:space="preserve">'''A''' is [[b|B]] {{x}}.</text></revision></page>
<page><title>C</title><ns>0</ns><id>13</id><redirect title="A" /><revision><text>#R</text></revision></page></mediawiki>"""
WIKITEXT = [
    b"'''A''' is a [[town|small town]] in {{lang|de|B}} ({{convert|5|km|mi}}).<ref name=x>y</ref>\n== Old ==\n* one\n",
    b"{| class=x\n|-\n| a || b\n|}\n[[File:A.jpg|thumb|A [[dog]]]]\n<!-- c --><nowiki>[[</nowiki>&nbsp;&#x41;<math>x</math>\n",
    b"== See also ==\n* [http://host.example x]\n{{as of|2010|5}} {{nowrap|a}} __TOC__ ~~~~\n{{a|{{b|{{c}}}}}}",
]
BOOK = b"""THE TITLE\n\n*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\nVOLUME I\n\nCHAPTER I.\n\nIt _was_ a day--\nlong
ago.\n\n[Illustration]\n\nCHAPTER II\n\n"No," he said.\n\nTHE END\n\n*** END OF THE PROJECT GUTENBERG EBOOK X ***\n"""


def tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()[:4096]


def zipped(content=TEXT):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("a/b.txt"), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def pickled(*tensors):
    """A state dictionary as torch.save pickles it: name, storage, values, offset, shape, strides."""
    def text(value):
        return b"X" + struct.pack("<I", len(value)) + value

    def numbers(values):
        return b"(" + b"".join(b"K" + bytes([value]) for value in values) + b"t"

    out = b"\x80\x02ccollections\nOrderedDict\n)Rq\x00("
    for name, storage, values, offset, shape, strides in tensors:
        out += (text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n((" + text(b"storage") + b"ctorch\nFloatStorage\n"
                + text(storage) + text(b"cpu") + b"K" + bytes([values]) + b"tQK" + bytes([offset]) + numbers(shape)
                + numbers(strides) + b"\x89h\x00tR")
    return out + b"u."


def torch_saved():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("m/data.pkl"), pickled((b"w", b"0", 6, 0, (2, 3), (3, 1))))
        archive.writestr(zipfile.ZipInfo("m/byteorder"), b"little")
        archive.writestr(zipfile.ZipInfo("m/data/0"), struct.pack("<6f", *range(6)))
    return out.getvalue()


TORCH_OLD = (bytes.fromhex("80028a0a6cfc9c46f9206aa850192e") + b"\x80\x02M\xe9\x03." + b"\x80\x02}."
             + pickled((b"w", b"0", 6, 0, (2, 3), (3, 1))) + b"\x80\x02](" + b"X\x01\x00\x00\x000e."
             + struct.pack("<q6f", 6, *range(6)))
PADDLE = struct.pack("<IQIi", 0, 0, 0, 6) + b"\x08\x05\x10\x02\x10\x03" + struct.pack("<6f", *range(6))
PADDLE_PACKED = struct.pack("<IQQ8sIi", 0, 1, 8, b"leveldat", 0, 6) + b"\x08\x04\x12\x02\x02\x03" + b"\0\x3c" * 6
SAFE_HEADER = b'{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"__metadata__":{"a":"b"}}'
SAFETENSORS = struct.pack("<Q", len(SAFE_HEADER)) + SAFE_HEADER + struct.pack("<6f", *range(6))


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width=3, height=2, depth=8, colour=2):
    rows = b"".join(b"\0" + bytes(range(3 * width)) for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def bmp():
    pixels = bytes(range(24)) * 2
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54 + len(pixels), 0, 0, 54, 40, 3, 4, 1, 24, 0, 0, 1, 1, 0, 0) + pixels


def jpeg():
    """Gray, 8 by 8, one code for each table: a picture without any detail."""
    table = b"\xff\xdb\0\x43\0" + b"\x10" * 64
    frame = b"\xff\xc0\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0"
    codes = b"".join(b"\xff\xc4\0\x14" + bytes([kind, 1]) + bytes(15) + b"\0" for kind in (0, 0x10))
    return b"\xff\xd8" + table + frame + codes + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\x3f\xff\xd9"


def webp():
    """Lossless, one pixel."""
    bits = bytes.fromhex("2f000000000788fdcfb4a2ff07")
    body = b"WEBPVP8L" + struct.pack("<I", len(bits)) + bits + b"\0" * (len(bits) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def text(value):
    return json.dumps(value).encode()


def lines(*values):
    return b"".join(text(value) + b"\n" for value in values)


def region_record(classes, probabilities):
    """Schema regions of docs/formats.md, one feature and one guess a region."""
    count = len(classes)
    head = struct.pack("<I1sI5s6I", 1, b"a", 5, b"train", 0, 10, 10, count, 1, 1)
    return head + struct.pack(f"<{4 * count}f{count}e{count}H{count}e", *[0, 0, 1, 1] * count, *[1] * count, *classes, *probabilities)


def chosen(*inputs):
    """Each input with the number of its format before it."""
    return [bytes([number]) + content for number, content in inputs]


def floats(*values):
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values))


def npy(kind, shape, values):
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (63 - (10 + len(head)) % 64) + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head + values


def npz(packing=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, content in (("features.npy", npy("<f4", (1, 2), struct.pack("<2f", 1, 2))),
                              ("norm_bb.npy", npy("<f4", (1, 4), struct.pack("<4f", 0, 0, .5, .5)))):
            archive.writestr(zipfile.ZipInfo(name), content, packing)
    return out.getvalue()


def msgpack_map():
    """{"features": array}, as msgpack-numpy writes it."""
    def array(shape, values):
        return (b"\x85\xc4\x02nd\xc3\xc4\x04type\xa3<f4\xc4\x04kind\xc4\0\xc4\x05shape" + shape + b"\xc4\x04data\xc4"
                + bytes([len(values)]) + values)
    return (b"\x82\xa8features" + array(b"\x92\x01\x02", struct.pack("<2f", 1, 2))
            + b"\xa7norm_bb" + array(b"\x92\x01\x04", struct.pack("<4f", 0, 0, .5, .5)))


BOX, FEATURE, WHOLE = floats(0, 0, 30, 40), floats(1, 2), base64.b64encode(struct.pack("<q", 7))
COCO = text({"images": [{"id": 7, "file_name": "train2014_7.jpg", "width": 60, "height": 40}],
             "annotations": [{"id": 1, "image_id": 7, "caption": "A dog runs.", "bbox": [1, 2, 3, 4.5],
                              "category_id": 1, "iscrowd": 0, "area": 12}],
             "categories": [{"id": 1, "name": "dog"}]})
KARPATHY = text({"images": [{"filename": "7.jpg", "filepath": "val2014", "cocoid": 7, "split": "val",
                             "sentences": [{"raw": "A dog.", "sentid": 3, "tokens": ["a", "dog"]}]}], "dataset": "coco"})
GENOME = [
    [{"image_id": 1, "width": 60, "height": 40, "coco_id": 7, "flickr_id": None, "url": "http://host.example/1.jpg"}],
    [{"image_id": 1, "objects": [{"object_id": 2, "names": ["dog"], "x": 1, "y": 2, "w": 3, "h": 4, "synsets": []}]}],
    [{"image_id": 1, "attributes": [{"object_id": 2, "names": ["dog"], "attributes": ["red"], "x": 1, "y": 2, "w": 3,
                                     "h": 4}]}],
    [{"id": 1, "regions": [{"region_id": 5, "image_id": 1, "phrase": "a dog", "x": 1, "y": 2, "width": 3, "height": 4}]}],
    [{"image_id": 1, "relationships": [{"relationship_id": 6, "predicate": "on", "subject": {"object_id": 2, "name": "a"},
                                        "object": {"object_id": 3, "name": "b"}}]}],
    [{"image_id": 1, "objects": [{"object_id": 2, "names": ["dog"], "attributes": ["red"], "x": 1, "y": 2, "w": 3, "h": 4}],
      "relationships": [{"relationship_id": 6, "predicate": "on", "subject_id": 2, "object_id": 2}]}],
    [{"id": 1, "qas": [{"qa_id": 8, "question": "What?", "answer": "A dog.", "image_id": 1}]}],
]
BOXES = (b"ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n"
         b"000000000000000a,x,/m/01,1,0.1,0.5,0,0.9,0,0,1,0,0\n000000000000000b,x,/m/02,1,0,1,0,1,0,0,0,0,0\n")
IMAGES = (b"ImageID,Subset,OriginalURL,OriginalLandingURL,License,AuthorProfileURL,Author,Title,OriginalSize,OriginalMD5,"
          b"Thumbnail300KURL,Rotation\n000000000000000a,train,http://host.example/a,,,,A,\"T, \"\"x\"\"\",1,,,90.0\n")
HIERARCHY = text({"LabelName": "/m/00", "Subcategory": [{"LabelName": "/m/01", "Part": [{"LabelName": "/m/02"}]}]})
COQA = text({"version": "1.0", "data": [{
    "source": "wikipedia", "id": "s1", "filename": "f", "story": "Ann has a red dog.", "name": "f",
    "questions": [{"input_text": "Who?", "turn_id": 1}, {"input_text": "What?", "turn_id": 2}],
    "answers": [{"input_text": "Ann", "span_start": 0, "span_end": 3, "span_text": "Ann", "turn_id": 1},
                {"input_text": "unknown", "span_start": -1, "span_end": -1, "span_text": "unknown", "turn_id": 2}],
    "additional_answers": {"0": [
        {"input_text": "Ann", "span_start": 0, "span_end": 3, "span_text": "Ann", "turn_id": 1},
        {"input_text": "a dog", "span_start": 8, "span_end": 17, "span_text": "a red dog", "turn_id": 2}]}}]})
SQUAD = text({"version": "1.1", "data": [{"title": "Normans", "paragraphs": [{
    "context": "Ann has a r\u00e9d dog.",
    "qas": [{"id": "q1", "question": "Who?", "answers": [{"text": "Ann", "answer_start": 0}]},
            {"id": "q2", "question": "What?", "answers": [{"text": "dog", "answer_start": 14}]}]}]}]})
TSV = [
    (0, b"sentence\tlabel\nA dog. \t1\nno\t0\n"), (1, b"index\tsentence\n0\tA dog.\n1\tb\n"),
    (2, b"gj04\t1\t\tA dog runs.\ngj04\t0\t*\tRuns dog a.\n"), (3, b"index\tsentence\n0\tA dog.\n"),
    (4, b"index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
        b"0\tmain\tf\t2012\t1\tnone\tnone\tA dog.\tA cat.\t3.80\n"),
    (4, b"main\tf\t2012\t1\t3.8\tA dog.\tA cat.\n"),
    (6, b"index\tpromptID\tpairID\tgenre\tsentence1\tsentence2\tlabel1\tgold_label\n0\t1\t1n\tfiction\tA\tB\tneutral\tneutral\n"),
    (6, b'{"gold_label": "neutral", "sentence1": "A", "sentence2": "B", "pairID": "1n", "genre": "fiction"}\n'),
    (7, b"index\tsentence1\tsentence2\n0\tA\tB\n"),
]
CAPTION = (b"COCO_val_1;2;0 5 2;0 0 0;0 1 2;0 1 0;1;2;40;60;1;AACAPwAAAAAAAIA/AACAPwAAgD8=;AACAPw==;AACAPw==;AACAPw==;x")
SNLI = {"pairID": "7.jpg#0r1n", "gold_label": "neutral", "sentence1": "A dog.", "sentence2": "A pet runs.",
        "captionID": "7.jpg#0", "annotator_labels": ["neutral"]}
QUESTIONS = text({"questions": [{"image_id": 1, "question": "Is it red?", "question_id": 10}], "data_type": "mscoco"})
ANNOTATIONS = text({"annotations": [{
    "image_id": 1, "question_id": 10, "question_type": "is it", "answer_type": "yes/no", "multiple_choice_answer": "yes",
    "answers": [{"answer": "yes", "answer_confidence": "yes", "answer_id": i} for i in range(1, 11)]}]})
ENTITY = b"[/EN#221796/people A girl] sits on [/EN#221799/other/scene a ledge] ."
BOX_XML = (b"<annotation><size><width>60</width><height>40</height></size><object><name>221796</name><name>221799</name>"
           b"<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>"
           b"<object><name>1</name><scene>1</scene><nobndbox>0</nobndbox></object></annotation>")
STORY = b"Ann has a dog.\n\nIt runs.\n\n@highlight\n\nA dog runs\n\n@highlight\n\nAnn walks\n"
ENTRY = b"3\tok\t1\t" + b"0a" * 32 + b"\tjpg\t60\t40\t0\t0\t1234"

SCORED_COQA = text({"version": "1.0", "data": [
    {"source": "cnn", "id": "s", "questions": [{"input_text": "?", "turn_id": 1}], "answers": [{"input_text": "A cat"}],
     "additional_answers": {"0": [{"input_text": "the cat!"}], "1": [{"input_text": "cat"}]}}]})
VQA_TWO = text({"annotations": [
    {"question_id": number, "question_type": "is", "answer_type": "yes/no",
     "answers": [{"answer": answer} for answer in ("yes", "Yes.", "2", "one's")]} for number in (1, 2)]})
SEEDS = {
    "byte_source_fuzz": [TEXT, gzip.compress(TEXT, mtime=0) * 2, bz2.compress(TEXT, 1),
                         bz2.compress(TEXT, 1) + bz2.compress(b"", 1) + bz2.compress(bytes(150000), 1),
                         lzma.compress(TEXT), lzma.compress(TEXT) + bytes(4) + lzma.compress(b""), ZSTD, ZSTD_SUM,
                         SKIPPED + ZSTD_SUM + ZSTD, ZSTD_ZEROS, gzip.compress(bytes(400000), mtime=0), lzma.compress(bytes(200000))],
    "line_reader_fuzz": [TEXT, b"\xef\xbb\xbfa\tb\r\n\nc", b"\xff\xfea\x00"],
    "archive_reader_fuzz": [tar({"a.txt": TEXT, "b/c.txt": TEXT}), tar({"../x": TEXT}), zipped(), zipped(bytes(120000)),
                            gzip.compress(tar({"a": TEXT}), mtime=0), bz2.compress(tar({"a": TEXT}), 1),
                            gzip.compress(tar({"u.gz": gzip.compress(tar({"1.txt": TEXT}), mtime=0)}), mtime=0),
                            tar({"z.zip": zipped()})],
    "json_stream_fuzz": JSON,
    "csv_fuzz": [IMAGES, BOXES, b'a,"b\nc","d""e"\r\n\r\n"x"y,z\n', b"\xef\xbb\xbfa,b\n,\n"],
    "text_fuzz": [TEXT, "Mr. A. B. Smith paid $3.50 in Jan. 5. \u201cNo,\u201d he said\u2026 e.g. the U.S. It is.".encode(),
                  "e\u0301 \u1100\u1161 \u05d0\u00a0\u200b\u0440\n\nShare this\n".encode(), b"caf\xe9 \xf0\x9f\x98\x80 \xed\xa0\x80"],
    "wikitext_fuzz": WIKITEXT,
    "wiki_dump_fuzz": chosen((0, DUMP), (1, b'<doc id="12" url="u" title="A &amp; B">\nA & B\n\nIt is.\n</doc>\n'),
                             (1, lines({"id": "12", "title": "A", "text": "A\nIt is.", "url": "u"})),
                             (2, b"a dog runs .\n`` no , '' he said .\n\nthe end .\n"), (3, BOOK), (4, BOOK)),
    "image_probe_fuzz": [png(), png(3, 2, 8, 2)[:-20], bmp(), jpeg(), webp(), b"GIF89a", b"<html>", b'{"a": 1}'],
    "flickr_entities_fuzz": [ENTITY, BOX_XML],
    "image_annotations_fuzz": chosen((0, COCO), (1, COCO), (2, COCO), (3, KARPATHY),
                                     *((4 + i, text(part)) for i, part in enumerate(GENOME))),
    "picture_lists_fuzz": chosen((0, IMAGES), (1, b"train/000000000000000a\n000000000000000b\n"), (1, b"ImageID\n0a\n"),
                                 (2, BOXES), (3, b"ImageID,Source,LabelName,Confidence\n000000000000000a,v,/m/01,1\n"),
                                 (4, b"LabelName,DisplayName\n/m/01,Dog\n/m/02,\"Cat, big\"\n"), (5, HIERARCHY),
                                 (5, text({"name": "x", "children": [{"name": "dog"}]})),
                                 (6, b"7.jpg#0\tA dog runs .\n7.jpg#1\tA pet .\n8.jpg#0 A cat .\n"),
                                 (7, b"7.jpg\n8.jpg 1\n" + BETWEEN + b"val2014/9.jpg\n"),
                                 (8, b"COCO_val2014_000000000042.jpg\n" + BETWEEN + b"43.jpg\n"),
                                 (9, lines({"row": 1, "status": "gone", "url": "u"},
                                           {"row": 0, "status": "ok", "url": "v", "file": "a.tar", "offset": 512, "size": 9,
                                            "sha256": "0a" * 32}))),
    "picture_pairs_fuzz": chosen((0, b"a dog runs\thttp://host.example/1.jpg\na cat\tb\tc\n"),
                                 (1, text({"image_urls": ["http://host.example/1.jpg"], "captions": ["A dog."],
                                           "user_ids": [3]})),
                                 (2, b"http://host.example/1.jpg\nb\n" + BETWEEN + b"A dog.\nA cat.\n")),
    "fetch_fuzz": chosen((0, b" HTTP://Farm3.static.flickr.com:80/a b/\xc3\xa9.jpg?x=1#y "), (0, b"https://[::1]/"),
                         (0, b"http://user@host.example/"), (0, b"//host.example/%41/../b"),
                         (1, b"googlebot: noindex, unimo: noai"), (1, b"unavailable_after: 25 Jun 2010, none"),
                         (2, ENTRY), (2, b"4\thttp_404\t2"), (3, bytes.fromhex("20010db8000000000000ffff7f000001")),
                         (3, bytes.fromhex("0064ff9b00000000000000000a000001")), (4, b"a dog\thttp://host.example/1\n"),
                         (4, IMAGES), (4, b'["http://host.example/1", 2]'), (4, b"http://host.example/1\n\nb\n"),
                         (4, text({"image_urls": ["a", None], "captions": ["b"]})), (5, b"url,x\nhttp://host.example,\n")),
    "benchmark_tsv_fuzz": chosen(*TSV),
    "coqa_fuzz": chosen((0, COQA), (1, COQA)),
    "squad_fuzz": chosen((0, SQUAD), (1, SQUAD)),
    "summaries_fuzz": chosen((0, STORY), (0, b"<t> a dog . </t> <t> runs . </t>"), (0, b"a [X_SEP] b <S_SEP> c   d"),
                             (1, STORY + BETWEEN + b"a\nhttp://host.example/1\n"), (1, STORY + BETWEEN + b"b\n"),
                             (2, text([{"src": [["A", "dog", "."]], "tgt": [["Dog", "."], ["Runs"]]}])),
                             (3, b"Ann has a dog .\n<t> x </t>\n" + BETWEEN + b"<t> dog </t>\ny<S_SEP>z\n"),
                             (4, b"ann has a dog\n" + BETWEEN + b"who ?\n" + BETWEEN + b"ann has a dog . it runs\n"),
                             (4, b"ann has a do ##g [SEP] a do ##g\n" + BETWEEN + b"what ?\n"),
                             (5, b"Normans\nDogs\n" + BETWEEN + b"Cats\n")),
    "unimo_files_fuzz": chosen((0, b"qid\ttext_a\tlabel\n0\tA dog.\t1\n"), (1, b"0\tA dog.\t0\n"),
                               (2, b"qid\ttext_a\ttext_b\tlabel\n0\tA\tB\t2\n"), (3, b"0\tA\tB\t3.8\n"),
                               (4, b"knowledge\tsrc\ttgt\n65 66\t67 [SEP] 68 [SEP] 69\t70\n"), (5, b"65 [SEP] 66\t67\n"),
                               (6, b"src\ttgt\n65 66\t67 32 91 88 95 83 69 80 93 32 68\n"), (7, b"65\t66\n")),
    "unimo_record_fuzz": [CAPTION, b"im;0 5 2;0 0 0;0 1 2", b"0 5 2;0 0 0;0 1 2;3;4",
                          b"im;id;1;0 5 2;0 0 0;0 1 2;;60;40;1;AACAPwAAAAA=;AACAPw==;;", b"AACAPw=="],
    "image_questions_fuzz": chosen((0, QUESTIONS), (1, ANNOTATIONS), (2, b"[[10, 20]]"), (3, b'["yes", "no", ""]'),
                                   (3, b'{"yes": 0, "2": 1}'), (4, lines({**SNLI, "Flikr30kID": "7.jpg"})),
                                   (4, lines({**SNLI, "Flickr30K_ID": 7, "gold_label": "-"})),
                                   (5, b"5.jpg\n6.jpg\n" + BETWEEN + lines(SNLI, {**SNLI, "pairID": "vg_1"})),
                                   (6, b"It's a  two-way, 1,000.5 dogs' the END?")),
    "score_labels_fuzz": chosen((0, b"sentence\tlabel\nfine \t1\nbad\t0\n" + BETWEEN + b"index\tprediction\n1\t0\n0\t1\n"),
                                (1, b"s\t1\t\tA b.\ns\t0\t*\tB a.\n" + BETWEEN + b"0\t1\t[0.1]\n1\t0\t[1]\n"),
                                (2, b"score\tx\n5.0\ta\n0\tb\n" + BETWEEN + b"4.5\n-1e1\n"),
                                (3, b"neutral\ta\tb\nentailment\tc\td\n" + BETWEEN + b"neutral\nentailment\n"),
                                (4, lines({"pairID": "a", "gold_label": "neutral"}, {"pairID": "b", "gold_label": "-"})
                                 + BETWEEN + lines({"pairID": "a", "prediction": "neutral"})),
                                (5, b"Label\tid\nneutral\t1\n" + BETWEEN + b"id\tprediction\n0\tneutral\n")),
    "score_conversations_fuzz": chosen((0, SCORED_COQA + BETWEEN + text([{"id": "s", "turn_id": 1, "answer": "a Cat."}])),
                                       (1, SCORED_COQA + BETWEEN + b"it ' s a cat\n" + BETWEEN + b"s\t1\n")),
    "score_questions_fuzz": [VQA_TWO + BETWEEN + text([{"question_id": 1, "answer": "Two, the 1,000-th."},
                                                       {"question_id": 2, "answer": "yes"}])],
    "rewrites_fuzz": [b"A brown dog runs on the beach.\nTwo men ride horses\nAn old man's hat\nThree cats sit under a red car\n"
                      b"A woman walks her black dog\n", "\U0001F436 caf\u00e9\nA DOG, a \"cat\" and a\\b\n\n...\nSnow".encode(),
                      b"a dog a cat a dog a cat " * 40 + b"\na man and a woman in a kitchen\n"],
    "score_captions_fuzz": [
        text({"images": [{"id": 1}], "annotations": [{"image_id": 1, "id": 2, "caption": "A dog."}]}) + BETWEEN
        + text([{"image_id": 1, "caption": "a dog runs!"}]),
        text({"images": [{"cocoid": 1, "filename": "a", "split": "val", "sentences": [{"sentid": 1, "raw": "A dog."}]}]})
        + BETWEEN + text([{"image_id": 1, "caption": "dog"}]),
        b"1.jpg#0\tA dog .\n1.jpg#1\tA cat .\n" + BETWEEN + text([{"image_id": "1.jpg", "caption": "a dog"}])],
    "score_texts_fuzz": chosen(*[(variant, b"what is ##n ' t . [X_SEP] a b c d e f\nx ' s\n" + BETWEEN
                                  + b"why is ##n't ? <S_SEP> b\n<t> y </t>\n" + BETWEEN + b"a [SEP] b\nb\n")
                                 for variant in range(9)]),
    "score_lines_fuzz": chosen((0, b"\xef\xbb\xbfa b\r\n\n##c [SEP]\nlast"), (1, b"caf\xe9\n\xc3\xa9\n \t\n"),
                               (0, gzip.compress(b"a\nb\n", mtime=0))),
    "score_resources_fuzz": chosen((0, b"Two brown dogs are chasing a ball, held by the man's friend, on top of it."),
                                   (1, b"children child\nbetter well good\n"), (2, b"dog\n1 22 333\ndogs\n22\n"),
                                   (2, gzip.compress(b"dog\n1\n", mtime=0)),
                                   (3, b"0.5\na big dog\na large dog\n0.1\nx\ny z\n"), (4, b"# note\nDr\nNo #NUMERIC_ONLY#\n"),
                                   (5, b"the\nof\n"),
                                   (6, b"unimo.cider_frequencies\t1\ndocuments\t9\n3\ta man\n1\ta man riding\n"),
                                   (7, b"  1 licence\ndog n 2 1 @ 2 1 02084071 10114209  \n")),
    "retrieval_fuzz": chosen((0, region_record([0, 1, 2], [0.5, 0.25, 1])), (0, region_record([7], [0.5])),
                             (0, region_record([0], [float("nan")])),
                             (1, b"a dog runs\na dog sits\na cat\n\nthe dog dog dog runs\na dog runs\n\xff\xfe b\n"),
                             (2, b"a dog runs\na dog sits\ncaf\xc3\xa9 dog\n"),
                             (2, b"".join(b"w%d w%d w%d\n" % (i % 3, i % 5, i) for i in range(60)))),
    "weights_fuzz": chosen((0, torch_saved()), (0, TORCH_OLD), (1, pickled((b"w", b"0", 6, 1, (2, 2), (1, 3)))),
                           (1, pickled((b"w", b"0", 6, 0, (6,), (1,)), (b"v", b"1", 4, 0, (), ()))), (2, PADDLE),
                           (2, PADDLE_PACKED), (3, SAFETENSORS)),
    "region_rows_fuzz": chosen((0, b"7\t60\t50\t1\t" + BOX + b"\t" + FEATURE),
                               (1, b"\t".join([b"7", b"50", b"60", WHOLE, floats(.5), WHOLE, floats(.5), b"1", BOX, FEATURE])),
                               (2, b"7\t60\t50\t1\t" + BOX + b"\t" + FEATURE + b"\t" + floats(.5)),
                               (3, b"COCO_img_7;0;;;;;;;50;60;1;" + BOX + b";" + floats(.5) + b";;" + FEATURE + b";0"),
                               (4, b"7;0;1;;;;;60;50;1;" + BOX + b";" + FEATURE + b";;"),
                               (5, b'7\t[{"rect": [1, 2, 3, 4.5], "class": "dog", "conf": 0.5, "feature": "' + FEATURE + b'"}]'
                                + BETWEEN + b'[{"height": 50, "width": 60}]'),
                               (6, b'7\t{"num_boxes": 1, "features": "' + floats(1, 2, 0, 0, .5, .5, .5, .5) + b'"}')),
    "region_arrays_fuzz": chosen((0, npy("<f2", (1, 2), b"\0\x3c\0\x3c")), (0, npy("|O", (), b"x")), (1, npz()),
                                 (1, npz(zipfile.ZIP_DEFLATED)), (2, msgpack_map()), (3, msgpack_map()), (3, npz()),
                                 (4, struct.pack("<I1s7q", 1, b"7", 60, 50, 1, 2, 0, 0, 0)
                                  + struct.pack("<I4fI2f", 4, 0, 0, 30, 40, 2, 1, 2) + bytes(28))),
    "score_similarity_fuzz": [b"#rows\n1.5\t-2\t0\n0\t1e3\t.5\n" + BETWEEN
                              + text({"image_of_caption": [0, 1, 1], "images": ["a", 2]})],
}


def main():
    for fuzzer, inputs in SEEDS.items():
        folder = pathlib.Path(sys.argv[1]) / fuzzer
        folder.mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(inputs):
            (folder / f"seed{number}").write_bytes(content)


main()
