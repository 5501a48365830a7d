#include "stages/ingest/name_table.h"

#include <algorithm>
#include <cctype>

#include "orchestrator/base/file.h"

namespace unimo::stages {

std::string plain_name(std::string_view label) {
  const auto is_blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!label.empty() && is_blank(label.front())) label.remove_prefix(1);
  while (!label.empty() && is_blank(label.back())) label.remove_suffix(1);
  std::string plain(label);
  std::ranges::transform(plain, plain.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return plain;
}

Status NameTable::add_line(const std::filesystem::path& file, std::string line) {
  const int number = size();
  std::string_view rest = line;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string name = plain_name(rest.substr(0, comma));
    if (name.empty()) {
      return fail(ErrorCode::kInvalid, "{}:{}: an empty name; remove the line or the comma",
                  file.string(), number + 1);
    }
    const auto [place, is_new] = numbers_.emplace(name, number);
    if (!is_new && place->second != number) {
      return fail(ErrorCode::kInvalid, "{}:{}: `{}` is a name of line {} already", file.string(),
                  number + 1, name, place->second + 1);
    }
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  lines_.push_back(std::move(line));
  return ok();
}

Result<NameTable> NameTable::read(const std::filesystem::path& file) {
  NameTable table;
  const std::vector<std::string> lines = UNIMO_TRY(read_lines(file));
  for (const std::string& line : lines) UNIMO_TRY(table.add_line(file, line));
  return table;
}

NameTable NameTable::of_counts(const std::map<std::string, std::int64_t>& counts,
                               const NameCount& rules) {
  std::vector<std::pair<std::string, std::int64_t>> names;
  for (const auto& [name, count] : counts) {
    // A comma would make two names of it when the file is read.
    if (count >= rules.min_count && name.find(',') == std::string::npos)
      names.emplace_back(name, count);
  }
  std::ranges::stable_sort(names, [](const auto& a, const auto& b) { return a.second > b.second; });
  if (names.size() > static_cast<std::size_t>(rules.most))
    names.resize(static_cast<std::size_t>(rules.most));
  NameTable table;
  for (const auto& [name, count] : names) {
    table.numbers_.emplace(name, table.size());
    table.lines_.push_back(name);
  }
  return table;
}

std::string_view NameTable::name(int number) const {
  const std::string_view line = lines_[static_cast<std::size_t>(number)];
  return line.substr(0, line.find(','));
}

std::optional<int> NameTable::find(std::string_view label) const {
  const auto found = numbers_.find(plain_name(label));
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

Status NameTable::write(const std::filesystem::path& file) const {
  std::string text;
  for (const std::string& line : lines_) text += line + "\n";
  return write_file(file, text);
}

}  // namespace unimo::stages
