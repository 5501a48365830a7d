// Any bytes as stories, their addresses, BertSum's JSON, parallel lines of summaries and questions,
// and lists of articles; the first byte chooses.
#include "stages/ingest/benchmarks/cnndm.h"
#include "stages/ingest/benchmarks/squad_qg.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_stage.h"

namespace {

using namespace unimo::stages;  // NOLINT: one small file

// SHA-1 of "a".
constexpr const char* kStory = "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8.story";

void read_story_text(std::string_view text) {
  const Story story = parse_story(text);
  if (story.highlights.find("\n\n") != std::string::npos) std::abort();
  const auto [lines, marked] = sentence_lines(text);
  if (!marked && lines != trim(text)) std::abort();
}

// The parts of the text are the story of the address "a" and a list of addresses.
void read_story_files(FuzzStage& stage, std::string_view text) {
  const auto [story, urls] = fuzz_two_texts(text);
  StorySources sources{.stories = {stage.folder.write(kStory, story)},
                       .urls = {{stage.folder.write("urls.txt", urls), "train"},
                                {stage.folder.write("more.txt", "a\n"), "test"}},
                       .scratch = stage.folder.path()};
  fuzz_examples(stage, [&](ExampleSink& sink) { return read_stories(sources, sink); });
}

void read_lines_of(FuzzStage& stage, std::string_view text, bool summaries) {
  const auto [source, rest] = fuzz_two_texts(text);
  const auto [target, paragraph] = fuzz_two_texts(rest);
  LineFiles files{{stage.folder.write("source.txt", source), "source.txt", {"", "val", "", 0}},
                  stage.folder.write("target.txt", target),
                  {}};
  if (!paragraph.empty()) files.paragraph = stage.folder.write("paragraph.txt", paragraph);
  fuzz_examples(stage, [&](ExampleSink& sink) {
    return summaries ? read_summary_lines(files, sink) : read_question_lines(files, sink);
  });
}

void read_titles(const FuzzStage& stage, std::string_view text) {
  DocumentSplits splits;
  const auto [train, test] = fuzz_two_texts(text);
  if (!read_doclist(stage.folder.write("train.txt", train), "train", splits)) return;
  (void)read_doclist(stage.folder.write("test.txt", test), "test", splits).has_value();
  for (const auto& [title, split] : splits) {
    if (title.empty() || split.empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static FuzzStage stage;
  const unsigned choice = fuzz_choice(data, size, 6);
  const std::string_view text = fuzz_text(data, size);
  switch (choice) {
    case 0: read_story_text(text); break;
    case 1: read_story_files(stage, text); break;
    case 2: fuzz_reader(text, "test", read_bertsum); break;
    case 3: read_lines_of(stage, text, true); break;
    case 4: read_lines_of(stage, text, false); break;
    default: read_titles(stage, text); break;
  }
  return 0;
}
