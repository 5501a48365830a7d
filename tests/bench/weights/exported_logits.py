"""Whether what export.weights writes is the same model for Hugging Face: exported_logits.py PROGRAMS REFERENCE BPE.

REFERENCE is a folder with a RoBERTa (config.json, model.safetensors); BPE one with encoder.json, vocab.bpe and vocab.txt, or
"none" to invent a vocabulary of the model's size. The stages import.weights and export.weights of PROGRAMS (a build's bin/) run
on it, RobertaForMaskedLM loads both, and the logits of random sequences must agree within 1e-5. With BPE the tokenizer must give
the ids of `unimo-stage tokenize` as well.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers

TEXTS = ["A dog runs.", "  It's 3 o'clock,\n\nisn't it?", "caf\u00e9 na\u00efve \u4e2d\u6587 \U0001f600", "don't  stop"]


def invent_vocabulary(folder, size):
    """Bytes first, then pieces that no merge makes."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = [chr(byte) for byte in visible] + [chr(0x100 + i) for i in range(256 - len(visible))]
    merges = [(a, b) for a in letters[:94] for b in letters[:94]][:size - 261]
    pieces = letters + [a + b for a, b in merges]
    folder.mkdir()
    (folder / "encoder.json").write_text(json.dumps({piece: i for i, piece in enumerate(pieces)}))
    (folder / "vocab.bpe").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    lines = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", *map(str, range(len(pieces))), "[MASK]"]
    (folder / "vocab.txt").write_text("".join(line + "\n" for line in lines))
    return folder


def run_stage(program, kind, params, inputs, folder):
    output = folder / "output"
    output.mkdir(parents=True)
    job = {"format": 1, "run": "peer", "task": kind, "kind": kind, "attempt": 1, "token": "peer",
           "seed": 1, "params": params, "output": str(output), "resume": "", "events": str(folder / "events.jsonl"),
           "inputs": {name: [{"path": str(path), "digest": "", "label": name, "cell": ""}] for name, path in inputs.items()},
           "shard": {"index": 0, "count": 1}, "gpu_ids": [], "resources": {"cores": 2, "memory_mb": 6000, "gpus": 0}}
    (folder / "job.json").write_text(json.dumps(job))
    done = subprocess.run([program, folder / "job.json"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{kind}: exit {done.returncode}\n{done.stderr}\n{(folder / 'events.jsonl').read_text()[-2000:]}")
    return output


def logits(folder, ids):
    model = transformers.RobertaForMaskedLM.from_pretrained(folder, attn_implementation="eager").eval()
    with torch.no_grad():
        return model(input_ids=ids).logits


def main():
    programs, reference, bpe = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    config = json.loads((reference / "config.json").read_text())
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary)
        vocabulary = invent_vocabulary(work / "bpe", config["vocab_size"]) if bpe == "none" else pathlib.Path(bpe)
        imported = run_stage(programs / "unimo-tensor", "import.weights", {}, {"raw": reference, "tokenizer": vocabulary},
                             work / "import")
        exported = run_stage(programs / "unimo-stage", "export.weights", {"format": "roberta"}, {"checkpoint": imported},
                             work / "export")
        length = min(config["max_position_embeddings"] - 2, 64)
        ids = torch.randint(4, config["vocab_size"] - 1, (2, length), generator=torch.Generator().manual_seed(1))
        difference = (logits(reference, ids) - logits(exported, ids)).abs().max().item()
        print(f"largest difference of the logits: {difference:.3g}")
        tokenizer = transformers.RobertaTokenizer.from_pretrained(exported)
        ours = subprocess.run([programs / "unimo-stage", "tokenize", "--bpe", imported / "tokenizer"], text=True,
                              input="".join(text.replace("\n", " ") + "\n" for text in TEXTS), capture_output=True, check=True)
        for text, line in zip(TEXTS, ours.stdout.splitlines()):
            theirs = tokenizer(text.replace("\n", " "), add_special_tokens=False)["input_ids"]
            found = json.loads(line)
            assert theirs == found, f"{text!r}: {theirs} and {found}"
        print(f"ids of {len(TEXTS)} texts are the same")
        assert difference <= 1e-5


main()
