// What the readers of text benchmarks share: the files of their inputs, and what becomes of each
// example they find.
//
//   const auto files = UNIMO_TRY(benchmark_files(context, {{.input = "dev", .split = "val"}}));
//   ExampleSink sink(context, params, writer, quarantine);
//   UNIMO_TRY(sink.add("dev.tsv:12", {.id = "dev.tsv:12", ...}));   // or sink.refuse(...)
//   return finish_records(context, writer, quarantine, params.max_bad_share);
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/schema/official_counts.h"
#include "stages/schema/text_benchmarks.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

// An input of a stage and the split that its files are.
struct SplitInput {
  std::string input;      // "dev_matched"
  std::string split;      // "val"
  std::string set;        // "matched", where a split has several sets
  std::int64_t official;  // examples of the complete publication
};

// Inputs train, dev and test, each a split of its own.
std::array<SplitInput, 3> three_splits(const SplitCounts& official);

struct BenchmarkFile {
  std::filesystem::path path;
  std::string name;  // without folders and the ending of a compression: what ids are made of
  SplitInput input;
};

// The files of the inputs that are given, in order. kInvalid: a folder, two files of one name when
// ids are made of it, a name that tells another split or set than the input.
Result<std::vector<BenchmarkFile>> benchmark_files(const StageContext& context,
                                                   std::span<const SplitInput> inputs,
                                                   bool ids_of_names = true);

// The splits that a file's name tells ("train", "val", "test"): of "dev_matched.tsv" it is "val".
// None when it tells nothing.
std::vector<std::string> splits_in_name(std::string_view name);

// Without ASCII white space at both ends.
std::string_view trim(std::string_view text);

// Hands examples to the writer, or says in the quarantine why not. One thread.
class ExampleSink {
 public:
  ExampleSink(StageContext& context, const TextBenchmarkIngest& params, RecordsWriter& writer,
              Quarantine& quarantine);

  // Reasons of the quarantine: empty_part (a part or a target without text), invalid_utf8,
  // duplicate_id. Beyond max_examples of its split the example is only counted, as
  // skipped.max_examples. kCancelled when the stage was asked to stop.
  Status add(std::string_view place, const ExampleRecord& example);

  // `count` examples that cannot be used, for one reason.
  Status refuse(std::string_view place, std::string_view id, std::string_view reason,
                std::string_view detail, std::int64_t count = 1);

  // A span that does not fit its text, of an example that stays.
  void refuse_span(std::string_view place, std::string_view id, std::string_view detail);
  void saw_span() { quarantine_.saw(Item::kSpan); }

  // Counts of what was changed or left out without being bad.
  void note(std::string_view name, std::int64_t count = 1) { writer_.note(name, count); }

  // Trims, and counts it as texts.trimmed.
  std::string tidy(std::string_view text);

  // With the parameter complete: the sum of these inputs' official counts for each split, of those
  // that are given.
  void expect(std::span<const BenchmarkFile> files);
  void expect(const std::string& split, std::int64_t official);

 private:
  Status count_one();
  StageContext& context_;
  const TextBenchmarkIngest& params_;
  RecordsWriter& writer_;
  Quarantine& quarantine_;
  std::map<std::string, std::int64_t, std::less<>> added_;     // by split
  std::map<std::string, std::int64_t, std::less<>> expected_;  // by split
  std::int64_t seen_ = 0;
};

}  // namespace unimo::stages
