// Word pieces of BERT put back into the words of a Penn-style tokenizer, as the scripts of UniLM,
// ProphetNet and ERNIE-GEN do before they score: "don ' t" to "do n't", "3 , 000" to "3,000",
// "22 - year - old" to "22-year-old".
//
// The rules are theirs with their oddities, since published scores were made with them: "' re" is
// not joined, and "U . S . A ." becomes "U.S. . A .".
#pragma once

#include <string>
#include <string_view>

namespace unimo::eval {

enum class TokenStyle {
  kCnnDailyMail,  // brackets become -LRB- and so on
  kGigaword,      // -lrb-; [UNK] becomes UNK; & < > become &amp; &lt; &gt;
  kQuestion,      // as kGigaword, but bytes: blanks, digits and capitals are those of ASCII
};

// The tokens joined by single blanks. Time is linear in the text.
std::string fix_tokenization(std::string_view text, TokenStyle style);

}  // namespace unimo::eval
