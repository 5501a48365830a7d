#include "stages/fetch/robots_tag.h"

#include <algorithm>
#include <string>

namespace unimo::stages {

namespace {

// noai and noimageai are the words for training; the others keep a picture out of any collection.
constexpr std::string_view kForbidding[] = {"noai", "noimageai", "noindex", "noimageindex", "none"};

// Directives that take a value after a colon; before any other colon stands a robot's name.
constexpr std::string_view kWithValue[] = {"unavailable_after", "max-snippet", "max-image-preview",
                                           "max-video-preview"};

template <std::size_t n>
bool contains(const std::string_view (&list)[n], std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

std::string tidy(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  std::string word(text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return word;
}

}  // namespace

bool robots_tag_forbids(std::string_view value) {
  bool for_us = true;
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t comma = std::min(value.find(',', begin), value.size());
    std::string_view part = value.substr(begin, comma - begin);
    begin = comma + 1;
    const std::size_t colon = part.find(':');
    if (colon != std::string_view::npos) {
      const std::string name = tidy(part.substr(0, colon));
      if (contains(kWithValue, name)) continue;
      for_us = name == "*" || name == "unimo";
      part = part.substr(colon + 1);
    }
    if (for_us && contains(kForbidding, tidy(part))) return true;
  }
  return false;
}

}  // namespace unimo::stages
