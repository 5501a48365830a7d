// VQA v2's questions, annotations and complementary pairs, brought together outside memory.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/benchmarks/picture_examples.h"
#include "stages/ingest/benchmarks/vqa_answers.h"
#include "stages/ingest/group_sort.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/stream/json_view.h"

namespace unimo::stages {

// read_* in any order, then resolve, once. A file's split and its part of COCO ("train2014") are
// told by its name.
class VqaCorpus {
 public:
  // `folder` holds temporary files, which have no name there.
  VqaCorpus(const std::filesystem::path& folder, Quarantine& quarantine);

  Status read_questions(const std::filesystem::path& path);
  Status read_annotations(const std::filesystem::path& path);
  // Two questions on like pictures with unlike answers: [[question_id, question_id], ...].
  Status read_pairs(const std::filesystem::path& path);

  // Hands on every question, with its answers where its split has annotations; test questions have
  // none. Majority answers are counted in `answers`. Reasons of the quarantine: no_annotation,
  // unknown_question (an annotation or a pair without a question), image_mismatch.
  Status resolve(PictureExamples& examples, AnswerCounts& answers);

  // Annotations with another number of answers than ten.
  std::int64_t not_ten() const { return not_ten_; }

 private:
  struct Group;
  std::int64_t open(const std::filesystem::path& path);
  std::string source_of(std::int64_t file, std::int64_t index) const;
  Status read_question(std::int64_t file, std::int64_t index, const std::string& split,
                       const std::string& part, JsonView item);
  Status read_annotation(std::int64_t file, std::int64_t index, JsonView item);
  void unpack(std::span<const std::string> parts, Group& group);
  bool is_usable(const Group& group);

  Quarantine& quarantine_;
  GroupSort parts_;
  struct File {
    std::string name, list;
  };
  std::vector<File> files_;
  std::set<std::string> annotated_;  // splits
  std::int64_t order_ = 0, not_ten_ = 0;
};

}  // namespace unimo::stages
