#include "stages/ingest/text/furniture.h"

#include <algorithm>
#include <array>
#include <string>

namespace unimo::stages {

namespace {

constexpr std::ptrdiff_t kMostWords =
    12;  // of a button or notice; sentences about sharing are longer

// Lower case; the paragraph begins with one of these.
constexpr auto kBeginnings = std::to_array<std::string_view>({"share this",
                                                              "share on ",
                                                              "share via",
                                                              "tweet this",
                                                              "email this",
                                                              "print this",
                                                              "advertisement",
                                                              "story continues below",
                                                              "continue reading",
                                                              "read more",
                                                              "read also",
                                                              "related:",
                                                              "related stories",
                                                              "related articles",
                                                              "more from ",
                                                              "sign up for",
                                                              "subscribe to",
                                                              "subscribe now",
                                                              "follow us on",
                                                              "like us on",
                                                              "click here",
                                                              "log in to",
                                                              "skip to main content",
                                                              "post a comment",
                                                              "leave a comment",
                                                              "leave a reply",
                                                              "view all comments",
                                                              "loading...",
                                                              "image copyright",
                                                              "media playback is",
                                                              "copyright \xC2\xA9"});
// Or ends with one of these.
constexpr auto kEndings = std::to_array<std::string_view>(
    {"all rights reserved.", "all rights reserved", "add a comment"});

}  // namespace

bool is_page_furniture(std::string_view paragraph) {
  if (std::count(paragraph.begin(), paragraph.end(), ' ') >= kMostWords) return false;
  std::string text(paragraph);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto begins = [&](std::string_view start) { return text.starts_with(start); };
  const auto ends = [&](std::string_view end) { return text.ends_with(end); };
  return std::any_of(kBeginnings.begin(), kBeginnings.end(), begins) ||
         std::any_of(kEndings.begin(), kEndings.end(), ends);
}

}  // namespace unimo::stages
