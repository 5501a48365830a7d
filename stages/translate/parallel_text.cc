#include "stages/translate/parallel_text.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "evaluators/line_file.h"
#include "trainer/text/utf8.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

class Reader {
 public:
  Reader(std::span<const fs::path> folders, ParallelText& text) : folders_(folders), text_(text) {}

  Status read(const ParallelFiles& files) {
    const bool pair = !files.source.empty() && !files.target.empty();
    if (pair == !files.tsv.empty() || files.source.empty() != files.target.empty()) {
      return fail(ErrorCode::kInvalid,
                  "parallel text: give source and target, or tsv alone; given are source \"{}\", "
                  "target \"{}\", tsv \"{}\"",
                  files.source, files.target, files.tsv);
    }
    return pair ? read_pair(files) : read_tsv(files);
  }

 private:
  Result<fs::path> find(const std::string& name) const {
    std::vector<fs::path> found;
    for (const fs::path& folder : folders_) {
      if (fs::exists(folder / name)) found.push_back(folder / name);
    }
    if (found.size() == 1) return found.front();
    if (found.empty())
      return fail(ErrorCode::kNotFound, "{}: in none of the {} folders of the input text", name,
                  folders_.size());
    return fail(ErrorCode::kInvalid, "{}: in {} and in {}; give one of them", name,
                found[0].string(), found[1].string());
  }

  Status read_pair(const ParallelFiles& files) {
    const fs::path source_path = UNIMO_TRY(find(files.source));
    const fs::path target_path = UNIMO_TRY(find(files.target));
    auto sources = UNIMO_TRY(eval::LineFile::open(source_path));
    auto targets = UNIMO_TRY(eval::LineFile::open(target_path));
    std::string_view source, target;
    for (std::int64_t line = 1;; ++line) {
      const bool more = sources.next(source);
      if (more != targets.next(target)) {
        UNIMO_TRY(sources.end());
        UNIMO_TRY(targets.end());
        return fail(ErrorCode::kInvalid,
                    "{} ends at line {}, {} does not: line by line they must say the same",
                    (more ? target_path : source_path).string(), line - 1,
                    (more ? source_path : target_path).string());
      }
      if (!more) break;
      add(source, target);
    }
    UNIMO_TRY(sources.end());
    return targets.end();
  }

  Status read_tsv(const ParallelFiles& files) {
    const fs::path path = UNIMO_TRY(find(files.tsv));
    auto lines = UNIMO_TRY(eval::LineFile::open(path));
    const auto wanted =
        static_cast<std::size_t>(std::max(files.source_column, files.target_column));
    for (std::string_view line; lines.next(line);) {
      std::vector<std::string_view> columns;
      for (std::size_t begin = 0; begin <= line.size();) {
        const std::size_t end = std::min(line.find('\t', begin), line.size());
        columns.push_back(line.substr(begin, end - begin));
        begin = end + 1;
      }
      if (columns.size() < wanted) {
        return fail(ErrorCode::kInvalid,
                    "{}: {} column(s), {} are needed: columns are apart by tabs", lines.place(),
                    columns.size(), wanted);
      }
      add(columns[static_cast<std::size_t>(files.source_column) - 1],
          columns[static_cast<std::size_t>(files.target_column) - 1]);
    }
    return lines.end();
  }

  void add(std::string_view source, std::string_view target) {
    const auto is_blank = [](std::string_view text) {
      return text.find_first_not_of(" \t\r") == text.npos;
    };
    if (is_blank(source) || is_blank(target)) {
      ++text_.empty;
    } else if (!trainer::is_valid_utf8(source) || !trainer::is_valid_utf8(target)) {
      ++text_.broken;
    } else {
      text_.sources.emplace_back(source);
      text_.targets.emplace_back(target);
    }
  }

  std::span<const fs::path> folders_;
  ParallelText& text_;
};

}  // namespace

Result<ParallelText> read_parallel_text(std::span<const std::filesystem::path> folders,
                                        std::span<const ParallelFiles> files) {
  ParallelText text;
  Reader reader(folders, text);
  for (const ParallelFiles& some : files) UNIMO_TRY(reader.read(some));
  return text;
}

}  // namespace unimo::stages
