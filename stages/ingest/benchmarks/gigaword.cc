#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/benchmarks/line_pairs.h"

namespace unimo::stages {

namespace {

std::int64_t count_word(std::string_view text, std::string_view word) {
  std::int64_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (text.substr(at, end - at) == word) ++count;
    at = end + 1;
  }
  return count;
}

// Rare words are <unk> in train and dev and UNK in test; they stay as they are.
void count_unknown(const ExampleRecord& example, ExampleSink& sink) {
  for (const std::string* text : {&example.parts.at("sentence"), &example.targets.front()}) {
    const std::int64_t marked = count_word(*text, "<unk>"), plain = count_word(*text, "UNK");
    if (marked > 0) sink.note("words.unk", marked);
    if (plain > 0) sink.note("words.UNK", plain);
  }
}

}  // namespace

Status run_ingest_gigaword(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<TextBenchmarkIngest>());
  const auto files = UNIMO_TRY(line_files(context, kGigaword));
  if (files.empty()) return fail(ErrorCode::kInvalid, "no input; give line pairs of a split");
  Quarantine quarantine;
  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "gigaword"));
  ExampleSink sink(context, params, writer, quarantine);
  std::vector<BenchmarkFile> expected;
  for (const LineFiles& pair : files) expected.push_back(pair.source);
  sink.expect(expected);
  for (const LineFiles& some : files) {
    UNIMO_TRY(visit_line_pairs(some, [&](const LinePair& pair) -> Status {
      if (trim(pair.source).empty() && trim(pair.target).empty()) {
        sink.note("pairs.blank");
        return ok();
      }
      ExampleRecord example{.id = fmt::format("{}:{}", some.source.name, pair.number),
                            .split = some.source.input.split};
      example.parts["sentence"] = sink.tidy(pair.source);
      example.targets.push_back(sink.tidy(pair.target));
      count_unknown(example, sink);
      return sink.add(pair.place, example);
    }));
  }
  return finish_records(context, writer, quarantine, params.max_bad_share);
}

}  // namespace unimo::stages
