// VQA's answers as its official evaluation compares them, the classes that a model chooses from,
// and what a class is worth as an answer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/group_sort.h"

namespace unimo::stages {

// As the scorer compares it where people disagree (evaluators/vqa_accuracy.h).
std::string normalise_vqa_answer(std::string_view answer);

// The classes, in order.
class AnswerList {
 public:
  // A list of answers, or an object of answer to number from 0 without gaps. kInvalid names what is
  // wrong; the empty answer may be among them, as it is in the widespread list of 3 129.
  static Result<AnswerList> read(const std::filesystem::path& path);
  explicit AnswerList(std::vector<std::string> answers);

  const std::vector<std::string>& answers() const { return answers_; }
  bool contains(std::string_view answer) const { return numbers_.contains(answer); }

  // For each class among the people's answers what it is worth: 0.3, 0.6, 0.9, 1 when 1, 2, 3, 4 or
  // more people gave it, all normalised.
  std::map<std::string, double> soft_targets(const std::vector<std::string>& people) const;

 private:
  std::vector<std::string> answers_;
  std::map<std::string, std::size_t, std::less<>> numbers_;
};

// Counts majority answers outside memory.
class AnswerCounts {
 public:
  explicit AnswerCounts(const std::filesystem::path& folder) : answers_(folder) {}
  Status add(std::string_view majority);
  // Once: those given at least `min_count` times, the most frequent first, then by their bytes.
  Result<AnswerList> list(std::int64_t min_count);

 private:
  GroupSort answers_;
};

}  // namespace unimo::stages
