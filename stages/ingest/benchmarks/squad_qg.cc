#include "stages/ingest/benchmarks/squad_qg.h"

#include <algorithm>

#include "stages/ingest/benchmarks/json_path.h"
#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/stream/line_reader.h"

namespace unimo::stages {

namespace {

constexpr std::string_view kSeparator = " [SEP] ";

// One article: all that its questions share.
struct Article {
  std::string title, split;
};

std::int64_t questions_of(const Json& article) {
  std::int64_t count = 0;
  if (!article.is_object() || !article.contains("paragraphs")) return 1;
  for (const Json& paragraph : article["paragraphs"]) {
    if (paragraph.is_object() && paragraph.contains("qas"))
      count += static_cast<std::int64_t>(paragraph["qas"].size());
  }
  return std::max<std::int64_t>(1, count);
}

// Where, if anywhere, the file shows that it is SQuAD 2.0.
std::optional<std::string> impossible_question(const JsonPath& qa) {
  if (qa.has("is_impossible")) return qa.path() + ".is_impossible";
  if (qa.has("plausible_answers")) return qa.path() + ".plausible_answers";
  return std::nullopt;
}

class ArticleReader {
 public:
  ArticleReader(const BenchmarkFile& file, const DocumentSplits* splits, ExampleSink& sink)
      : file_(file), splits_(splits), sink_(sink) {}

  Status read(const JsonPath& item) {
    const auto title = item.text("title");
    const auto paragraphs = item.list("paragraphs");
    if (!title || !paragraphs) {
      const Error error = title ? paragraphs.error() : title.error();
      return sink_.refuse(item.path(), item.path(), "bad_field", error.message,
                          questions_of(item.value()));
    }
    Article article{std::string(*title), file_.input.split};
    if (splits_ != nullptr) {
      const auto listed = splits_->find(*title);
      if (listed == splits_->end()) {
        return sink_.refuse(item.path(), *title, "unlisted_article", "no doclist has this title",
                            questions_of(item.value()));
      }
      article.split = listed->second;
    }
    for (std::size_t i = 0; i < paragraphs->size(); ++i)
      UNIMO_TRY(read_paragraph(paragraphs->at(i), article));
    return ok();
  }

 private:
  Status read_paragraph(const JsonPath& item, const Article& article) {
    const auto context = item.text("context");
    const auto qas = item.list("qas");
    if (!context || !qas) {
      const Error error = context ? qas.error() : context.error();
      const auto count = qas ? static_cast<std::int64_t>(qas->size()) : 1;
      return sink_.refuse(item.path(), item.path(), "bad_field", error.message, count);
    }
    const CodePoints points(*context);
    for (std::size_t i = 0; i < qas->size(); ++i) {
      const JsonPath qa = qas->at(i);
      if (const auto place = impossible_question(qa)) {
        return fail(ErrorCode::kInvalid,
                    "{}: {}: this is SQuAD 2.0; question generation is set on SQuAD 1.1: take "
                    "train-v1.1.json and dev-v1.1.json",
                    file_.path.string(), *place);
      }
      const Status read = read_question(qa, article, *context, points);
      if (!read && read.error().code == ErrorCode::kInvalid) {
        UNIMO_TRY(sink_.refuse(qa.path(), qa.path(), "bad_field", read.error().message));
      } else if (!read) {
        return read;
      }
    }
    return ok();
  }

  // kInvalid: a field is missing or of another kind.
  Status read_question(const JsonPath& qa, const Article& article, std::string_view context,
                       const CodePoints& points) {
    const auto id = UNIMO_TRY(qa.text("id"));
    const auto question = UNIMO_TRY(qa.text("question"));
    const JsonPath answers = UNIMO_TRY(qa.list("answers"));
    if (answers.size() == 0)
      return sink_.refuse(qa.path(), id, "no_answer", "the list of answers is empty");
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const auto text = UNIMO_TRY(answers.at(i).text("text"));
      UNIMO_TRY(answers.at(i).number("answer_start"));
      if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.emplace_back(text);
    }
    const auto start = UNIMO_TRY(answers.at(0).number("answer_start"));
    ExampleRecord example{.id = std::string(id), .split = article.split};
    example.parts = {{"passage", std::string(context)}, {"answer", sink_.tidy(texts.front())}};
    example.targets = {sink_.tidy(question)};
    example.extra = {{"form", "json"}, {"title", article.title}};
    if (texts.size() > 1) example.extra["answers"] = texts;
    sink_.saw_span();
    const bool inside = start >= 0 && start <= points.size();
    const std::size_t begin = inside ? points.byte(start) : 0;
    if (inside && context.substr(begin).starts_with(texts.front())) {
      example.extra["span"] = {begin, begin + texts.front().size()};
    } else {
      sink_.refuse_span(qa.path(), id,
                        fmt::format("answers[0].answer_start {}: \"{}\" does not stand there",
                                    start, texts.front()));
    }
    return sink_.add(qa.path(), example);
  }

  const BenchmarkFile& file_;
  const DocumentSplits* splits_;
  ExampleSink& sink_;
};

}  // namespace

Status read_doclist(const std::filesystem::path& path, const std::string& split,
                    DocumentSplits& splits) {
  LineReader lines = UNIMO_TRY(LineReader::open(path, {}));
  LineReader::Line line;
  while (UNIMO_TRY(lines.next(line))) {
    const std::string title(trim(line.text));
    if (title.empty()) continue;
    const auto [place, added] = splits.emplace(title, split);
    if (!added && place->second != split) {
      return fail(ErrorCode::kInvalid,
                  "{}:{}: the article {} is in {} already; splits must not mix", path.string(),
                  line.number, title, place->second);
    }
  }
  return ok();
}

Status read_squad(const BenchmarkFile& file, const DocumentSplits* splits, ExampleSink& sink) {
  bool any = false;
  ArticleReader reader(file, splits, sink);
  const auto visit = [&](std::string_view section, std::size_t index, Json& item) -> Status {
    if (section != "data" && !section.empty()) return ok();
    any = true;
    return reader.read(JsonPath(fmt::format("{} data[{}]", file.name, index), item));
  };
  UNIMO_TRY(stream_json(file.path, {}, visit));
  if (any) return ok();
  return fail(ErrorCode::kInvalid, "{}: holds no articles under \"data\"; is it SQuAD's file?",
              file.path.string());
}

std::string join_word_pieces(std::string_view pieces) {
  std::string words;
  for (std::size_t at = 0; at < pieces.size();) {
    const std::size_t end = std::min(pieces.find(' ', at), pieces.size());
    const std::string_view piece = pieces.substr(at, end - at);
    if (piece.size() > 2 && piece.starts_with("##") && !words.empty()) {
      words += piece.substr(2);
    } else if (!piece.empty()) {
      if (!words.empty()) words += ' ';
      words += piece;
    }
    at = end + 1;
  }
  return words;
}

Status read_question_lines(const LineFiles& files, ExampleSink& sink) {
  std::optional<bool> unilm;  // the first line tells for all
  return visit_line_pairs(files, [&](const LinePair& pair) -> Status {
    ExampleRecord example{.id = fmt::format("{}:{}", files.source.name, pair.number),
                          .split = files.source.input.split};
    const auto separator = pair.source.rfind(kSeparator);
    const bool separated = separator != std::string_view::npos;
    if (!unilm) unilm = separated;
    if (*unilm && !separated) {
      return sink.refuse(pair.place, example.id, "no_separator",
                         "no [SEP] between paragraph and answer, as the first line has it");
    }
    if (*unilm) {
      example.parts["passage"] = join_word_pieces(pair.source.substr(0, separator));
      example.parts["answer"] = join_word_pieces(pair.source.substr(separator + kSeparator.size()));
      example.targets = {join_word_pieces(pair.target)};
      example.extra["form"] = "unilm";
      return sink.add(pair.place, example);
    }
    example.targets = {sink.tidy(pair.target)};
    example.extra["form"] = files.paragraph ? "paragraph" : "sentence";
    if (files.paragraph) example.parts["sentence"] = sink.tidy(pair.source);
    example.parts["passage"] = sink.tidy(files.paragraph ? pair.paragraph : pair.source);
    return sink.add(pair.place, example);
  });
}

}  // namespace unimo::stages
