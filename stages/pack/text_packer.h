// Texts and documents into texts.shard: cut and tokenized by several threads, written in the order
// of adding.
//
//   TextPacker packer(tokenizer, excluded, {.most = 510, .threads = 2}, writer, quarantine);
//   UNIMO_TRY(for_each_text(artifacts, [&](SourceText& text) { return packer.add(text); }));
//   UNIMO_TRY(packer.finish());
//
// The bytes do not depend on the number of threads. Memory does not grow with the texts: at most
// four batches a thread wait, each of a MiB of text (or a longer document). One thread calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/text/ordered_workers.h"
#include "stages/pack/collect.h"
#include "stages/pack/excluded_texts.h"
#include "stages/pack/text_cutter.h"
#include "trainer/data/shard.h"
#include "trainer/text/tokenizer.h"

namespace unimo::stages {

struct TextPackerOptions {
  std::size_t most = 510;  // tokens a record, without [CLS] and [SEP]
  int threads = 1;         // the caller's among them
};

// What became of them.
struct PackedTexts {
  std::map<std::string, std::int64_t> records, documents, sentences;  // in the pack, by split
  std::int64_t texts_excluded = 0, documents_excluded = 0, sentences_excluded = 0;
  std::int64_t texts_split = 0, sentences_split = 0;  // longer than a record
  std::int64_t tokens = 0, unknown = 0;
};

// Reasons of the quarantine: no_tokens, and no_sentences (a document that has none). A document of
// which all sentences are excluded is neither.
class TextPacker {
 public:
  // All but the options outlive it.
  TextPacker(const trainer::Tokenizer& tokenizer, const ExcludedTexts& excluded,
             const TextPackerOptions& options, trainer::ShardWriter& writer,
             Quarantine& quarantine);

  Status add(SourceText text);
  // Once, last: writes what waits. The shard is the caller's to finish.
  Status finish();
  // Complete after finish.
  const PackedTexts& packed() const { return packed_; }

 private:
  using Batch = std::vector<SourceText>;
  struct Done {
    SourceText source;
    bool excluded = false;
    CutText cut;
  };

  std::vector<Done> work(Batch& batch) const;
  void put_batch();
  Status drain(std::size_t batches);
  Status take(Done& done);
  void refuse(const SourceText& text);

  const trainer::Tokenizer& tokenizer_;
  const ExcludedTexts& excluded_;
  TextPackerOptions options_;
  trainer::ShardWriter& writer_;
  Quarantine& quarantine_;
  PackedTexts packed_;
  Batch batch_;
  std::size_t batch_bytes_ = 0;
  OrderedWorkers<Batch, std::vector<Done>> workers_;  // last: its threads use the rest
};

}  // namespace unimo::stages
