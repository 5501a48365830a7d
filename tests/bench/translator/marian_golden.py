"""Writes what transformers computes for a small Marian model: PEERS/bin/python tests/bench/translator/marian_golden.py

The result is tests/trainer/translator/marian_golden.json, which marian_golden_test.cc compares with ours. The weights are
not kept: tensor number n of all names in alphabetical order is drawn by splitmix64 from n, in the same way on both sides."""
import json
import os

import numpy
import torch
import transformers

VOCABULARY, PAD, END = 48, 47, 0
LENGTH, BEAM = 14, 4


def drawn(number, count):
    """Multiples of 2^-24 in [-0.5, 0.5)."""
    with numpy.errstate(over="ignore"):
        z = (numpy.uint64(number) << numpy.uint64(32)) + numpy.arange(1, count + 1, dtype=numpy.uint64)
        z = z * numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z = z ^ (z >> numpy.uint64(31))
    return (z >> numpy.uint64(40)).astype(numpy.float64) / 2**24 - 0.5


def make_model(shared):
    config = transformers.MarianConfig(
        vocab_size=VOCABULARY, decoder_vocab_size=VOCABULARY, d_model=32, encoder_layers=2, decoder_layers=3,
        encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=48, decoder_ffn_dim=48,
        max_position_embeddings=40, activation_function="swish", scale_embedding=True, pad_token_id=PAD, eos_token_id=END,
        decoder_start_token_id=PAD, forced_eos_token_id=END, share_encoder_decoder_embeddings=shared,
        tie_word_embeddings=True)
    model = transformers.MarianMTModel(config).eval()
    state = {k: v for k, v in model.state_dict().items() if "embed_positions" not in k and k != "lm_head.weight"}
    if shared:
        state = {k: v for k, v in state.items() if "embed_tokens" not in k}
    names = sorted(state)
    for number, name in enumerate(names):
        values = drawn(number, state[name].numel())
        if "layer_norm.weight" in name:
            values = 1 + 0.5 * values
        state[name].copy_(torch.from_numpy(values.reshape(state[name].shape)).float())
    return model, names


def golden(shared):
    model, names = make_model(shared)
    sources = [[5, 17, 9, END], [31, 8, 8, 40, 22, 3, 11, END], [END]]
    targets = [[PAD, 12, 30, 7], [PAD, 2], [PAD, 44, 6, 19, 25, 33]]
    logits = [model(input_ids=torch.tensor([s]), decoder_input_ids=torch.tensor([t])).logits[0].double().tolist()
              for s, t in zip(sources, targets)]
    found = []
    for source in sources:
        out = model.generate(input_ids=torch.tensor([source]), num_beams=BEAM, num_return_sequences=BEAM, do_sample=False,
                             max_length=LENGTH + 1, length_penalty=0.8, early_stopping=False, bad_words_ids=[[PAD]],
                             renormalize_logits=True, return_dict_in_generate=True, output_scores=True)
        found.append([{"tokens": row[1:row.index(END, 1)], "score": score}
                      for row, score in zip(out.sequences.tolist(), out.sequences_scores.tolist())])
    return {"tensors": names, "sources": sources, "inputs": targets,
            "logits": [[[round(v, 6) for v in row] for row in rows] for rows in logits], "beams": found}


def main():
    path = os.path.join(os.path.dirname(__file__), "..", "..", "trainer", "translator", "marian_golden.json")
    with torch.no_grad():
        document = {"transformers": transformers.__version__, "shared": golden(True), "apart": golden(False)}
    with open(path, "w") as file:
        json.dump(document, file, separators=(",", ":"), sort_keys=True)
        file.write("\n")


main()
