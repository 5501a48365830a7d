// The Porter stemmer of NLTK in its default mode, which rouge_score uses: the paper's algorithm
// with a dozen irregular words, Porter's later rules and a few of NLTK's own ("flies" to "fli" but
// "dies" to "die", "enjoy" stays).
#pragma once

#include <string>
#include <string_view>

namespace unimo::eval {

// The stem of a lower-case word of ASCII letters and digits.
std::string nltk_stem(std::string_view word);

}  // namespace unimo::eval
