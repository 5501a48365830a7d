// METEOR's table of paraphrases: pairs of short phrases, each looked up from its first side.
//
// The official English table, paraphrase-en.gz, has 5.3 million pairs and takes about 100 MB here;
// Python's package pycocoevalcap carries it. Format, plain or packed with gzip: three lines a pair,
// namely a probability (METEOR does not use it), the phrase, its paraphrase.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "evaluators/meteor_synonyms.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

class ParaphraseTable {
 public:
  using Word = std::uint32_t;
  // A phrase, or the beginning of one: a place in the tree of all phrases.
  using Phrase = std::uint32_t;
  static constexpr Word kNoWord = 0xFFFFFFFF;
  static constexpr Phrase kNoPhrase = 0xFFFFFFFF;
  static constexpr Phrase kStart = 0;  // of no words yet

  static Result<ParaphraseTable> read(const std::filesystem::path& file);

  // kNoWord when no phrase has it.
  Word word(std::string_view text) const;
  // The phrase that goes on with `next`; kNoPhrase when no phrase begins so.
  Phrase extended(Phrase phrase, Word next) const;
  // What the table gives for the phrase, in the order of the file, repetitions included.
  std::span<const Phrase> paraphrases(Phrase phrase) const {
    return {targets_.data() + begin_[phrase], begin_[phrase + 1] - begin_[phrase]};
  }

  std::size_t pairs() const { return targets_.size(); }
  const std::string& digest() const { return digest_; }

 private:
  // A phrase without its last word, that word, and the phrase: kNoPhrase when the slot is free.
  struct Slot {
    Phrase prefix = 0;
    Word last = 0;
    Phrase phrase = kNoPhrase;
  };
  struct Pair {
    Phrase phrase = 0;
    Phrase paraphrase = 0;
  };
  ParaphraseTable();
  Word word_or_new(std::string_view text);
  Phrase phrase_or_new(std::string_view words);
  std::size_t slot_of(Phrase prefix, Word last) const;
  void grow();
  void group(const std::vector<Pair>& pairs);

  std::unordered_map<std::string, Word, TextHash, std::equal_to<>> words_;
  std::vector<Slot> slots_;           // a power of two, at most half full
  Phrase phrases_ = 1;                // kStart is one
  std::vector<std::uint32_t> begin_;  // [phrases + 1] of each phrase's paraphrases in targets_
  std::vector<Phrase> targets_;
  std::string digest_;
};

}  // namespace unimo::eval
