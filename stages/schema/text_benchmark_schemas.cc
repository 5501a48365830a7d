#include "stages/schema/tables.h"
#include "stages/schema/text_benchmarks.h"

namespace unimo::stages {

namespace {

std::vector<InputSpec> splits() {
  return {{"train", false, true, "files for training"},
          {"dev", false, true, "files of the development split"},
          {"test", false, true, "files of the test split"}};
}

// {train,dev,test}_source and the other sides of lines that belong together.
std::vector<InputSpec> line_pairs(const std::vector<std::string>& sides) {
  std::vector<InputSpec> inputs;
  for (const char* split : {"train", "dev", "test"}) {
    for (const std::string& side : sides) {
      inputs.push_back({fmt::format("{}_{}", split, side), false, true,
                        fmt::format("one {} a line, in the order of the other sides", side)});
    }
  }
  return inputs;
}

std::vector<InputSpec> together(const std::vector<std::vector<InputSpec>>& lists) {
  std::vector<InputSpec> inputs;
  for (const auto& list : lists) inputs.insert(inputs.end(), list.begin(), list.end());
  return inputs;
}

std::vector<InputSpec> mnli_sets() {
  return {{"dev_matched", false, true, "dev_matched.tsv"},
          {"dev_mismatched", false, true, "dev_mismatched.tsv"},
          {"test_matched", false, true, "test_matched.tsv"},
          {"test_mismatched", false, true, "test_mismatched.tsv"},
          {"diagnostic", false, true, "diagnostic.tsv (AX)"}};
}

template <class C>
StageSchema ingest(std::string name, std::string description, std::vector<InputSpec> inputs) {
  auto schema = schema_for<C>("ingest." + std::move(name), std::move(description));
  schema.inputs = std::move(inputs);
  return schema;
}

StageSchema export_unimo() {
  auto schema = schema_for<UnimoExport>(
      "export.unimo", "examples of a text benchmark to the TSV files that UNIMO's scripts read");
  schema.inputs = {{"examples", true, false, "records of one of the text benchmarks"},
                   {"bpe", false, false, "encoder.json, vocab.bpe, vocab.txt; for generation"}};
  return schema;
}

}  // namespace

std::vector<StageSchema> text_benchmark_schemas() {
  using Common = TextBenchmarkIngest;
  const std::vector<InputSpec> doclists = {
      {"json", false, true, "train-v1.1.json, dev-v1.1.json; the doclists split them"},
      {"doclist_train", false, false, "titles of the articles for training"},
      {"doclist_dev", false, false, "titles of the articles of the development split"},
      {"doclist_test", false, false, "titles of the articles of the test split"}};
  const std::vector<InputSpec> stories = {
      {"stories", false, true, "folders or archives of .story files"},
      {"train_urls", false, true, "all_train.txt: addresses, one a line"},
      {"dev_urls", false, true, "all_val.txt"},
      {"test_urls", false, true, "all_test.txt"}};
  const std::vector<InputSpec> unimo = {
      {"bpe", false, false, "the tokenizer's folder; for generation"},
      {"ids", false, true, "NAME.ids.tsv of every NAME.tsv, in the order of the inputs above"}};
  return {ingest<Common>("sst2", "SST-2 in GLUE's files to examples", splits()),
          ingest<MnliIngest>(
              "mnli", "MNLI in GLUE's or its own files to examples",
              together({{{"train", false, true, "train.tsv, multinli_1.0_train.txt or .jsonl"}},
                        mnli_sets()})),
          ingest<Common>("cola", "CoLA in GLUE's or its own files to examples", splits()),
          ingest<Common>("stsb", "STS-B in GLUE's or its own files to examples", splits()),
          ingest<Common>("coqa", "CoQA's conversations to examples, one a turn", splits()),
          ingest<SquadQgIngest>(
              "squad_qg", "question generation from SQuAD 1.1, Du's split, to examples",
              together({doclists, splits(), line_pairs({"source", "target", "paragraph"})})),
          ingest<Common>("cnndm", "CNN/DailyMail in any of its forms to examples",
                         together({stories, splits(), line_pairs({"source", "target"})})),
          ingest<Common>("gigaword", "Gigaword's sentences and headlines to examples",
                         line_pairs({"source", "target"})),
          ingest<UnimoIngest>("unimo", "UNIMO's own released TSV files to examples",
                              together({splits(), mnli_sets(), unimo})),
          export_unimo()};
}

}  // namespace unimo::stages
