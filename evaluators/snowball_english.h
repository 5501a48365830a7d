// The stem of an English word by the Snowball "English" stemmer (Porter2), as METEOR uses it.
//
// Source: the algorithm's description at snowballstem.org, in the state of METEOR's Snowball
// (before 2011): no special case for "-ogist", "-ying", "evening" or "past".
#pragma once

#include <string>
#include <string_view>

namespace unimo::eval {

// `word` is in lower case. Letters beyond a to z count as consonants.
std::u32string snowball_english(std::u32string_view word);
std::string snowball_english(std::string_view word);

}  // namespace unimo::eval
