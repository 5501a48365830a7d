#include "stages/ingest/benchmarks/line_pairs.h"

#include <algorithm>
#include <utility>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/stream/line_reader.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// One side, line by line; knows how many lines there were.
struct Side {
  LineReader reader;
  LineReader::Line line;
  std::int64_t lines = 0;

  static Result<Side> open(const fs::path& path) {
    LineReader reader = UNIMO_TRY(LineReader::open(path, {}));
    return Side{std::move(reader), {}, 0};
  }
  Result<bool> next() {
    const bool more = UNIMO_TRY(reader.next(line));
    if (more) ++lines;
    return more;
  }
  Status count_rest() {
    while (UNIMO_TRY(next())) {
    }
    return ok();
  }
};

enum class Role { kUnknown, kSource, kTarget };

// What the name tells: "train.article.txt" is a source, "tgt-dev.txt" a target.
Role role_of(std::string_view name) {
  const auto has_word = [&](std::string_view word) {
    for (auto at = name.find(word); at != std::string_view::npos; at = name.find(word, at + 1)) {
      const auto is_letter = [&](std::size_t i) {
        return i < name.size() &&
               ((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z'));
      };
      if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + word.size())) return true;
    }
    return false;
  };
  const auto any = [&](std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), has_word);
  };
  const bool source = any({"src", "source", "article", "input", "pa"});
  const bool target = any({"tgt", "target", "title", "summary", "ref", "q"});
  if (source == target) return Role::kUnknown;
  return source ? Role::kSource : Role::kTarget;
}

Status check_roles(const fs::path& source, const fs::path& target) {
  if (role_of(source.filename().string()) != Role::kTarget &&
      role_of(target.filename().string()) != Role::kSource)
    return ok();
  return fail(ErrorCode::kInvalid,
              "{} is given as the source of {}, but their names say the opposite; swap the inputs",
              source.string(), target.string());
}

Result<std::vector<LineFiles>> files_of_split(const StageContext& context, const std::string& name,
                                              const SplitInput& input) {
  SplitInput side = input;
  side.input = name + "_source";
  const auto sources = UNIMO_TRY(benchmark_files(context, {&side, 1}));
  side.input = name + "_target";
  const auto targets = UNIMO_TRY(benchmark_files(context, {&side, 1}));
  side.input = name + "_paragraph";
  const auto paragraphs = UNIMO_TRY(benchmark_files(context, {&side, 1}));
  if (sources.size() != targets.size() ||
      (!paragraphs.empty() && paragraphs.size() != sources.size())) {
    return fail(ErrorCode::kInvalid,
                "the input {0}_source has {1} files, {0}_target has {2}, {0}_paragraph has {3}; "
                "give each side of the lines",
                name, sources.size(), targets.size(), paragraphs.size());
  }
  std::vector<LineFiles> files;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    UNIMO_TRY(check_roles(sources[i].path, targets[i].path));
    LineFiles pair{sources[i], targets[i].path, std::nullopt};
    if (!paragraphs.empty()) pair.paragraph = paragraphs[i].path;
    files.push_back(std::move(pair));
  }
  return files;
}

}  // namespace

Status visit_line_pairs(const LineFiles& files, const PairVisitor& visit) {
  std::vector<fs::path> paths = {files.source.path, files.target};
  if (files.paragraph) paths.push_back(*files.paragraph);
  std::vector<Side> sides;
  for (const fs::path& path : paths) sides.push_back(UNIMO_TRY(Side::open(path)));
  for (bool all = true; all;) {
    for (Side& side : sides) {
      const bool more = UNIMO_TRY(side.next());
      all = all && more;
    }
    if (!all) break;
    const LinePair pair{.number = sides[0].line.number,
                        .place = sides[0].reader.place(sides[0].line),
                        .source = sides[0].line.text,
                        .target = sides[1].line.text,
                        .paragraph = sides.size() > 2 ? sides[2].line.text : std::string_view()};
    UNIMO_TRY(visit(pair));
  }
  for (Side& side : sides) UNIMO_TRY(side.count_rest());
  for (std::size_t i = 1; i < sides.size(); ++i) {
    if (sides[i].lines == sides[0].lines) continue;
    return fail(ErrorCode::kInvalid,
                "{} has {} lines and {} has {}; lines belong together by their numbers: take both "
                "files from one release",
                paths[0].string(), sides[0].lines, paths[i].string(), sides[i].lines);
  }
  return ok();
}

Result<std::vector<LineFiles>> line_files(const StageContext& context,
                                          const SplitCounts& official) {
  std::vector<LineFiles> files;
  for (SplitInput input : three_splits(official)) {
    const std::string prefix = std::exchange(input.input, "");
    auto some = UNIMO_TRY(files_of_split(context, prefix, input));
    for (LineFiles& pair : some) files.push_back(std::move(pair));
  }
  std::vector<std::string> names;
  for (const LineFiles& pair : files) names.push_back(pair.source.name);
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end()) {
    return fail(ErrorCode::kInvalid,
                "two sources are files called {}, of which ids are made; rename one", *twice);
  }
  return files;
}

}  // namespace unimo::stages
