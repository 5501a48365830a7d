// Runs one reader of a text benchmark on the bytes of a fuzzer, with everything it needs around it.
#pragma once

#include <cstdlib>
#include <functional>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/benchmarks/example_sink.h"
#include "tests/fuzz/fuzz_file.h"

namespace unimo::stages {

// Errors are what bad input gives; whatever was accepted must be readable again, as many as
// counted.
inline void fuzz_reader(const std::uint8_t* data, std::size_t size, const char* split,
                        const std::function<Status(const BenchmarkFile&, ExampleSink&)>& read) {
  static const auto folder = TempDir::make("unimo-fuzz-").value();
  Job job;
  job.output = folder.path() / "output";
  auto events = EventWriter::open(folder.path() / "events.jsonl").value();
  StageContext context(job, events);
  const FuzzFile file(data, size);
  const TextBenchmarkIngest params{.max_bad_share = 1};
  Quarantine quarantine;
  if (!remove_tree(job.output)) std::abort();
  auto writer = RecordsWriter::create(job.output, "fuzz").value();
  ExampleSink sink(context, params, writer, quarantine);
  const BenchmarkFile input{file.path(), "fuzz", {"fuzz", split, "", 0}};
  (void)read(input, sink).has_value();
  if (!writer.finish(quarantine)) std::abort();
  std::int64_t found = 0;
  const Status walked = visit_examples(job.output, [&](ExampleRecord&) {
    ++found;
    return ok();
  });
  if (!walked || found != writer.examples()) std::abort();
}

}  // namespace unimo::stages
