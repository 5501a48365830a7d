#include "evaluators/ngrams.h"

#include <algorithm>

#include "evaluators/unicode.h"

namespace unimo::eval {

namespace {

// Length in bytes of the white space at the beginning of `text`, or 0.
std::size_t space_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return is_python_space(first) ? 1 : 0;
  // Every white space beyond ASCII has two or three bytes.
  const std::size_t length = first < 0xE0 ? 2 : 3;
  const std::u32string character = decode_utf8(text.substr(0, length));
  return character.size() == 1 && is_python_space(character[0]) ? length : 0;
}

std::vector<NgramCount> counted(std::vector<NgramId>& ids) {
  std::sort(ids.begin(), ids.end());
  std::vector<NgramCount> counts;
  for (const NgramId id : ids) {
    if (counts.empty() || counts.back().ngram != id) counts.push_back({id, 0});
    ++counts.back().count;
  }
  return counts;
}

}  // namespace

std::vector<std::string_view> split_words(std::string_view sentence) {
  std::vector<std::string_view> words;
  std::size_t start = 0;
  std::size_t at = 0;
  while (at < sentence.size()) {
    const std::size_t gap = space_length(sentence.substr(at));
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

NgramId NgramTable::extended(NgramId prefix, NgramId word) {
  const std::uint64_t key = static_cast<std::uint64_t>(prefix) << 32 | word;
  const auto [place, is_new] = longer_.try_emplace(key, next_);
  if (is_new) ++next_;
  return place->second;
}

SentenceNgrams NgramTable::count(std::string_view sentence) {
  const auto words = split_words(sentence);
  SentenceNgrams result;
  result.words = static_cast<int>(words.size());
  std::vector<NgramId> word_ids;
  for (const std::string_view word : words) {
    const auto [place, is_new] = words_.try_emplace(std::string(word), next_);
    if (is_new) ++next_;
    word_ids.push_back(place->second);
  }
  std::vector<NgramId> ids = word_ids;  // of the n-gram that begins at each word
  for (std::size_t n = 1; n <= kMaxOrder; ++n) {
    if (n > 1) {
      if (words.size() < n) break;
      ids.resize(words.size() - n + 1);
      for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = extended(ids[i], word_ids[i + n - 1]);
    }
    std::vector<NgramId> sorted = ids;
    result.of_order[n - 1] = counted(sorted);
  }
  return result;
}

CountedItems count_ngrams(std::span<const CaptionItem> items) {
  NgramTable table;
  CountedItems result;
  result.items.reserve(items.size());
  for (const CaptionItem& item : items) {
    CountedItem& counts = result.items.emplace_back();
    counts.candidate = table.count(item.candidate);
    for (const std::string& reference : item.references) {
      counts.references.push_back(table.count(reference));
    }
  }
  result.ngrams = table.size();
  return result;
}

}  // namespace unimo::eval
