// Runs one reader of a benchmark on the bytes of a fuzzer, with everything it needs around it.
#pragma once

#include <cstdlib>
#include <functional>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/benchmarks/example_sink.h"
#include "tests/fuzz/fuzz_file.h"

namespace unimo::stages {

// A stage's surroundings, the same for all executions.
class FuzzStage {
 public:
  FuzzStage() {
    job.output = folder.path() / "output";
    std::filesystem::create_directory(job.output);
  }
  FuzzFolder folder;
  Job job;
  EventWriter events = EventWriter::open("/dev/null").value();
  StageContext context{job, events};
};

// Errors are what bad input gives; whatever was accepted must be readable again, as many as
// counted.
inline void fuzz_examples(FuzzStage& stage, const std::function<Status(ExampleSink&)>& read) {
  const TextBenchmarkIngest params{.max_bad_share = 1};
  Quarantine quarantine;
  const auto& output = stage.job.output;
  if (!remove_tree(output)) std::abort();
  auto writer = RecordsWriter::create(output, "fuzz").value();
  ExampleSink sink(stage.context, params, writer, quarantine);
  (void)read(sink).has_value();
  if (!writer.finish(quarantine)) std::abort();
  std::int64_t found = 0;
  const Status walked = visit_examples(output, [&](ExampleRecord&) {
    ++found;
    return ok();
  });
  if (!walked || found != writer.examples()) std::abort();
}

// The same for readers of one file.
inline void fuzz_reader(std::string_view text, const char* split,
                        const std::function<Status(const BenchmarkFile&, ExampleSink&)>& read) {
  static FuzzStage stage;
  const FuzzFile file(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  const BenchmarkFile input{file.path(), "fuzz", {"fuzz", split, "", 0}};
  fuzz_examples(stage, [&](ExampleSink& sink) { return read(input, sink); });
}

}  // namespace unimo::stages
