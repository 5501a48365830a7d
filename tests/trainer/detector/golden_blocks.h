// The reference outputs of the parts of the detector (golden/detector/blocks.json of the shared
// data).
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "orchestrator/base/json.h"
#include "trainer/detector/box.h"

namespace unimo::trainer {

inline std::optional<Json> golden_blocks() {
  const std::filesystem::path path =
      std::filesystem::path(UNIMO_SHARED_DATA) / "golden/detector/blocks.json";
  if (!std::filesystem::exists(path)) return std::nullopt;
  return read_json(path).value();
}

inline Box box_of(const Json& corners, std::size_t first = 0) {
  return {corners.at(first).get<float>(), corners.at(first + 1).get<float>(),
          corners.at(first + 2).get<float>(), corners.at(first + 3).get<float>()};
}

inline std::vector<Box> boxes_of(const Json& list) {
  std::vector<Box> boxes;
  for (const Json& corners : list) boxes.push_back(box_of(corners));
  return boxes;
}

}  // namespace unimo::trainer

// Ends the test, visibly, where the shared data are absent.
#define UNIMO_GOLDEN_BLOCKS(name)                                            \
  const auto name##_read = ::unimo::trainer::golden_blocks();                \
  if (!name##_read) GTEST_SKIP() << "no golden/detector in the shared data"; \
  const ::unimo::Json& name = *name##_read
