// Accuracy on VQA v2 as the official program (vqaEval.py of GT-Vision-Lab/VQA, version 2) scores
// it: an answer that three of the ten people gave is right, averaged over all choices of nine.
//
//   const Vqa scores = UNIMO_TRY(vqa_accuracy(questions, threads));
//
// Texts are UTF-8 and are treated as Python 3 treats them. Results do not depend on the number of
// threads.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::eval {

struct VqaQuestion {
  std::string prediction;
  std::vector<std::string> answers;  // of people, usually ten; all count as different people
  std::string question_type;         // "what is the", …
  std::string answer_type;           // "yes/no", "number", "other"
};

struct VqaMean {
  std::string name;  // of the type
  std::size_t questions = 0;
  double accuracy = 0;  // 0 to 100
  double printed = 0;   // the same rounded to two decimals, as the official program prints it
};

struct Vqa {
  VqaMean overall;
  std::vector<double> questions;          // accuracy of each in the order of the input, 0 to 100
  std::vector<VqaMean> by_question_type;  // in ascending name
  std::vector<VqaMean> by_answer_type;
};

// A question without answers is kInvalid, named by its place. Of no questions all is 0.
Result<Vqa> vqa_accuracy(std::span<const VqaQuestion> questions, int threads = 1);

// The steps of normalisation. The program applies the last two where people disagree: where all ten
// gave one answer, "Yes" does not match "yes".
std::string vqa_trimmed(std::string_view answer);      // line ends and tabs to blanks, then trimmed
std::string vqa_punctuation(std::string_view answer);  // of a trimmed answer
std::string vqa_normalized(std::string_view answer);   // of a trimmed answer: both steps

// "vqa|questions:38742|…|version:1".
std::string vqa_signature(std::span<const VqaQuestion> questions);

}  // namespace unimo::eval
