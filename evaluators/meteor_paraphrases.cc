#include "evaluators/meteor_paraphrases.h"

#include "evaluators/line_file.h"
#include "evaluators/meteor_normalizer.h"

namespace unimo::eval {

namespace fs = std::filesystem;

ParaphraseTable::ParaphraseTable() : slots_(1024) {}

Result<ParaphraseTable> ParaphraseTable::read(const fs::path& file) {
  LineFile lines = UNIMO_TRY(LineFile::open(file));
  ParaphraseTable table;
  std::vector<Pair> pairs;
  std::string last_text;  // the official table is sorted, so a phrase mostly equals the one before
  Pair pair;
  for (std::string_view line; lines.next(line);) {
    const bool has_phrase = lines.next(line);
    if (has_phrase && line != last_text) {
      pair.phrase = table.phrase_or_new(line);
      last_text = line;
    }
    const bool has_both = has_phrase && lines.next(line);
    pair.paraphrase = has_both ? table.phrase_or_new(line) : kStart;
    if (pair.phrase == kStart || pair.paraphrase == kStart) {
      UNIMO_TRY(lines.end());
      return fail(ErrorCode::kInvalid,
                  "{}: an empty or missing phrase; each pair has three lines: probability, phrase, "
                  "paraphrase",
                  lines.place());
    }
    pairs.push_back(pair);
  }
  UNIMO_TRY(lines.end());
  table.digest_ = lines.digest();
  table.group(pairs);
  return table;
}

ParaphraseTable::Word ParaphraseTable::word(std::string_view text) const {
  const auto found = words_.find(text);
  return found == words_.end() ? kNoWord : found->second;
}

ParaphraseTable::Word ParaphraseTable::word_or_new(std::string_view text) {
  const auto found = words_.find(text);
  if (found != words_.end()) return found->second;
  return words_.emplace(text, static_cast<Word>(words_.size())).first->second;
}

// The slot that holds (prefix, last), or the free one where it belongs.
std::size_t ParaphraseTable::slot_of(Phrase prefix, Word last) const {
  const std::uint64_t key = (std::uint64_t{prefix} << 32) | last;
  const std::size_t mask = slots_.size() - 1;
  // Fibonacci hashing: the high bits of the product are well mixed.
  std::size_t slot = static_cast<std::size_t>((key * 0x9E3779B97F4A7C15ULL) >> 32) & mask;
  while (slots_[slot].phrase != kNoPhrase &&
         (slots_[slot].prefix != prefix || slots_[slot].last != last)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

ParaphraseTable::Phrase ParaphraseTable::extended(Phrase phrase, Word next) const {
  return next == kNoWord ? kNoPhrase : slots_[slot_of(phrase, next)].phrase;
}

ParaphraseTable::Phrase ParaphraseTable::phrase_or_new(std::string_view words) {
  Phrase phrase = kStart;
  for_each_java_word(words, [&](std::string_view text) {
    const Word last = word_or_new(text);
    std::size_t slot = slot_of(phrase, last);
    if (slots_[slot].phrase == kNoPhrase) {
      if (2 * std::size_t{phrases_} >= slots_.size()) {
        grow();
        slot = slot_of(phrase, last);
      }
      slots_[slot] = {phrase, last, phrases_++};
    }
    phrase = slots_[slot].phrase;
  });
  return phrase;
}

void ParaphraseTable::grow() {
  std::vector<Slot> old(2 * slots_.size());
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.phrase != kNoPhrase) slots_[slot_of(slot.prefix, slot.last)] = slot;
  }
}

// Pairs by their phrase, those of one phrase in the order of the file.
void ParaphraseTable::group(const std::vector<Pair>& pairs) {
  begin_.assign(std::size_t{phrases_} + 1, 0);
  for (const Pair& pair : pairs) ++begin_[pair.phrase + 1];
  for (std::size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
  targets_.resize(pairs.size());
  std::vector<std::uint32_t> next(begin_.begin(), begin_.end() - 1);
  for (const Pair& pair : pairs) targets_[next[pair.phrase]++] = pair.paraphrase;
}

}  // namespace unimo::eval
