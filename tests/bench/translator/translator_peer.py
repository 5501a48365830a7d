"""Our translator beside Hugging Face's generate: the same random weights, the same hypotheses, then time.

    PEERS/bin/python tests/bench/translator/translator_peer.py translator_bench [ROUNDS [SOURCES MAX_LENGTH BEAM THREADS BATCH]]

The model is MarianMTModel of base size (6 + 6 layers of 512, 8 heads, 2048, 32,000 tokens), saved by save_pretrained. Its
weights are drawn wider than at the start of a training, so that hypotheses differ from source to source, and the bias of the
end token is raised until most of them end by themselves. Both sides translate the same sources in batches of BATCH, beam
search without sampling, fp32. Ours sorts sources by length before it cuts batches; so does this script for the peer, so that
padding costs it little. Every hypothesis is compared token by token. Where one differs, generate searches again in double precision: two
candidates may score alike, so that the last bits of fp32 decide. The script fails where the double search gives neither, or where the three
scores differ by more than TIE. Rounds alternate; medians are printed, and their ratio."""
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

program, arguments = os.path.abspath(sys.argv[1]), [int(a) for a in sys.argv[2:]]
rounds, sources, length, beam, threads, batch = (arguments + [3, 128, 64, 4, 2, 32][len(arguments):])
os.environ["OMP_NUM_THREADS"] = str(threads)

import torch
import transformers

VOCABULARY = 32000
PAD, END = VOCABULARY - 1, 0
TIE = 1e-4  # of a hypothesis's score, sum of log probabilities by length


def seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.monotonic(), usage.ru_utime + usage.ru_stime


def make_model(folder):
    torch.manual_seed(2026)
    config = transformers.MarianConfig(
        vocab_size=VOCABULARY, d_model=512, encoder_layers=6, decoder_layers=6, encoder_attention_heads=8,
        decoder_attention_heads=8, encoder_ffn_dim=2048, decoder_ffn_dim=2048, max_position_embeddings=512,
        activation_function="swish", scale_embedding=True, pad_token_id=PAD, eos_token_id=END, decoder_start_token_id=PAD,
        forced_eos_token_id=END, share_encoder_decoder_embeddings=True, tie_word_embeddings=True)
    model = transformers.MarianMTModel(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "embed_positions" in name or "layer_norm" in name:
                continue
            parameter.normal_(0, 0.06 if "embed" in name or "shared" in name else 0.05)
        model.final_logits_bias[0, END] = 3.0
    generation = model.generation_config
    generation.update(num_beams=beam, bad_words_ids=[[PAD]], forced_eos_token_id=END, eos_token_id=END, pad_token_id=PAD,
                      decoder_start_token_id=PAD, renormalize_logits=True, max_length=512)
    model.save_pretrained(folder)
    return model


def make_sources():
    generator = torch.Generator().manual_seed(7)
    lengths = torch.randint(6, 24, (sources,), generator=generator)
    return [torch.randint(1, PAD - 1, (int(n),), generator=generator).tolist() + [END] for n in lengths]


def compare_logits(model, folder, texts):
    """The largest difference of the logits behind the first five tokens of some targets."""
    some = texts[:8]
    inputs = [[PAD] + texts[-1 - i][:4] for i in range(len(some))]
    path = os.path.join(folder, "pairs.json")
    with open(path, "w") as file:
        json.dump({"sources": some, "inputs": inputs}, file)
    ours = json.loads(subprocess.run([program, "logits", folder, path], check=True, capture_output=True).stdout)
    largest = 0.0
    for source, target, row in zip(some, inputs, ours):
        logits = model(input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([target])).logits[0, -1]
        largest = max(largest, (logits - torch.tensor(row)).abs().max().item())
    print(f"logits of {len(some)} targets: they differ by {largest:.1e} at most, the largest is {logits.abs().max().item():.1f}",
          flush=True)


def hypotheses_of(model, texts):
    found = [None] * len(texts)
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    for first in range(0, len(order), batch):
        some = order[first:first + batch]
        longest = len(texts[some[0]])
        ids = torch.tensor([texts[i] + [PAD] * (longest - len(texts[i])) for i in some])
        # max_length counts the start token.
        out = model.generate(input_ids=ids, attention_mask=(ids != PAD).long(), num_beams=beam, do_sample=False,
                             max_length=length + 1, length_penalty=1.0, early_stopping=False)
        for row, i in zip(out.tolist(), some):
            found[i] = row[1:row.index(END, 1)] if END in row[1:] else [t for t in row[1:] if t != PAD]
    return found


def peer_round(model, texts):
    begin = seconds()
    found = hypotheses_of(model, texts)
    end = seconds()
    return found, (end[0] - begin[0], end[1] - begin[1])


def score_of(model, source, hypothesis):
    """As beam search has it: the end token counts where the length leaves room for it."""
    target = (hypothesis + [END])[:length]
    logits = model(input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([[PAD] + target[:-1]])).logits[0]
    logits[:, PAD] = -math.inf
    chosen = torch.log_softmax(logits, -1)[torch.arange(len(target)), torch.tensor(target)]
    if len(target) == length:
        chosen[-1] = 0  # forced
    return chosen.sum().item() / len(target)


def look_into(model, texts, ours, peer):
    """Of the differing hypotheses: which side double precision takes, and how far apart the scores are. False: no tie."""
    model = model.double()
    agrees, apart, fine = [0, 0], 0.0, True
    for i, (a, b) in enumerate(zip(ours, peer)):
        if a == b:
            continue
        exact = hypotheses_of(model, [texts[i]])[0]
        agrees[0] += exact == a
        agrees[1] += exact == b
        scores = [score_of(model, texts[i], one) for one in (a, b, exact)]
        apart = max(apart, max(scores) - min(scores))
        fine = fine and exact in (a, b) and max(scores) - min(scores) <= TIE
    print(f"  of those that differ generate in double precision gives ours {agrees[0]} times, its own fp32 {agrees[1]} times; "
          f"scores {apart:.1e} apart at most", flush=True)
    return fine


def main():
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode(False):
        model = make_model(folder)
        texts = make_sources()
        with open(os.path.join(folder, "sources.json"), "w") as file:
            json.dump(texts, file)
        ours, peer, differing, mean = [], [], 0, 0.0
        with torch.no_grad():
            compare_logits(model, folder, texts)
            for number in range(rounds):
                out = json.loads(subprocess.run(
                    [program, folder, os.path.join(folder, "sources.json"), *map(str, (beam, length, threads, batch, 1))],
                    check=True, capture_output=True).stdout)
                ours.append((out["rounds"][0]["wall_s"], out["rounds"][0]["processor_s"]))
                found, times = peer_round(model, texts)
                peer.append(times)
                differing = sum(a != b for a, b in zip(found, out["hypotheses"]))
                mean = statistics.mean(len(h) for h in found)
                print(f"  round {number + 1}: ours {ours[-1][0]:.2f} s, generate {times[0]:.2f} s, {differing} of {sources} "
                      "hypotheses differ", flush=True)
            same = differing == 0 or look_into(model, texts, out["hypotheses"], found)
    median = lambda values, i: statistics.median(v[i] for v in values)
    print(f"{sources} sources, hypotheses of {mean:.1f} tokens, at most {length}, beam {beam}, batch {batch}, fp32, {threads} "
          f"threads; torch {torch.__version__}, transformers {transformers.__version__}")
    print(f"ours      wall {median(ours, 0):7.2f} s, processor {median(ours, 1):7.2f} s")
    print(f"generate  wall {median(peer, 0):7.2f} s, processor {median(peer, 1):7.2f} s")
    print(f"ratio: wall {median(peer, 0) / median(ours, 0):.2f}, processor {median(peer, 1) / median(ours, 1):.2f}; "
          f"{differing} of {sources} hypotheses differ")
    return 0 if same else 1


sys.exit(main())
