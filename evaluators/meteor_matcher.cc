#include "evaluators/meteor_matcher.h"

#include <algorithm>
#include <tuple>

#include "evaluators/snowball_english.h"
#include "evaluators/unicode.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

std::uint32_t java_hash(std::u32string_view text) {
  std::uint32_t hash = 0;
  for (const char32_t c : text) {
    if (c < 0x10000) {
      hash = 31 * hash + c;
    } else {
      hash = 31 * hash + (0xD800 + ((c - 0x10000) >> 10));
      hash = 31 * hash + (0xDC00 + ((c - 0x10000) & 0x3FF));
    }
  }
  return hash;
}

MeteorWord meteor_word(std::string_view text, const MeteorResources& resources) {
  const std::u32string letters = decode_utf8(text);
  MeteorWord word;
  word.hash = java_hash(letters);
  word.stem_hash = java_hash(snowball_english(letters));
  word.synsets = resources.synonyms.synsets_of(text);
  if (resources.paraphrases) word.table_word = resources.paraphrases->word(text);
  word.is_function_word = resources.function_words.words.contains(text);
  return word;
}

void MeteorMatcher::Positions::add(std::uint32_t key, std::size_t position) {
  entries_.emplace_back(key, static_cast<int>(position));
}

void MeteorMatcher::Positions::sort() { std::sort(entries_.begin(), entries_.end()); }

template <class Work>
void MeteorMatcher::Positions::each(std::uint32_t key, const Work& work) const {
  auto entry = std::lower_bound(entries_.begin(), entries_.end(), std::pair(key, 0));
  for (; entry != entries_.end() && entry->first == key; ++entry) work(entry->second);
}

MeteorMatcher::MeteorMatcher(std::span<const MeteorWord> words, const ParaphraseTable* table,
                             std::span<const WordNumber> hypothesis)
    : words_(words), table_(table), hypothesis_(hypothesis) {
  for (std::size_t i = 0; i < hypothesis.size(); ++i) {
    const MeteorWord& word = words[hypothesis[i]];
    by_hash_.add(word.hash, i);
    by_stem_.add(word.stem_hash, i);
    for (const SynsetId synset : word.synsets) by_synset_.add(synset, i);
  }
  by_hash_.sort();
  by_stem_.sort();
  by_synset_.sort();
  phrases_ = phrases_in(hypothesis);
}

void MeteorMatcher::match_exactly(const MeteorWord& word, MeteorMatch match, Matches& out) const {
  by_hash_.each(word.hash, [&](int position) {
    match.hypothesis_start = position;
    out.push_back(match);
  });
}

void MeteorMatcher::match_stems(const MeteorWord& word, MeteorMatch match, Matches& out) const {
  by_stem_.each(word.stem_hash, [&](int position) {
    if (words_[hypothesis_[static_cast<std::size_t>(position)]].hash == word.hash) return;
    match.hypothesis_start = position;
    out.push_back(match);
  });
}

void MeteorMatcher::match_synonyms(const MeteorWord& word, MeteorMatch match, Matches& out) const {
  std::vector<int> positions;  // several shared sets are one match
  for (const SynsetId synset : word.synsets) {
    by_synset_.each(synset, [&](int position) {
      const MeteorWord& other = words_[hypothesis_[static_cast<std::size_t>(position)]];
      if (other.hash != word.hash) positions.push_back(position);
    });
  }
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  for (const int position : positions) {
    match.hypothesis_start = position;
    out.push_back(match);
  }
}

// By start, then length.
MeteorMatcher::Phrases MeteorMatcher::phrases_in(std::span<const WordNumber> text) const {
  Phrases phrases;
  if (table_ == nullptr) return phrases;
  for (std::size_t start = 0; start < text.size(); ++start) {
    auto phrase = ParaphraseTable::kStart;
    for (std::size_t end = start; end < text.size(); ++end) {
      phrase = table_->extended(phrase, words_[text[end]].table_word);
      if (phrase == ParaphraseTable::kNoPhrase) break;
      phrases.push_back({static_cast<int>(start), static_cast<int>(end - start + 1), phrase});
    }
  }
  return phrases;
}

void MeteorMatcher::match_paraphrases(std::span<const WordNumber> reference, int module,
                                      Matches& out) const {
  // Calls `found(phrase of from, its paraphrase in to)` in the official order: phrases by start and
  // length, their paraphrases as in the table, those by where they stand.
  const auto search = [&](const Phrases& from, const Phrases& to, const auto& found) {
    Positions places;  // in `to`, which is sorted by start
    for (std::size_t i = 0; i < to.size(); ++i) places.add(to[i].phrase, i);
    places.sort();
    for (const PhraseAt& phrase : from) {
      for (const auto paraphrase : table_->paraphrases(phrase.phrase)) {
        places.each(paraphrase, [&](int at) { found(phrase, to[static_cast<std::size_t>(at)]); });
      }
      if (out.size() > kMostMeteorMatches) return;
    }
  };
  const auto add = [&](const PhraseAt& ours, const PhraseAt& theirs) {
    out.push_back({.start = theirs.start,
                   .length = theirs.length,
                   .hypothesis_start = ours.start,
                   .hypothesis_length = ours.length,
                   .module = module});
  };
  const Phrases theirs = phrases_in(reference);
  search(theirs, phrases_, [&](const PhraseAt& from, const PhraseAt& to) { add(to, from); });
  search(phrases_, theirs, add);
}

std::vector<MeteorMatch> MeteorMatcher::matches(std::span<const WordNumber> reference,
                                                std::span<const MeteorModule> modules) const {
  Matches out;
  for (std::size_t m = 0; m < modules.size(); ++m) {
    if (modules[m] == MeteorModule::kParaphrase) {
      UNIMO_CHECK(table_ != nullptr, "METEOR was asked for paraphrases without a table of them");
      match_paraphrases(reference, static_cast<int>(m), out);
      continue;
    }
    for (std::size_t j = 0; j < reference.size() && out.size() <= kMostMeteorMatches; ++j) {
      const MeteorWord& word = words_[reference[j]];
      const MeteorMatch match = {.start = static_cast<int>(j),
                                 .length = 1,
                                 .hypothesis_length = 1,
                                 .module = static_cast<int>(m)};
      switch (modules[m]) {
        case MeteorModule::kExact: match_exactly(word, match, out); break;
        case MeteorModule::kStem: match_stems(word, match, out); break;
        case MeteorModule::kSynonym: match_synonyms(word, match, out); break;
        case MeteorModule::kParaphrase: break;
      }
    }
  }
  return out;
}

}  // namespace unimo::eval
