// Any bytes as the files of VQA, SNLI-VE and SNLI; the first byte chooses. What is accepted is
// brought together and written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "stages/ingest/benchmarks/snli_ve.h"
#include "stages/ingest/benchmarks/vqa.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_stage.h"

namespace {

using namespace unimo::stages;  // NOLINT: one small file

constexpr std::string_view kQuestions =
    R"({"questions": [{"image_id": 1, "question": "Is it red?", "question_id": 10},
                      {"image_id": 2, "question": "How many?", "question_id": 20}]})";
constexpr std::string_view kAnnotations =
    R"({"annotations": [{"image_id": 1, "question_id": 10, "multiple_choice_answer": "yes",
                         "answers": [{"answer": "yes"}, {"answer": "no"}]}]})";

// What was read must be there to be written.
void write(FuzzStage& stage, PictureExamples& examples) {
  Quarantine quarantine;
  if (!unimo::remove_tree(stage.job.output)) std::abort();
  auto writer = RecordsWriter::create(stage.job.output, "fuzz").value();
  const auto finish = [](ExampleRecord&) { return unimo::ok(); };
  if (!examples.write({}, 0, writer, finish) || !writer.finish(quarantine)) std::abort();
  const auto visit = [](ExampleRecord&) { return unimo::ok(); };
  if (!visit_examples(stage.job.output, visit)) std::abort();
}

void read_vqa(FuzzStage& stage, std::string_view text, unsigned choice) {
  const auto file = [&](const char* name, std::string_view bytes) {
    return stage.folder.write(name, bytes);
  };
  Quarantine quarantine;
  VqaCorpus corpus(stage.folder.path(), quarantine);
  (void)corpus.read_questions(file("train2014_q.json", choice == 0 ? text : kQuestions))
      .has_value();
  (void)corpus.read_annotations(file("train2014_a.json", choice == 1 ? text : kAnnotations))
      .has_value();
  if (choice == 2) (void)corpus.read_pairs(file("train2014_pairs.json", text)).has_value();
  PictureExamples examples(stage.context, quarantine);
  AnswerCounts answers(stage.folder.path());
  if (!corpus.resolve(examples, answers) || !answers.list(1)) std::abort();
  write(stage, examples);
}

void read_answers(const FuzzStage& stage, std::string_view text) {
  const auto answers = AnswerList::read(stage.folder.write("answers.json", text));
  if (!answers) return;
  for (const auto& [answer, worth] : answers->soft_targets({"yes", "2", ""})) {
    if (!answers->contains(answer) || !(worth > 0 && worth <= 1)) std::abort();
  }
}

void read_snli(FuzzStage& stage, std::string_view text, unsigned choice) {
  Quarantine quarantine;
  PictureExamples examples(stage.context, quarantine);
  SnliVeCorpus corpus(examples, quarantine);
  if (choice == 4) {
    (void)corpus.read_rows(stage.folder.write("snli_ve_train.jsonl", text)).has_value();
  } else {
    const auto [list, rows] = fuzz_two_texts(text);
    const auto test = stage.folder.write("test.lst", "7.jpg\n");
    if (!corpus.read_lists(stage.folder.write("train_val.lst", list), test)) return;
    (void)corpus.read_snli(stage.folder.write("snli.jsonl", rows)).has_value();
  }
  write(stage, examples);
}

void normalise(std::string_view text) {
  const std::string once = normalise_vqa_answer(text);
  if (once.find("  ") != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static FuzzStage stage;
  const unsigned choice = fuzz_choice(data, size, 7);
  const std::string_view text = fuzz_text(data, size);
  switch (choice) {
    case 3: read_answers(stage, text); break;
    case 4:
    case 5: read_snli(stage, text, choice); break;
    case 6: normalise(text); break;
    default: read_vqa(stage, text, choice);
  }
  return 0;
}
