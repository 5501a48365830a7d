// The sentences of text corpora to search in: each different one once, within limits of length, and
// no more than fit.
//
// Where there are more than `most`, those stay whose number, drawn from the seed and the sentence
// itself, is below a limit, which is halved until they fit: so what stays depends neither on the
// order of the corpora nor on repeated sentences. Memory: the text of the sentences and 45 bytes
// each. One thread adds; reading may overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/job.h"
#include "stages/pack/excluded_texts.h"

namespace unimo::stages {

struct SentenceLimits {
  std::size_t min_words = 4, max_words = 60;
  std::size_t most = 5'000'000;
  std::uint64_t seed = 0;
};

// Sentences that were looked at and not kept.
struct SentenceCounts {
  std::int64_t seen = 0;
  std::int64_t too_short = 0, too_long = 0;
  std::int64_t repeated = 0;   // word by word, signs included
  std::int64_t not_drawn = 0;  // too many
  std::int64_t excluded = 0;   // asked for
};

class SentenceStore {
 public:
  explicit SentenceStore(const SentenceLimits& limits);

  // Begins a text or document; its sentences follow.
  void begin_document(std::string_view id);
  // `number` is the sentence's in its document; negative: the whole text.
  void add(std::string_view sentence, std::int32_t number);

  std::size_t size() const { return entries_.size(); }
  std::string_view text(std::size_t i) const;
  // Where it was first seen: the id of a text; or of a document, a tab and the sentence's number,
  // as in exclude_texts.txt.
  std::string place(std::size_t i) const;
  const SentenceCounts& counts() const { return counts_; }
  SentenceCounts& counts() { return counts_; }

 private:
  struct Entry {
    std::uint64_t begin = 0;
    std::uint32_t size_bytes = 0;
    std::uint32_t document = 0;
    std::int32_t number = 0;
  };
  std::uint64_t draw(std::string_view sentence) const;
  std::size_t place_of(std::string_view sentence, std::uint64_t drawn) const;
  void halve();
  void rebuild_table(std::size_t places);

  SentenceLimits limits_;
  std::uint64_t limit_ = UINT64_MAX;  // of the numbers drawn
  std::string texts_, ids_;
  std::vector<std::uint64_t> id_ends_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> table_;  // entries by their number drawn; a power of two
  std::string scratch_;
  SentenceCounts counts_;
};

// Adds the texts and the sentences of the documents of records artifacts that are in one of
// `splits` and not excluded. kNotFound for an artifact that has neither.
Status add_sentences(std::span<const InputItem> artifacts, std::span<const std::string> splits,
                     const ExcludedTexts& excluded, SentenceStore& store);

}  // namespace unimo::stages
