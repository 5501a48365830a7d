#include "stages/ingest/benchmarks/cnndm.h"

#include <array>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/benchmarks/json_path.h"
#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace {

constexpr std::string_view kHighlight = "@highlight";

void append_line(std::string& text, std::string_view line) {
  if (!text.empty()) text += '\n';
  text += line;
}

// What stands between two marks, one a line; empty sentences go.
std::string split_at(std::string_view line, std::string_view mark) {
  std::string sentences;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find(mark, at), line.size());
    const std::string_view sentence = trim(line.substr(at, end - at));
    if (!sentence.empty()) append_line(sentences, sentence);
    at = end + mark.size();
  }
  return sentences;
}

// A list of lists of tokens, one sentence a line.
Result<std::string> token_lines(const JsonPath& sentences) {
  std::string text;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const JsonPath tokens = sentences.at(i);
    if (!tokens.value().is_array())
      return fail(ErrorCode::kInvalid, "{}: must be a list of tokens", tokens.path());
    std::string sentence;
    for (std::size_t j = 0; j < tokens.size(); ++j) {
      const auto token = UNIMO_TRY(tokens.text_at(j));
      if (!sentence.empty()) sentence += ' ';
      sentence += token;
    }
    if (!sentence.empty()) append_line(text, sentence);
  }
  return text;
}

}  // namespace

Story parse_story(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Story story;
  bool in_highlights = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = trim(text.substr(at, end - at));
    at = end + 1;
    if (line == kHighlight) {
      in_highlights = true;
    } else if (!line.empty()) {
      append_line(in_highlights ? story.highlights : story.article, line);
    }
  }
  return story;
}

std::pair<std::string, bool> sentence_lines(std::string_view line) {
  line = trim(line);
  if (line.starts_with("<t>")) {
    std::string inner;
    // "</t> <t>" ends one sentence and begins the next.
    for (std::size_t at = 0; at < line.size();) {
      const std::size_t end = std::min(line.find("<t>", at), line.size());
      std::string_view sentence = trim(line.substr(at, end - at));
      if (sentence.ends_with("</t>")) sentence = trim(sentence.substr(0, sentence.size() - 4));
      if (!sentence.empty()) append_line(inner, sentence);
      at = end + 3;
    }
    return {inner, true};
  }
  for (const std::string_view mark : {"<S_SEP>", "[X_SEP]", "<q>", "   "}) {
    if (line.find(mark) != std::string_view::npos) return {split_at(line, mark), true};
  }
  return {std::string(line), false};
}

Status read_summary_lines(const LineFiles& files, ExampleSink& sink) {
  return visit_line_pairs(files, [&](const LinePair& pair) -> Status {
    ExampleRecord example{.id = fmt::format("{}:{}", files.source.name, pair.number),
                          .split = files.source.input.split};
    auto [highlights, marked] = sentence_lines(pair.target);
    if (!marked) sink.note("targets.one_line");
    example.parts["article"] = trim(pair.source).starts_with("<t>")
                                   ? sentence_lines(pair.source).first
                                   : sink.tidy(pair.source);
    example.targets.push_back(std::move(highlights));
    return sink.add(pair.place, example);
  });
}

Status read_bertsum(const BenchmarkFile& file, ExampleSink& sink) {
  bool any = false;
  const auto visit = [&](std::string_view section, std::size_t index, Json& item) -> Status {
    if (!section.empty()) return ok();
    any = true;
    const std::string place = fmt::format("{}[{}]", file.name, index);
    const JsonPath path(place, item);
    ExampleRecord example{.id = fmt::format("{}#{}", file.name, index), .split = file.input.split};
    const auto texts = [&]() -> Status {
      const JsonPath source = UNIMO_TRY(path.list("src"));
      const JsonPath target = UNIMO_TRY(path.list("tgt"));
      example.parts["article"] = UNIMO_TRY(token_lines(source));
      example.targets.emplace_back();
      example.targets.back() = UNIMO_TRY(token_lines(target));
      return ok();
    }();
    if (!texts) return sink.refuse(place, example.id, "bad_field", texts.error().message);
    return sink.add(place, example);
  };
  UNIMO_TRY(stream_json(file.path, {}, visit));
  if (any) return ok();
  return fail(ErrorCode::kInvalid,
              "{}: is no list of objects with src and tgt; is it BertSum's json_data?",
              file.path.string());
}

Status run_ingest_cnndm(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<TextBenchmarkIngest>());
  const auto inputs = three_splits(kCnndm);
  const auto json = UNIMO_TRY(benchmark_files(context, inputs));
  const auto lines = UNIMO_TRY(line_files(context, kCnndm));
  StorySources sources{.scratch = context.output()};
  for (const InputItem& item : context.inputs("stories")) sources.stories.push_back(item.path);
  std::vector<BenchmarkFile> expected = json;
  for (const LineFiles& pair : lines) expected.push_back(pair.source);
  for (const SplitInput& input : inputs) {
    for (const InputItem& item : context.inputs(input.input + "_urls")) {
      sources.urls.emplace_back(item.path, input.split);
      expected.push_back({item.path, item.path.filename().string(), input});
    }
  }
  if (expected.empty() && sources.stories.empty()) {
    return fail(ErrorCode::kInvalid,
                "no input; give stories with URL lists, line pairs, or train, dev, test");
  }
  Quarantine quarantine;
  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "cnndm"));
  ExampleSink sink(context, params, writer, quarantine);
  sink.expect(expected);
  if (!sources.stories.empty() || !sources.urls.empty()) UNIMO_TRY(read_stories(sources, sink));
  for (const LineFiles& pair : lines) UNIMO_TRY(read_summary_lines(pair, sink));
  for (const BenchmarkFile& file : json) UNIMO_TRY(read_bertsum(file, sink));
  return finish_records(context, writer, quarantine, params.max_bad_share);
}

}  // namespace unimo::stages
