#include "stages/ingest/benchmarks/coqa.h"

#include <algorithm>
#include <array>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/benchmarks/json_path.h"
#include "stages/ingest/stream/json_stream.h"

namespace unimo::stages {

namespace {

// Those that the official scorer knows.
constexpr std::array<std::string_view, 7> kSources{"mctest",    "gutenberg", "race",   "cnn",
                                                   "wikipedia", "reddit",    "science"};

struct Answer {
  std::string text, rationale;
  std::int64_t begin = -1, end = -1;  // code points of the story
  std::int64_t turn = 0;
  bool bad = false;
};

struct Conversation {
  std::string id, source, story;
  std::vector<std::string> questions;
  std::vector<Answer> answers;
  std::vector<std::vector<Answer>> additional;
};

Result<Answer> parse_answer(const JsonPath& item) {
  Answer answer;
  answer.text = UNIMO_TRY(item.text("input_text"));
  answer.rationale = UNIMO_TRY(item.text("span_text"));
  answer.begin = UNIMO_TRY(item.number("span_start"));
  answer.end = UNIMO_TRY(item.number("span_end"));
  answer.turn = UNIMO_TRY(item.number("turn_id"));
  if (item.has("bad_turn")) {
    const Json& bad = item.value()["bad_turn"];
    answer.bad = bad == "true" || bad == true;
  }
  return answer;
}

Result<std::vector<Answer>> parse_answers(const JsonPath& list, std::size_t turns) {
  if (list.size() != turns) {
    return fail(ErrorCode::kInvalid, "{}: {} answers to {} questions", list.path(), list.size(),
                turns);
  }
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < turns; ++i) {
    Answer answer = UNIMO_TRY(parse_answer(list.at(i)));
    answers.push_back(std::move(answer));
  }
  return answers;
}

Result<Conversation> parse_conversation(const JsonPath& item, bool needs_additional) {
  Conversation talk;
  talk.id = UNIMO_TRY(item.text("id"));
  talk.source = UNIMO_TRY(item.text("source"));
  talk.story = UNIMO_TRY(item.text("story"));
  const JsonPath questions = UNIMO_TRY(item.list("questions"));
  const JsonPath answers = UNIMO_TRY(item.list("answers"));
  talk.answers = UNIMO_TRY(parse_answers(answers, questions.size()));
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const JsonPath question = questions.at(i);
    const auto text = UNIMO_TRY(question.text("input_text"));
    const auto turn = UNIMO_TRY(question.number("turn_id"));
    if (turn != talk.answers[i].turn) {
      return fail(ErrorCode::kInvalid, "{}.turn_id: {}, but its answer has {}", question.path(),
                  turn, talk.answers[i].turn);
    }
    talk.questions.emplace_back(text);
  }
  if (!needs_additional && !item.has("additional_answers")) return talk;
  const JsonPath additional = UNIMO_TRY(item.object("additional_answers"));
  for (const auto& [key, list] : additional.value().items()) {
    const JsonPath path = UNIMO_TRY(additional.list(key.c_str()));
    auto more = UNIMO_TRY(parse_answers(path, questions.size()));
    for (std::size_t i = 0; i < more.size(); ++i) {
      if (more[i].turn != talk.answers[i].turn) {
        return fail(ErrorCode::kInvalid, "{}[{}].turn_id: {}, but the question has {}", path.path(),
                    i, more[i].turn, talk.answers[i].turn);
      }
    }
    talk.additional.push_back(std::move(more));
  }
  return talk;
}

// The turns of a conversation that could not be read, as far as they can be counted.
std::int64_t turns_of(const Json& item) {
  if (!item.is_object()) return 1;
  const auto questions = item.find("questions");
  return questions != item.end() && questions->is_array() && !questions->empty()
             ? static_cast<std::int64_t>(questions->size())
             : 1;
}

class TurnWriter {
 public:
  TurnWriter(const BenchmarkFile& file, ExampleSink& sink) : file_(file), sink_(sink) {}

  Status write(const Conversation& talk, const std::string& place) {
    const CodePoints points(talk.story);
    std::vector<Turn> history;
    for (std::size_t i = 0; i < talk.questions.size(); ++i) {
      const Answer& answer = talk.answers[i];
      ExampleRecord example{.id = fmt::format("{}#{}", talk.id, answer.turn),
                            .split = file_.input.split,
                            .history = history};
      const std::string turn_place = fmt::format("{}.questions[{}]", place, i);
      example.parts = {{"story", talk.story}, {"question", sink_.tidy(talk.questions[i])}};
      example.targets.push_back(sink_.tidy(answer.text));
      for (const auto& more : talk.additional) example.targets.push_back(sink_.tidy(more[i].text));
      example.extra = {
          {"source", talk.source}, {"turn", answer.turn}, {"rationale", answer.rationale}};
      if (answer.bad) example.extra["bad_turn"] = true;
      if (answer.bad) sink_.note("turns.bad");
      if (answer.turn != static_cast<std::int64_t>(i) + 1) sink_.note("turns.out_of_order");
      add_span(talk, points, answer, turn_place, example);
      UNIMO_TRY(sink_.add(turn_place, example));
      history.push_back({example.parts["question"], example.targets.front()});
    }
    return ok();
  }

 private:
  void add_span(const Conversation& talk, const CodePoints& points, const Answer& answer,
                const std::string& place, ExampleRecord& example) {
    if (answer.begin == -1 && answer.end == -1) {
      sink_.note(answer.text == "unknown" ? "answers.unknown" : "spans.absent");
      return;
    }
    sink_.saw_span();
    if (answer.begin < 0 || answer.end < answer.begin || answer.end > points.size()) {
      sink_.refuse_span(place, example.id,
                        fmt::format("[{}, {}) is not inside the story's {} characters",
                                    answer.begin, answer.end, points.size()));
      return;
    }
    const std::size_t begin = points.byte(answer.begin), end = points.byte(answer.end);
    const std::string_view found = std::string_view(talk.story).substr(begin, end - begin);
    if (trim(found) != trim(answer.rationale)) {
      sink_.refuse_span(place, example.id,
                        fmt::format("[{}, {}) of the story is \"{}\", not \"{}\"", answer.begin,
                                    answer.end, found, answer.rationale));
      return;
    }
    example.extra["span"] = {begin, end};
  }

  const BenchmarkFile& file_;
  ExampleSink& sink_;
};

}  // namespace

Status read_coqa(const BenchmarkFile& file, ExampleSink& sink) {
  bool any = false;
  TurnWriter writer(file, sink);
  const auto visit = [&](std::string_view section, std::size_t index, Json& item) -> Status {
    if (section != "data") return ok();
    any = true;
    const JsonPath path(fmt::format("{} data[{}]", file.name, index), item);
    const auto talk = parse_conversation(path, file.input.split == "val");
    const std::string id =
        path.has("id") && item["id"].is_string() ? item["id"].get<std::string>() : path.path();
    if (!talk)
      return sink.refuse(path.path(), id, "bad_field", talk.error().message, turns_of(item));
    if (std::find(kSources.begin(), kSources.end(), talk->source) == kSources.end()) {
      return sink.refuse(path.path(), id, "unknown_source",
                         fmt::format("{}.source: \"{}\"", path.path(), talk->source),
                         turns_of(item));
    }
    return writer.write(*talk, path.path());
  };
  UNIMO_TRY(stream_json(file.path, {}, visit));
  if (any) return ok();
  return fail(ErrorCode::kInvalid, "{}: holds no conversations under \"data\"; is it CoQA's file?",
              file.path.string());
}

Status run_ingest_coqa(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<TextBenchmarkIngest>());
  const auto inputs = three_splits(kCoqaTurns);
  const auto files = UNIMO_TRY(benchmark_files(context, inputs));
  if (files.empty()) return fail(ErrorCode::kInvalid, "no input; give train or dev");
  Quarantine quarantine;
  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "coqa"));
  ExampleSink sink(context, params, writer, quarantine);
  sink.expect(files);
  for (const BenchmarkFile& file : files) UNIMO_TRY(read_coqa(file, sink));
  return finish_records(context, writer, quarantine, params.max_bad_share);
}

}  // namespace unimo::stages
