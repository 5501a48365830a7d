// How much of an answer a free-form answer shares with the gold ones, as CoQA's official program
// (evaluate-v1.0.py) scores it: exact match and F1 over normalised words, per domain and overall.
//
//   const Coqa scores = UNIMO_TRY(coqa(turns, threads));
//   scores.overall().f1;  // what UNIMO reports
//
// Texts are UTF-8 and are treated as Python 3 treats them; bytes that are not UTF-8 become U+FFFD.
// Results do not depend on the number of threads.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::eval {

// The words that are compared: lower case, without ASCII punctuation ("don't" is "dont"), then
// without the words a, an and the, split at white space.
std::vector<std::string> answer_words(std::string_view answer);

struct AnswerScore {
  double em = 0;  // exact match, 0 to 1
  double f1 = 0;  // 0 to 1
};

// Of one answer and one gold answer. Two answers without words agree; with one such, both are 0.
AnswerScore answer_score(std::string_view gold, std::string_view answer);

struct CoqaTurn {
  std::string source;                   // "mctest", "gutenberg", "race", "cnn", "wikipedia", …
  std::vector<std::string> references;  // the first is the answer, the others are the additional
  std::optional<std::string> answer;    // absent when nothing was predicted: scores 0
};

struct CoqaDomain {
  std::string name;  // "children_stories", …; then "in_domain", "out_domain", "overall"
  std::size_t turns = 0;
  double em = 0;  // mean over the turns, 0 to 100; 0 without turns
  double f1 = 0;
  double em_printed = 0;  // the same rounded to one decimal, as the official program prints it
  double f1_printed = 0;
};

struct Coqa {
  std::vector<AnswerScore> turns;   // in the order of the input
  std::vector<CoqaDomain> domains;  // seven, then in_domain, out_domain and overall
  const CoqaDomain& overall() const { return domains.back(); }
};

// Scores each answer. Of k references each is left out once: the score is the mean over them of the
// best match among the others, so that it compares with what people reach. A source that CoQA does
// not have, and a turn without references, are kInvalid, named by their place.
Result<Coqa> coqa(std::span<const CoqaTurn> turns, int threads = 1);

// What people reach: each reference against the others. Turns with one reference are kInvalid.
Result<Coqa> coqa_human(std::span<const CoqaTurn> turns, int threads = 1);

// "coqa_f1|turns:7983|refs:4|…|version:1": one line per score.
std::string coqa_em_signature(std::span<const CoqaTurn> turns);
std::string coqa_f1_signature(std::span<const CoqaTurn> turns);

}  // namespace unimo::eval
