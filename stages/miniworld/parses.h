// Parses as MNLI and SNLI print them. The mini-world's are shallow (every word hangs on the one
// before it, or on the sentence), because nothing reads them but the readers of the columns.
#pragma once

#include <string>
#include <string_view>

namespace unimo::stages {

// "( The ( ball ( is ( red . ) ) ) )".
std::string binary_parse(std::string_view text);
// "(ROOT (S (DT The) (NN ball) (VBZ is) (JJ red) (. .)))".
std::string tree_parse(std::string_view text);

}  // namespace unimo::stages
