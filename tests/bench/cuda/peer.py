"""The peers of cuda_bench, on the same lengths: python3 peer.py [base|large] [rows a step] [hf,packed]

hf:     RobertaForMaskedLM of transformers, eager, bf16, padded to the longest of each batch, AdamW(fused=True),
        the head on every row: what a user gets without doing anything.
packed: an encoder written here for speed: no padding, variable-length FlashAttention, the head on predicted rows alone,
        torch.compile, AdamW(fused=True) on fp32 weights with bf16 autocast: the peer that counts.

Both print real tokens a second and MFU by cuda_bench's formula. Lengths are uniform in 16 to 510.
"""
import math
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

SIZES = {"base": (12, 768, 12, 3072), "large": (24, 1024, 16, 4096)}
VOCABULARY, POSITIONS, MASKED, RUNS, WARM_UPS = 50265, 514, 0.15, 7, 3


def lengths_of(rows):
    generator = torch.Generator().manual_seed(11)
    lengths = []
    while sum(lengths) + 510 <= rows:
        lengths.append(int(torch.randint(16, 511, (1,), generator=generator)))
    return lengths


def report(name, lengths, layers, hidden, step):
    for _ in range(WARM_UPS):
        step()
    seconds = []
    for _ in range(RUNS):
        torch.cuda.synchronize()
        start = time.perf_counter()
        step()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    seconds.sort()
    tokens, squares = sum(lengths), sum(n * n for n in lengths)
    head = 6 * (hidden * hidden + hidden * VOCABULARY)
    flop = tokens * 72 * hidden**2 * layers + 12 * squares * hidden * layers + tokens * MASKED * head
    median = seconds[RUNS // 2]
    tflops = flop / median / 1e12
    print(f"{name:<44} {median * 1e3:8.2f} ms ({seconds[0] * 1e3:.2f} - {seconds[-1] * 1e3:.2f})  "
          f"{tokens / median:9.0f} tokens/s  {tflops:6.1f} TFLOP/s  MFU790 {tflops / 7.90:5.1f} %  "
          f"MFU989 {tflops / 9.89:5.1f} %", flush=True)


def hf(size, rows):
    from transformers import RobertaConfig, RobertaForMaskedLM

    layers, hidden, heads, ffn = SIZES[size]
    config = RobertaConfig(vocab_size=VOCABULARY, hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads,
                           intermediate_size=ffn, max_position_embeddings=POSITIONS, type_vocab_size=1)
    model = RobertaForMaskedLM(config).cuda().train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    # As many sequences as fit into the rows with their padding.
    lengths = lengths_of(rows)[: max(1, rows // 510)]
    longest = max(lengths)
    ids = torch.randint(5, VOCABULARY, (len(lengths), longest), device="cuda")
    mask = torch.arange(longest, device="cuda")[None] < torch.tensor(lengths, device="cuda")[:, None]
    ids = ids.masked_fill(~mask, config.pad_token_id)
    labels = ids.masked_fill((torch.rand(ids.shape, device="cuda") >= MASKED) | ~mask, -100)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cuda", torch.bfloat16):
            loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()

    report(f"transformers, eager, padded ({size})", lengths, layers, hidden, step)


class Layer(nn.Module):
    def __init__(self, hidden, heads, ffn):
        super().__init__()
        self.heads = heads
        self.qkv, self.output = nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden)
        self.ffn0, self.ffn1 = nn.Linear(hidden, ffn), nn.Linear(ffn, hidden)
        self.norm0, self.norm1 = nn.LayerNorm(hidden, 1e-5), nn.LayerNorm(hidden, 1e-5)

    def forward(self, x, begins, longest):
        q, k, v = self.qkv(x).view(x.shape[0], 3, self.heads, -1).unbind(1)
        context = torch.ops.aten._flash_attention_forward(q, k, v, begins, begins, longest, longest, 0.1, False, False)[0]
        x = self.norm0(x + F.dropout(self.output(context.reshape(x.shape)), 0.1))
        return self.norm1(x + F.dropout(self.ffn1(F.gelu(self.ffn0(x))), 0.1))


class Encoder(nn.Module):
    def __init__(self, layers, hidden, heads, ffn):
        super().__init__()
        self.words, self.positions = nn.Embedding(VOCABULARY, hidden), nn.Embedding(POSITIONS, hidden)
        self.norm, self.layers = nn.LayerNorm(hidden, 1e-5), nn.ModuleList(Layer(hidden, heads, ffn) for _ in range(layers))
        self.transform, self.head_norm = nn.Linear(hidden, hidden), nn.LayerNorm(hidden, 1e-5)
        self.bias = nn.Parameter(torch.zeros(VOCABULARY))

    def forward(self, ids, places, begins, longest, predicted, targets):
        x = F.dropout(self.norm(self.words(ids) + self.positions(places)), 0.1)
        for layer in self.layers:
            x = layer(x.bfloat16(), begins, longest)
        x = self.head_norm(F.gelu(self.transform(x[predicted])))
        return F.cross_entropy(F.linear(x, self.words.weight, self.bias).float(), targets)


def packed(size, rows):
    layers, hidden, heads, ffn = SIZES[size]
    model = Encoder(layers, hidden, heads, ffn).cuda().train()
    compiled = torch.compile(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    lengths = lengths_of(rows)
    tokens = sum(lengths)
    begins = torch.tensor([0] + lengths, device="cuda").cumsum(0).int()
    ids = torch.randint(5, VOCABULARY, (tokens,), device="cuda")
    places = torch.cat([torch.arange(2, n + 2) for n in lengths]).cuda()
    predicted = torch.randperm(tokens, device="cuda")[: math.ceil(tokens * MASKED)].sort().values
    targets = ids[predicted]

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cuda", torch.bfloat16):
            loss = compiled(ids, places, begins, max(lengths), predicted, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()

    report(f"packed, compiled, varlen flash ({size})", lengths, layers, hidden, step)


def main():
    size = sys.argv[1] if len(sys.argv) > 1 else "base"
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 65536
    peers = sys.argv[3] if len(sys.argv) > 3 else "hf,packed"
    print(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}; median of {RUNS} steps (least - most)")
    if "hf" in peers:
        hf(size, rows)
    if "packed" in peers:
        packed(size, rows)


if __name__ == "__main__":
    main()
