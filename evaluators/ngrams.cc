#include "evaluators/ngrams.h"

#include <algorithm>
#include <bit>

#include "evaluators/unicode.h"

namespace unimo::eval {

namespace {

// Length in bytes of the white space at the beginning of `text`, or 0.
std::size_t space_length(std::string_view text, WordBreak word_break) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (word_break == WordBreak::kAscii) {
    return first == ' ' || (first >= '\t' && first <= '\r') ? 1 : 0;
  }
  if (first < 0x80) return first <= ' ' && is_python_space(first) ? 1 : 0;
  // Every white space beyond ASCII has two or three bytes.
  const std::size_t length = first < 0xE0 ? 2 : 3;
  const std::u32string character = decode_utf8(text.substr(0, length));
  return character.size() == 1 && is_python_space(character[0]) ? length : 0;
}

void append_counts(std::vector<NgramId>& ids, std::vector<NgramCount>& counts) {
  std::sort(ids.begin(), ids.end());
  const std::size_t begin = counts.size();
  for (const NgramId id : ids) {
    if (counts.size() == begin || counts.back().ngram != id) counts.push_back({id, 0});
    ++counts.back().count;
  }
}

}  // namespace

std::vector<std::string_view> split_words(std::string_view sentence, WordBreak word_break) {
  std::vector<std::string_view> words;
  std::size_t start = 0;
  std::size_t at = 0;
  while (at < sentence.size()) {
    const std::size_t gap = space_length(sentence.substr(at), word_break);
    if (gap == 0) {
      ++at;
      continue;
    }
    if (at > start) words.push_back(sentence.substr(start, at - start));
    at += gap;
    start = at;
  }
  if (at > start) words.push_back(sentence.substr(start));
  return words;
}

KeyNumbers::KeyNumbers(std::size_t expected)
    : slots_(std::bit_ceil(std::max<std::size_t>(16, 2 * expected))) {}

std::size_t KeyNumbers::place_of(std::uint64_t key) const {
  // The finaliser of MurmurHash3: neighbouring keys must not be neighbours in the table.
  std::uint64_t hash = key ^ (key >> 33);
  hash *= 0xFF51AFD7ED558CCDULL;
  hash ^= hash >> 33;
  const std::size_t mask = slots_.size() - 1;
  std::size_t place = static_cast<std::size_t>(hash) & mask;
  while (slots_[place].number != kFree && slots_[place].key != key) place = (place + 1) & mask;
  return place;
}

void KeyNumbers::grow() {
  std::vector<Slot> old(2 * slots_.size());
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.number != kFree) slots_[place_of(slot.key)] = slot;
  }
}

NgramId KeyNumbers::find_or_add(std::uint64_t key, NgramId fresh, bool& is_new) {
  const std::size_t place = place_of(key);
  is_new = slots_[place].number == kFree;
  if (!is_new) return slots_[place].number;
  slots_[place] = {key, fresh};
  if (2 * ++used_ > slots_.size()) grow();
  return fresh;
}

std::vector<std::pair<NgramId, std::uint64_t>> KeyNumbers::entries() const {
  std::vector<std::pair<NgramId, std::uint64_t>> entries;
  entries.reserve(used_);
  for (const Slot& slot : slots_) {
    if (slot.number != kFree) entries.emplace_back(slot.number, slot.key);
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

// Captions repeat themselves: about half of the longer n-grams of a corpus are distinct.
NgramTable::NgramTable(std::size_t words, WordBreak word_break)
    : word_break_(word_break), longer_(words * (kMaxOrder - 1) / 2) {}

NgramId NgramTable::extended(NgramId prefix, NgramId word) {
  bool is_new = false;
  const NgramId number =
      longer_.find_or_add(static_cast<std::uint64_t>(prefix) << 32 | word, next_, is_new);
  if (is_new) ++next_;
  return number;
}

SentenceNgrams NgramTable::count(std::string_view sentence) {
  const auto words = split_words(sentence, word_break_);
  SentenceNgrams result;
  result.words = static_cast<int>(words.size());
  std::vector<NgramId> word_ids;
  word_ids.reserve(words.size());
  for (const std::string_view word : words) {
    const auto [place, is_new] = words_.try_emplace(std::string(word), next_);
    if (is_new) ++next_;
    word_ids.push_back(place->second);
  }
  result.counts.reserve(kMaxOrder * words.size());
  std::vector<NgramId> ids = word_ids;  // of the n-gram that begins at each word
  std::vector<NgramId> sorted;
  for (std::size_t n = 1; n <= kMaxOrder; ++n) {
    if (n > 1) {
      ids.resize(words.size() >= n ? words.size() - n + 1 : 0);
      for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = extended(ids[i], word_ids[i + n - 1]);
    }
    sorted = ids;
    append_counts(sorted, result.counts);
    result.begin[n] = result.counts.size();
  }
  return result;
}

std::vector<std::string> NgramTable::texts() const {
  std::vector<std::string> texts(next_);
  for (const auto& [word, number] : words_) texts[number] = word;
  // An n-gram has a higher number than what it extends.
  for (const auto& [number, key] : longer_.entries()) {
    texts[number] = texts[key >> 32] + ' ' + texts[key & 0xFFFFFFFF];
  }
  return texts;
}

CountedItems count_ngrams(std::span<const CaptionItem> items, WordBreak word_break) {
  constexpr std::size_t kBytesAWord = 5;
  std::size_t bytes = 0;
  for (const CaptionItem& item : items) {
    for (const std::string& reference : item.references) bytes += reference.size();
  }
  NgramTable table(bytes / kBytesAWord, word_break);
  return count_ngrams(items, table);
}

CountedItems count_ngrams(std::span<const CaptionItem> items, NgramTable& table) {
  CountedItems result;
  result.items.reserve(items.size());
  for (const CaptionItem& item : items) {
    CountedItem& counts = result.items.emplace_back();
    counts.references.reserve(item.references.size());
    counts.candidate = table.count(item.candidate);
    for (const std::string& reference : item.references) {
      counts.references.push_back(table.count(reference));
    }
  }
  result.ngrams = table.size();
  return result;
}

std::vector<int> document_frequencies(const CountedItems& items) {
  std::vector<int> frequency(items.ngrams, 0);
  std::vector<std::size_t> last_item(items.ngrams, items.items.size());
  for (std::size_t i = 0; i < items.items.size(); ++i) {
    for (const SentenceNgrams& reference : items.items[i].references) {
      for (const NgramCount& entry : reference.counts) {
        if (last_item[entry.ngram] == i) continue;
        last_item[entry.ngram] = i;
        ++frequency[entry.ngram];
      }
    }
  }
  return frequency;
}

}  // namespace unimo::eval
