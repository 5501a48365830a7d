// Parameters of the stages translator and back_translate.
//
// translator: inputs text (many: folders with parallel text), init (optional: a translator to go on
// from). back_translate: inputs captions (records), forward and backward (many: translators, the
// n-th of each for the n-th pivot).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/fields.h"
#include "trainer/config/train.h"
#include "trainer/config/translator.h"

namespace unimo::stages {

// Sentences beside their translations: two files line by line, or the columns of one.
struct ParallelFiles {
  std::string source;
  std::string target;
  std::string tsv;
  std::int64_t source_column = 1;
  std::int64_t target_column = 2;
};
template <class V>
void visit(V& v, ParallelFiles& c) {
  v.field("source", c.source,
          "a text file, one sentence a line, plain or packed with gzip, in a folder of the input "
          "text");
  v.field("target", c.target, "the same sentences in the other language, line by line");
  v.field("tsv", c.tsv,
          "instead of both: a file with a sentence pair a line, columns apart by tabs");
  v.field("source_column", c.source_column, between(1, 1000), "of the tsv, from 1");
  v.field("target_column", c.target_column, between(1, 1000), "of the tsv, from 1");
}

struct TranslationVocabularyParams {
  std::int64_t size = 4000;
  bool joint = true;
  double character_coverage = 1.0;
};
template <class V>
void visit(V& v, TranslationVocabularyParams& c) {
  v.field("size", c.size, between(32, 1'000'000), "SentencePiece: pieces at most, of each model");
  v.field("joint", c.joint,
          "true: one model and one table for both languages; false: one for each");
  v.field("character_coverage", c.character_coverage, between(0.9, 1),
          "share of the characters that get a piece of their own");
}

// The sizes that the vocabulary does not say.
struct TranslatorSizes {
  int encoder_layers = 6;
  int decoder_layers = 6;
  int hidden = 512;
  int heads = 8;
  int ffn = 2048;
  std::string activation = "swish";
  int positions = 512;
  double dropout = 0.1;
  double attention_dropout = 0.0;
  double activation_dropout = 0.0;
  double init_deviation = 0.02;
};
template <class V>
void visit(V& v, TranslatorSizes& c) {
  v.field("encoder_layers", c.encoder_layers, between(1, 128), "layers that read the source");
  v.field("decoder_layers", c.decoder_layers, between(1, 128), "layers that write the target");
  v.field("hidden", c.hidden, between(16, 16384), "width of every position; a multiple of 16");
  v.field("heads", c.heads, between(1, 256),
          "attention heads; hidden / heads is an even whole number");
  v.field("ffn", c.ffn, between(16, 65536),
          "inner width of the feed-forward part; a multiple of 16");
  v.field("activation", c.activation, one_of({"swish", "relu", "gelu"}),
          "of the feed-forward part");
  v.field("positions", c.positions, between(4, 65536), "tokens of a text at most");
  v.field("dropout", c.dropout, between(0, 0.95), "on embeddings and after each sub-layer");
  v.field("attention_dropout", c.attention_dropout, between(0, 0.95), "on attention");
  v.field("activation_dropout", c.activation_dropout, between(0, 0.95), "after the activation");
  v.field("init_deviation", c.init_deviation, positive(),
          "of the truncated normal that weights start from");
}

// The sizes of a model with such a vocabulary.
inline trainer::TranslatorConfig translator_config(const TranslatorSizes& s, int source_vocabulary,
                                                   int target_vocabulary, bool shared) {
  return {.encoder_layers = s.encoder_layers,
          .decoder_layers = s.decoder_layers,
          .hidden = s.hidden,
          .heads = s.heads,
          .ffn = s.ffn,
          .source_vocabulary = source_vocabulary,
          .target_vocabulary = target_vocabulary,
          .shared_embeddings = shared,
          .scale_embedding = true,
          .activation = s.activation,
          .positions = s.positions,
          .dropout = s.dropout,
          .attention_dropout = s.attention_dropout,
          .activation_dropout = s.activation_dropout,
          .init_deviation = s.init_deviation};
}

struct TranslatorEvaluation {
  std::int64_t every = 0;
  std::int64_t bleu_sentences = 500;
  trainer::TranslationSearchConfig search;
};
template <class V>
void visit(V& v, TranslatorEvaluation& c) {
  v.field("every", c.every, at_least(0),
          "steps between measurements of the held-out loss, and one at the end; 0: none");
  v.field("bleu_sentences", c.bleu_sentences, at_least(0),
          "held-out sentences, the first ones, that are translated for BLEU at the end");
  v.field("search", c.search, "how they are translated");
}

struct TranslatorParams {
  std::vector<ParallelFiles> files;
  std::vector<ParallelFiles> held_out;
  std::string source_language;
  std::string target_language;
  TranslationVocabularyParams vocabulary;
  TranslatorSizes model;
  trainer::TrainConfig train{.optimizer = {.lr = 5e-4, .weight_decay = 0.0001},
                             .schedule = {.kind = "cosine", .warmup = 0.1, .continuous = true},
                             .epochs = 10};
  std::int64_t max_tokens = 256;
  std::int64_t batch_tokens = 4096;
  std::int64_t micro_batches = 1;
  double label_smoothing = 0.1;
  TranslatorEvaluation evaluate;
};
template <class V>
void visit(V& v, TranslatorParams& c) {
  v.field("files", c.files, "parallel text to learn from");
  v.field("held_out", c.held_out, "parallel text to measure on");
  v.field("source_language", c.source_language, "its name, kept with the translator");
  v.field("target_language", c.target_language, "its name, kept with the translator");
  v.field("vocabulary", c.vocabulary, "SentencePiece; with an init translator its own is taken");
  v.field("model", c.model, "sizes; with an init translator only the dropout rates are taken");
  v.field("train", c.train, "optimiser, schedule, steps; in fp32, on the processor");
  v.field("max_tokens", c.max_tokens, between(2, 65536),
          "of a sentence, the end token among them; pairs with a longer one are left out");
  v.field("batch_tokens", c.batch_tokens, between(8, 1e7),
          "of a micro-batch at most, source and target together");
  v.field("micro_batches", c.micro_batches, between(1, 4096), "whose gradients make a step");
  v.field("label_smoothing", c.label_smoothing, between(0, 0.9),
          "share of the target's probability that goes to all tokens");
  v.field("evaluate", c.evaluate, "held-out loss and BLEU");
}

struct BackTranslateParams {
  std::vector<std::string> splits = {"train", "restval"};
  std::int64_t positives = 3;
  std::int64_t pivot_texts = 2;
  std::int64_t back_texts = 2;
  trainer::TranslationSearchConfig forward;
  trainer::TranslationSearchConfig backward;
  std::int64_t batch = 32;
  std::int64_t captions_together = 4096;
};
template <class V>
void visit(V& v, BackTranslateParams& c) {
  v.field("splits", c.splits, "splits whose captions are translated; empty: all");
  v.field("positives", c.positives, between(1, 64), "sentences kept of each caption at most");
  v.field("pivot_texts", c.pivot_texts, between(1, 64), "translations of a caption by each pivot");
  v.field("back_texts", c.back_texts, between(1, 64), "back-translations of each of them");
  v.field("forward", c.forward, "search of the way there");
  v.field("backward", c.backward, "search of the way back");
  v.field("batch", c.batch, between(1, 4096),
          "sentences translated together; the result does not depend on it");
  v.field("captions_together", c.captions_together, between(1, 1'000'000),
          "captions in memory; the result does not depend on it");
}

}  // namespace unimo::stages
