#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/benchmarks/picture_examples.h"
#include "stages/ingest/benchmarks/vqa.h"
#include "stages/ingest/benchmarks/vqa_answers.h"
#include "stages/schema/image_benchmarks.h"
#include "stages/schema/official_counts.h"

namespace unimo::stages {

namespace {

// Whatever the order of the inputs: the questions of test-dev are among those of test.
void add_official(StageContext& context, RecordsWriter& writer) {
  constexpr std::pair<std::string_view, std::pair<const char*, std::int64_t>> kParts[] = {
      {"train2014", {"examples.train", kVqaQuestions.train}},
      {"val2014", {"examples.val", kVqaQuestions.val}},
      {"test-dev2015", {"examples.test", kVqaTestDev}},
      {"test2015", {"examples.test", kVqaQuestions.test}}};
  const auto questions = context.inputs("questions");
  for (const auto& [part, official] : kParts) {
    for (const InputItem& item : questions) {
      if (item.path.filename().string().find(part) != std::string::npos)
        writer.official(official.first, official.second);
    }
  }
}

Result<AnswerList> answer_list(StageContext& context, AnswerCounts& counts,
                               std::int64_t min_count) {
  if (!context.has_input("answers")) return counts.list(min_count);
  const auto path = UNIMO_TRY(context.input("answers"));
  return AnswerList::read(path);
}

}  // namespace

Status run_ingest_vqa(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<VqaIngest>());
  Quarantine quarantine;
  VqaCorpus corpus(context.output(), quarantine);
  for (const InputItem& item : context.inputs("questions"))
    UNIMO_TRY(corpus.read_questions(item.path));
  for (const InputItem& item : context.inputs("annotations"))
    UNIMO_TRY(corpus.read_annotations(item.path));
  for (const InputItem& item : context.inputs("pairs")) UNIMO_TRY(corpus.read_pairs(item.path));
  PictureExamples examples(context, quarantine);
  AnswerCounts counts(context.output());
  UNIMO_TRY(corpus.resolve(examples, counts));
  const AnswerList answers = UNIMO_TRY(answer_list(context, counts, params.min_answer_count));

  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "vqa"));
  if (corpus.not_ten() > 0) writer.note("annotations.not_ten_answers", corpus.not_ten());
  if (params.pictures.complete) add_official(context, writer);
  const auto finish = [&](ExampleRecord& example) -> Status {
    const auto people = example.extra.find("answers");
    if (people == example.extra.end()) return ok();  // a test question
    const auto targets = answers.soft_targets(people->get<std::vector<std::string>>());
    if (targets.empty()) writer.note("examples.answer_not_in_list");
    example.extra["soft_targets"] = targets;
    return ok();
  };
  UNIMO_TRY(examples.write(params.pictures, params.max_examples, writer, finish));
  writer.note("answers", static_cast<std::int64_t>(answers.answers().size()));
  UNIMO_TRY(write_json(context.output() / "answers.json", answers.answers()));
  return finish_records(context, writer, quarantine, params.pictures.max_bad_share);
}

}  // namespace unimo::stages
