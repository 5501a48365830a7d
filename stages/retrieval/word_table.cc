#include "stages/retrieval/word_table.h"

#include <functional>

#include "orchestrator/base/result.h"

namespace unimo::stages {

namespace {

std::uint64_t hash_of(std::string_view word) { return std::hash<std::string_view>{}(word); }
std::uint32_t upper_half(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

}  // namespace

std::uint32_t WordTable::number(std::string_view word) {
  if (places_.size() < 2 * (size() + 1)) grow();
  const std::uint64_t hash = hash_of(word);
  Place& place = places_[place_of(word, hash)];
  if (place.number != kEmpty) return place.number;
  UNIMO_CHECK(size() < kEmpty, "{} different words", size());
  place = {upper_half(hash), static_cast<std::uint32_t>(size())};
  words_ += word;
  ends_.push_back(words_.size());
  return place.number;
}

std::optional<std::uint32_t> WordTable::find(std::string_view word) const {
  if (places_.empty()) return std::nullopt;
  const Place& place = places_[place_of(word, hash_of(word))];
  return place.number == kEmpty ? std::nullopt : std::optional(place.number);
}

// Of the word, or the empty place where it belongs.
std::size_t WordTable::place_of(std::string_view word, std::uint64_t hash) const {
  const std::size_t mask = places_.size() - 1;
  std::size_t at = hash & mask;
  for (; places_[at].number != kEmpty; at = (at + 1) & mask) {
    if (places_[at].hash == upper_half(hash) && this->word(places_[at].number) == word) break;
  }
  return at;
}

std::string_view WordTable::word(std::uint32_t number) const {
  const std::uint64_t begin = number == 0 ? 0 : ends_[number - 1];
  return std::string_view(words_).substr(begin, ends_[number] - begin);
}

void WordTable::grow() {
  places_.assign(places_.empty() ? 1024 : 2 * places_.size(), {});
  for (std::uint32_t number = 0; number < size(); ++number) {
    const std::uint64_t hash = hash_of(word(number));
    places_[place_of(word(number), hash)] = {upper_half(hash), number};
  }
}

}  // namespace unimo::stages
