// Texts that must stay out of a pack: exclude_texts.txt of the stage decontaminate.
//
// A line is the id of a text or of a whole document, or the id of a document, a tab, and the number
// of one of its sentences, from 0. 16 bytes of memory a line at most. Nothing changes after
// reading: all calls may overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/job.h"
#include "stages/ingest/id_table.h"

namespace unimo::stages {

class ExcludedTexts {
 public:
  // kInvalid, naming file and line, when what stands behind a tab is no number.
  static Result<ExcludedTexts> read(std::span<const InputItem> files);

  // A text, or a document as a whole.
  bool has(std::string_view id) const { return lines_.contains(id); }
  bool has_sentence(std::string_view document, std::size_t sentence) const;
  // Different lines.
  std::size_t size() const { return lines_.size(); }

 private:
  IdTable lines_;
};

}  // namespace unimo::stages
