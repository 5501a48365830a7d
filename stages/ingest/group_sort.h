// What belongs to one key, together: the annotations of a picture, a question and its answers, from
// files of any size in any order.
//
//   GroupSort parts(context.output());
//   UNIMO_TRY(parts.add(image_id, Packer().whole(kCaption).text(text).take()));
//   UNIMO_TRY(parts.visit([&](std::uint64_t image_id, std::span<const std::string> of_image) { ...;
//   return ok(); }));
//
// One group at a time is in memory, and what SpillSort keeps. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"
#include "stages/ingest/spill_sort.h"

namespace unimo::stages {

class GroupSort {
 public:
  // Bytes of items in memory; several sorts live at once within a reader's few hundred megabytes.
  static constexpr std::size_t kBudget = 48 << 20;
  // A group with more bytes is kInvalid: real ones have some hundred kilobytes.
  static constexpr std::size_t kMaxGroupBytes = 128 << 20;

  // `folder` holds the temporary file, which has no name there.
  explicit GroupSort(std::filesystem::path folder) : items_(std::move(folder), kBudget) {}

  Status add(std::uint64_t key, std::string_view part) { return items_.add(key, part); }

  using Visitor = std::function<Status(std::uint64_t key, std::span<const std::string> parts)>;
  // Once, after the last add: keys ascending, the parts of a key in the order of adding. An error
  // of `visit` ends the walk; so does a request to stop (kCancelled).
  Status visit(const Visitor& visit);

  std::int64_t size() const { return items_.size(); }

 private:
  SpillSort items_;
};

// A key for ids that are text: their XXH3, as IdTable's. Two of ten million share one with
// probability 3e-6.
std::uint64_t key_of(std::string_view id);

}  // namespace unimo::stages
