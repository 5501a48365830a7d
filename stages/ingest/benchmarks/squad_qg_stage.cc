#include <array>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/benchmarks/squad_qg.h"

namespace unimo::stages {

namespace {

Result<DocumentSplits> read_doclists(const StageContext& context) {
  constexpr std::array<std::array<const char*, 2>, 3> kLists{
      {{"doclist_train", "train"}, {"doclist_dev", "val"}, {"doclist_test", "test"}}};
  DocumentSplits splits;
  for (const auto& [input, split] : kLists) {
    for (const InputItem& item : context.inputs(input))
      UNIMO_TRY(read_doclist(item.path, split, splits));
  }
  return splits;
}

// Zhao et al. 2018 test on what Du et al. develop on.
std::string reversed(const std::string& split) {
  if (split == "val") return "test";
  return split == "test" ? "val" : split;
}

// All that the stage reads.
struct Inputs {
  std::vector<BenchmarkFile> listed;  // JSON that the doclists split
  std::vector<BenchmarkFile> json;    // JSON of one split
  std::vector<LineFiles> lines;
  DocumentSplits splits;

  static Result<Inputs> find(const StageContext& context) {
    Inputs inputs;
    const SplitInput any{"json", "", "", 0};
    // The name of train-v1.1.json tells nothing here: the lists split it into train and test.
    for (const InputItem& item : context.inputs(any.input))
      inputs.listed.push_back({item.path, item.path.filename().string(), any});
    inputs.splits = UNIMO_TRY(read_doclists(context));
    if (!inputs.listed.empty() && inputs.splits.empty()) {
      return fail(ErrorCode::kInvalid,
                  "the input json needs doclist_train, doclist_dev and doclist_test; or give files "
                  "of one split as train, dev, test");
    }
    const auto one_split = three_splits(kSquadQuestions);
    inputs.json = UNIMO_TRY(benchmark_files(context, one_split));
    inputs.lines = UNIMO_TRY(line_files(context, kSquadSentences));
    if (inputs.listed.empty() && inputs.json.empty() && inputs.lines.empty()) {
      return fail(ErrorCode::kInvalid,
                  "no input; give json with doclists, train, dev, test, or line pairs");
    }
    return inputs;
  }

  void reverse() {
    for (auto& [title, split] : splits) split = reversed(split);
    for (BenchmarkFile& file : json) file.input.split = reversed(file.input.split);
    for (LineFiles& pair : lines) pair.source.input.split = reversed(pair.source.input.split);
  }
};

// The official sizes of what is given.
void expect(const Inputs& inputs, bool reverse, ExampleSink& sink) {
  std::vector<BenchmarkFile> files = inputs.json;
  for (const LineFiles& pair : inputs.lines) files.push_back(pair.source);
  sink.expect(files);
  if (inputs.listed.empty()) return;
  for (const auto& [title, split] : inputs.splits) {
    const std::string original = reverse ? reversed(split) : split;
    sink.expect(split, original == "train" ? kSquadQuestions.train
                       : original == "val" ? kSquadQuestions.val
                                           : kSquadQuestions.test);
  }
}

}  // namespace

Status run_ingest_squad_qg(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<SquadQgIngest>());
  Inputs inputs = UNIMO_TRY(Inputs::find(context));
  if (params.reversed_split) inputs.reverse();
  Quarantine quarantine;
  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "squad_qg"));
  ExampleSink sink(context, params, writer, quarantine);
  expect(inputs, params.reversed_split, sink);
  for (const BenchmarkFile& file : inputs.listed) UNIMO_TRY(read_squad(file, &inputs.splits, sink));
  for (const BenchmarkFile& file : inputs.json) UNIMO_TRY(read_squad(file, nullptr, sink));
  for (const LineFiles& pair : inputs.lines) UNIMO_TRY(read_question_lines(pair, sink));
  return finish_records(context, writer, quarantine, params.max_bad_share);
}

}  // namespace unimo::stages
