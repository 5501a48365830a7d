// Parameters of pack: records and regions to what training reads (docs/formats.md, "Pack").
//
// inputs: pairs (many records artifacts: images and captions), regions (many regions artifacts that
// together
//         cover the images), texts (optional, many records artifacts with texts, documents or
//         both), bpe (a folder with encoder.json, vocab.bpe and vocab.txt; for tokenizer.kind bpe),
//         contrasts (optional, many: folders with contrasts.jsonl), exclude (optional, many text
//         files with one image id a line), exclude_texts (optional, many: exclude_texts.txt of
//         decontaminate)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

struct PackTokenizerParams {
  std::string kind = "sentencepiece";
  std::string bpe_dir;
  std::int64_t vocab_size = 4096;
  bool lower_case = true;
  double character_coverage = 1.0;
  std::int64_t training_texts = 1'000'000;
};
template <class V>
void visit(V& v, PackTokenizerParams& c) {
  v.field("kind", c.kind, one_of({"bpe", "sentencepiece"}),
          "bpe: the published byte pairs; sentencepiece: a vocabulary trained on the captions and "
          "texts");
  v.field("bpe_dir", c.bpe_dir,
          "bpe: folder of encoder.json, vocab.bpe and vocab.txt where no input bpe is given; not "
          "hashed into "
          "the cache key, so prefer the input");
  v.field("vocab_size", c.vocab_size, between(32, 1'000'000), "sentencepiece: ids at most");
  v.field("lower_case", c.lower_case, "sentencepiece: fold case");
  v.field("character_coverage", c.character_coverage, between(0.9, 1),
          "sentencepiece: share of the characters that get a piece of their own");
  v.field(
      "training_texts", c.training_texts, at_least(1),
      "sentencepiece: captions, texts and sentences of documents used to train it, drawn at random "
      "where there are more");
}

struct PackParams {
  PackTokenizerParams tokenizer;
  std::vector<std::string> train_splits = {"train", "restval"};
  std::int64_t negatives = 32;
  double duplicate_similarity = 0.9;
  std::int64_t new_words = 2;
  std::int64_t max_caption_tokens = 64;
  std::int64_t max_text_tokens = 510;
  std::vector<std::string> exclude;
  double max_bad_share = 0.01;
};
template <class V>
void visit(V& v, PackParams& c) {
  v.field("tokenizer", c.tokenizer, "how text becomes numbers");
  v.field("train_splits", c.train_splits,
          "splits whose text trains the vocabulary and whose captions have negatives and are "
          "negatives");
  v.field("negatives", c.negatives, between(0, 1000),
          "captions of other images kept for each caption, most alike by TF-IDF first");
  v.field("duplicate_similarity", c.duplicate_similarity, between(0.1, 1),
          "a caption more alike than this (cosine) may mean the same, so it is no negative");
  v.field(
      "new_words", c.new_words, between(0, 100),
      "words, by stem, that a negative has and no caption of the image: captions of like scenes "
      "would be true");
  v.field("max_caption_tokens", c.max_caption_tokens, between(1, 100'000),
          "cut longer captions here");
  v.field("max_text_tokens", c.max_text_tokens, between(2, 100'000),
          "tokens of a text: longer ones are split, sentences of documents joined up to here");
  v.field("exclude", c.exclude, "ids of images to leave out with their captions");
  v.field("max_bad_share", c.max_bad_share, fraction(),
          "stop when more than this share of the images, captions or texts cannot be used");
}

}  // namespace unimo::stages
