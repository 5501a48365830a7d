"""A training step of ours beside Hugging Face's RobertaForMaskedLM, by turns in one call.

    step_peer.py STEP_BENCH [parity|ragged|dense|bf16|adamw|products ...] [--layers 12] [--steps 6] [--threads 2]

Checks first that both compute the same, then prints medians and spreads of wall and processor time and their ratios.
Environment: torch 2.11.0, transformers 5.23.0, safetensors 0.8.0.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
import transformers
from safetensors.numpy import load_file
from transformers import RobertaConfig, RobertaForMaskedLM

RATE, EPS, DECAY, BETAS = 1e-4, 1e-6, 0.01, (0.9, 0.98)
SIZES = {"base": (768, 12, 3072, 12), "large": (1024, 16, 4096, 24)}


def make_model(folder, size, layers, dropout, attention):
    hidden, heads, inner, all_layers = SIZES[size]
    torch.manual_seed(2021)
    config = RobertaConfig(vocab_size=50265, hidden_size=hidden, num_attention_heads=heads, intermediate_size=inner,
                           num_hidden_layers=layers or all_layers, max_position_embeddings=514, type_vocab_size=1,
                           layer_norm_eps=1e-5, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout,
                           attn_implementation=attention)
    model = RobertaForMaskedLM(config)
    with torch.no_grad():  # biases and norms that a mistake would show in
        for name, p in model.named_parameters():
            if p.dim() == 1:
                p.add_(0.02 * torch.randn_like(p))
        model.roberta.embeddings.token_type_embeddings.weight.zero_()
    model.roberta.embeddings.token_type_embeddings.weight.requires_grad_(False)
    if folder:
        model.save_pretrained(folder)
    return model


def make_batch(folder, lengths):
    rng = np.random.default_rng(7)
    sequences = []
    for length in lengths:
        ids = [0] + rng.integers(4, 50260, length - 2).tolist() + [2]
        masked = rng.random(length) < 0.15
        masked[[0, -1]] = False
        masked[1] = True
        labels = [i if m else -100 for i, m in zip(ids, masked)]
        sequences.append({"ids": [50264 if m else i for i, m in zip(ids, masked)], "labels": labels})
    with open(os.path.join(folder, "batch.json"), "w") as file:
        json.dump(sequences, file)
    width = max(lengths)
    padded = {"input_ids": torch.full((len(lengths), width), 1), "labels": torch.full((len(lengths), width), -100),
              "attention_mask": torch.zeros(len(lengths), width, dtype=torch.long)}
    for row, sequence in enumerate(sequences):
        n = len(sequence["ids"])
        padded["input_ids"][row, :n] = torch.tensor(sequence["ids"])
        padded["labels"][row, :n] = torch.tensor(sequence["labels"])
        padded["attention_mask"][row, :n] = 1
    return padded


def ragged_lengths():
    """16 lengths of 11 to 96, 482 together: 31 % of 16 x 96."""
    return [96, 62, 50, 40, 34, 30, 26, 23, 20, 18, 16, 15, 14, 14, 13, 11]


def used():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), usage.ru_utime + usage.ru_stime


class Ours:
    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def line(self):
        return self.process.stdout.readline()

    def step(self):
        self.process.stdin.write("step\n")
        self.process.stdin.flush()
        return json.loads(self.line())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Theirs:
    """A step as users of transformers write it."""

    def __init__(self, model, batch, bf16):
        self.model, self.batch, self.bf16 = model.train(), batch, bf16
        decayed = [p for n, p in model.named_parameters() if p.requires_grad and p.dim() > 1]
        others = [p for n, p in model.named_parameters() if p.requires_grad and p.dim() == 1]
        self.parameters = decayed + others
        self.optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": DECAY},
                                            {"params": others, "weight_decay": 0.0}], lr=RATE, betas=BETAS, eps=EPS)

    def step(self):
        wall, cpu = used()
        self.optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
            loss = self.model(**self.batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        end_wall, end_cpu = used()
        return {"wall": end_wall - wall, "cpu": end_cpu - cpu, "loss": loss.item()}


def summary(rows, clock):
    values = [row[clock] for row in rows]
    return statistics.median(values), min(values), max(values)


def report(title, sides):
    """The first side is ours; ratios are against it."""
    print(f"\n{title}")
    first = {clock: summary(next(iter(sides.values())), clock)[0] for clock in ("wall", "cpu")}
    for name, rows in sides.items():
        text = f"  {name:28}"
        for clock in ("wall", "cpu"):
            middle, low, high = summary(rows, clock)
            text += f"  {clock} {middle * 1e3:8.1f} ms ({low * 1e3:.1f} to {high * 1e3:.1f}) x{middle / first[clock]:.2f}"
        print(text)


def alternate(sides, steps):
    """One step each to warm up, then by turns."""
    results = {name: [] for name in sides}
    for turn in range(steps + 1):
        for name, side in sides.items():
            result = side.step()
            results[name].append(result)
    first = next(iter(results.values()))
    losses = {name: [row["loss"] for row in rows] for name, rows in results.items() if "loss" in rows[0]}
    return {name: rows[1:] for name, rows in results.items()}, losses, first


def compare_steps(options, lengths, precisions, dropout, title):
    with tempfile.TemporaryDirectory() as folder:
        batch = make_batch(folder, lengths)
        attention = options.attention
        model = make_model(folder, "base", options.layers, dropout, attention)
        sides = {f"ours {p}": Ours(options.bench, "step", folder, p, str(dropout), str(options.threads))
                 for p in precisions}
        for side in sides.values():
            assert side.line().strip() == "ready"
        bf16 = "bf16" in precisions
        sides[f"transformers {'autocast bf16' if bf16 else 'fp32'}, {attention}"] = Theirs(model, batch, bf16)
        results, losses, ours = alternate(sides, options.steps)
        for side in sides.values():
            if isinstance(side, Ours):
                side.end()
    reference = list(losses.values())[-1]
    if dropout == 0:
        for name, values in losses.items():
            gap = max(abs(a - b) for a, b in zip(values, reference))
            print(f"  {title}: losses of {name}: first {values[0]:.6f}, last {values[-1]:.6f}, "
                  f"first apart by {abs(values[0] - reference[0]):.1e}, any by {gap:.1e}")
        if not bf16:
            assert abs(losses["ours fp32"][0] - reference[0]) < 1e-5, "the losses differ"
    report(title, results)
    parts = [{k: row[k] for k in ("forward", "backward", "cpu")} for row in ours]
    middle = {k: statistics.median(p[k] for p in parts) * 1e3 for k in parts[0]}
    print(f"  of ours, cpu ms: forward {middle['forward']:.0f}, backward {middle['backward']:.0f}, "
          f"norm and update {middle['cpu'] - middle['forward'] - middle['backward']:.0f}")


def parity(options):
    for size in ("base", "large"):
        with tempfile.TemporaryDirectory() as folder:
            batch = make_batch(folder, [29, 64, 11, 40])
            model = make_model(folder, size, 0, 0.0, "eager").train()
            subprocess.run([options.bench, "parity", folder], check=True)
            ours = load_file(os.path.join(folder, "ours.safetensors"))
            result = model(**batch, output_hidden_states=True)
            result.loss.backward()
        valid, labelled = batch["attention_mask"].bool(), batch["labels"] >= 0
        hidden = np.abs(result.hidden_states[-1][valid].detach().numpy() - ours["hidden"]).max()
        logits = np.abs(result.logits[labelled].detach().numpy() - ours["logits"]).max()
        loss = abs(result.loss.item() - ours["loss"][0])
        worst, compared = (0.0, ""), 0
        largest = max(p.grad.abs().max().item() for p in model.parameters() if p.grad is not None)
        for name, p in model.named_parameters():
            if "grad." + name not in ours:
                continue
            # The biases of keys have the gradient zero but for rounding: against the largest of all.
            scale = p.grad.abs().max().item() if "key.bias" not in name else largest
            gap = np.abs(p.grad.numpy() - ours["grad." + name]).max() / scale
            worst = max(worst, (float(gap), name))
            compared += 1
        print(f"parity {size}: hidden {hidden:.1e}, logits {logits:.1e}, loss {loss:.1e}, "
              f"{compared} gradients, worst {worst[0]:.1e} of its largest value ({worst[1]})")
        assert max(hidden, logits, loss, worst[0]) <= 1e-4


def spread(count, factor):
    place = np.arange(count, dtype=np.uint64) * np.uint64(factor)
    return (place & np.uint64(0xFFFFFFFF)).astype(np.float32) / np.float32(4294967296.0) - np.float32(0.5)


class TorchAdamW:
    def __init__(self, shapes, **kind):
        groups = {True: [], False: []}
        for entry in shapes:
            count = int(np.prod(entry["shape"]))
            p = torch.from_numpy(spread(count, 2654435761) * np.float32(0.1)).reshape(entry["shape"]).clone()
            p.grad = torch.from_numpy(spread(count, 2246822519) * np.float32(0.001)).reshape(entry["shape"]).clone()
            groups[entry["decay"]].append(p)
        self.all = groups[True] + groups[False]
        self.optimizer = torch.optim.AdamW([{"params": groups[True], "weight_decay": DECAY},
                                            {"params": groups[False], "weight_decay": 0.0}], lr=RATE, betas=BETAS,
                                           eps=EPS, **kind)

    def step(self):
        wall, cpu = used()
        self.optimizer.step()
        end_wall, end_cpu = used()
        return {"wall": end_wall - wall, "cpu": end_cpu - cpu, "sum": sum(p.double().sum().item() for p in self.all)}


def adamw(options):
    ours = Ours(options.bench, "adamw", str(options.threads))
    shapes = json.loads(ours.line())
    assert ours.line().strip() == "ready"
    sides = {"ours": ours, "torch foreach": TorchAdamW(shapes, foreach=True),
             "torch for-loop": TorchAdamW(shapes, foreach=False), "torch fused": TorchAdamW(shapes, fused=True)}
    results, _, _ = alternate(sides, options.steps)
    ours.end()
    sums = {name: rows[-1]["sum"] for name, rows in results.items()}
    count = sum(int(np.prod(s["shape"])) for s in shapes)
    assert max(sums.values()) - min(sums.values()) < 1e-6 * count, sums
    report(f"AdamW over {count / 1e6:.1f} M parameters", results)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("modes", nargs="*", default=[])
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--attention", default="eager", choices=["eager", "sdpa"])
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, {options.threads} threads, "
          f"{torch.backends.cpu.get_cpu_capability()}")
    modes = options.modes or ["parity", "ragged", "dense", "bf16", "adamw", "products"]
    if "parity" in modes:
        parity(options)
    if "ragged" in modes:
        compare_steps(options, ragged_lengths(), ["fp32"], 0.0, "ragged step, 482 of 1536 positions")
        compare_steps(options, ragged_lengths(), ["fp32"], 0.1, "the same with dropout 0.1")
    if "dense" in modes:
        compare_steps(options, [64] * 16, ["fp32"], 0.0, "dense step, 16 x 64")
    if "bf16" in modes:
        compare_steps(options, ragged_lengths(), ["bf16", "fp32"], 0.0, "ragged step in bf16")
    if "adamw" in modes:
        adamw(options)
    if "products" in modes:
        print("\nproducts on one core, GFLOP/s")
        subprocess.run([options.bench, "products"], check=True)


if __name__ == "__main__":
    main()
