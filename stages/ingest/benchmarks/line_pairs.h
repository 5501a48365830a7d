// Text files whose lines belong together: line i of the source to line i of the target.
//
//   UNIMO_TRY(visit_line_pairs({.source = a, .target = b}, [&](const LinePair& pair) { ... }));
//
// Lines end at line feeds alone. Files of different lengths are refused with both numbers, once
// both were read to their ends.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/benchmarks/example_sink.h"

namespace unimo::stages {

struct LineFiles {
  BenchmarkFile source;
  std::filesystem::path target;
  std::optional<std::filesystem::path> paragraph;
};

struct LinePair {
  std::int64_t number = 0;  // from 1
  std::string place;        // of the source line: "test.src.txt:7"
  std::string_view source, target, paragraph;
};

using PairVisitor = std::function<Status(const LinePair& pair)>;

Status visit_line_pairs(const LineFiles& files, const PairVisitor& visit);

// The inputs {train,dev,test}_source, _target and _paragraph, brought together by their order.
// kInvalid: other numbers of files on one side, a target where a source must be (told by names such
// as src, article, tgt, title), and what benchmark_files refuses. `official`: pairs of each split.
Result<std::vector<LineFiles>> line_files(const StageContext& context, const SplitCounts& official);

}  // namespace unimo::stages
