"""Our beam search beside Hugging Face's generate, on the processor, fp32, the same number of threads.

    PEERS/bin/python tests/bench/decode/decode_peer.py decode_bench [ROUNDS [SOURCES LENGTH STEPS BEAM THREADS]]

Ours: decode_bench, a base model (12 layers of 768, 12 heads, 3072, 50,265 tokens) that reads each source once in both
directions and then generates behind it. The peer: RobertaForCausalLM of the same sizes as a decoder (is_decoder), the
source as its prompt, generate(num_beams, use_cache, min_new_tokens = max_new_tokens = STEPS, no sampling), eager
attention replaced by PyTorch's own (sdpa). Both have random weights and generate SOURCES x STEPS tokens; the work of a
layer and a token is the same. The peer reads prompts from left to right, which is not more work. It repeats each prompt
for every beam before it reads them, which is part of what is measured. It is run in batches of 8, 16 and all sources as
its memory allows (5 GB of logits), and the fastest counts. That our hypotheses are the right ones is what decode_test shows: they are
compared token by token with a search that encodes everything anew. Rounds alternate; medians are printed."""
import json
import os
import resource
import statistics
import subprocess
import sys
import time

program, arguments = os.path.abspath(sys.argv[1]), [int(a) for a in sys.argv[2:]]
rounds, sources, length, steps, beam, threads = (arguments + [3, 32, 256, 32, 5, 2][len(arguments):])
os.environ["OMP_NUM_THREADS"] = str(threads)

import torch
import transformers


def seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.monotonic(), usage.ru_utime + usage.ru_stime


def peer_round(model, prompts, batch):
    start = seconds()
    for begin in range(0, len(prompts), batch):
        some = prompts[begin:begin + batch]
        out = model.generate(input_ids=some, attention_mask=torch.ones_like(some), num_beams=beam, do_sample=False,
                             use_cache=True, min_new_tokens=steps, max_new_tokens=steps, length_penalty=1.0,
                             early_stopping=False)
        assert out.shape[1] == length + steps, out.shape
    end = seconds()
    return end[0] - start[0], end[1] - start[1]


def main():
    torch.set_num_threads(threads)
    torch.manual_seed(2026)
    config = transformers.RobertaConfig(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, is_decoder=True,
                                        layer_norm_eps=1e-5)
    model = transformers.RobertaForCausalLM(config).eval()
    prompts = torch.randint(4, 50000, (sources, length))
    batches = [b for b in (8, 16, sources) if b <= sources and b * beam * length * 50265 * 4 < 5e9]
    ours, peer = [], {b: [] for b in dict.fromkeys(batches)}
    last = {}
    with torch.inference_mode():
        for _ in range(rounds):
            last = json.loads(subprocess.run([program, *map(str, (sources, length, steps, beam, threads, 1))], check=True,
                                             capture_output=True).stdout)
            ours.append((last["rounds"][0]["wall_s"], last["rounds"][0]["processor_s"]))
            for batch, values in peer.items():
                values.append(peer_round(model, prompts, batch))
                print(f"  generate, {batch}: {values[-1][0]:.1f} s, processor {values[-1][1]:.1f} s", flush=True)
    print(f"{sources} sources of {length}, {steps} steps, beam {beam}, fp32, {threads} threads; torch {torch.__version__}, "
          f"transformers {transformers.__version__}")
    median = lambda values, i: statistics.median(v[i] for v in values)
    print(f"ours          wall {median(ours, 0):7.2f} s, processor {median(ours, 1):7.2f} s, of it sources "
          f"{last['sources_s']['processor_s']:.2f} s; {last['allocations_of_a_step']} allocations a step, {last['peak_mb']} MB")
    for batch, values in peer.items():
        print(f"generate, {batch:3} wall {median(values, 0):7.2f} s, processor {median(values, 1):7.2f} s")
    best = min(peer.values(), key=lambda values: median(values, 1))
    print(f"ratio: wall {median(best, 0) / median(ours, 0):.2f}, processor {median(best, 1) / median(ours, 1):.2f} "
          f"(of the last rounds {best[-1][1] / ours[-1][1]:.2f}); the peer's largest memory "
          f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000} MB")


main()
