#include <array>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/benchmarks/glue.h"
#include "stages/schema/official_counts.h"

namespace unimo::stages {

namespace {

Status run_glue(StageContext& context, const GlueTask& task, const TextBenchmarkIngest& params,
                std::span<const SplitInput> inputs) {
  auto files = UNIMO_TRY(benchmark_files(context, inputs));
  if (files.empty()) {
    return fail(ErrorCode::kInvalid, "no input; give at least one of train, dev, test");
  }
  Quarantine quarantine;
  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), task.name));
  ExampleSink sink(context, params, writer, quarantine);
  sink.expect(files);
  GlueReader reader(task, sink);
  std::int64_t cola_dev = 0;  // comes whole (GLUE) or in two files
  for (BenchmarkFile& file : files) {
    if (task.name == "cola" && file.name.starts_with("in_domain")) file.input.set = "in_domain";
    if (task.name == "cola" && file.name.starts_with("out_of_domain"))
      file.input.set = "out_of_domain";
    if (file.input.split == "val" && file.input.set == "in_domain") cola_dev += kColaInDomainDev;
    if (file.input.set == "out_of_domain") cola_dev += kColaOutOfDomainDev;
    UNIMO_TRY(reader.read(file));
  }
  if (cola_dev > 0) sink.expect("val", cola_dev);
  return finish_records(context, writer, quarantine, params.max_bad_share);
}

}  // namespace

Status run_ingest_sst2(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<TextBenchmarkIngest>());
  const auto inputs = three_splits(kSst2);
  return run_glue(context, sst2_task(), params, inputs);
}

Status run_ingest_cola(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<TextBenchmarkIngest>());
  const auto inputs = three_splits(kCola);
  return run_glue(context, cola_task(), params, inputs);
}

Status run_ingest_stsb(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<TextBenchmarkIngest>());
  const auto inputs = three_splits(kStsb);
  return run_glue(context, stsb_task(), params, inputs);
}

Status run_ingest_mnli(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<MnliIngest>());
  const std::array<SplitInput, 6> inputs{
      {{"train", "train", "", kMnliMatched.train},
       {"dev_matched", "val", "matched", kMnliMatched.val},
       {"dev_mismatched", "val", "mismatched", kMnliMismatched.val},
       {"test_matched", "test", "matched", kMnliMatched.test},
       {"test_mismatched", "test", "mismatched", kMnliMismatched.test},
       {"diagnostic", "test", "diagnostic", kMnliDiagnostic}}};
  return run_glue(context, mnli_task(params.digits), params, inputs);
}

}  // namespace unimo::stages
