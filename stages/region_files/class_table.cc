#include "stages/region_files/class_table.h"

#include <algorithm>
#include <numeric>

#include "orchestrator/base/file.h"
#include "trainer/text/utf8.h"

namespace unimo::stages {

namespace {

constexpr std::string_view kBackground = "__background__";
constexpr std::size_t kMostClasses = 65'535;

// Lower case and without blanks around, as the labels of Visual Genome are cleaned up.
std::string cleaned(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return "";
  std::string word(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return word;
}

}  // namespace

Result<std::vector<std::vector<std::string>>> read_vocabulary(const std::filesystem::path& path) {
  std::vector<std::vector<std::string>> vocabulary;
  const auto lines = UNIMO_TRY(read_lines(path));
  for (const std::string& line : lines) {
    std::vector<std::string> synonyms;
    for (std::string_view rest = line;;) {
      const std::size_t comma = rest.find(',');
      if (std::string word = cleaned(rest.substr(0, comma)); !word.empty())
        synonyms.push_back(std::move(word));
      if (comma == rest.npos) break;
      rest.remove_prefix(comma + 1);
    }
    if (synonyms.empty() || !trainer::is_valid_utf8(line)) {
      return fail(ErrorCode::kInvalid,
                  "{}:{}: names no class; every line is one, because classes go by their lines",
                  path.string(), vocabulary.size() + 1);
    }
    vocabulary.push_back(std::move(synonyms));
  }
  return vocabulary;
}

Result<ClassTable> ClassTable::make(std::vector<std::vector<std::string>> vocabulary,
                                    const Options& options) {
  if (vocabulary.size() >= kMostClasses)
    return fail(ErrorCode::kInvalid, "{} classes; {} are the most", vocabulary.size(),
                kMostClasses - 1);
  ClassTable table;
  table.options_ = options;
  if (vocabulary.empty() || options.top_k == 0) return table;
  table.names_.emplace_back(kBackground);
  for (auto& synonyms : vocabulary) {
    if (synonyms.empty() || synonyms.front().empty() || !trainer::is_valid_utf8(synonyms.front()))
      return fail(ErrorCode::kInvalid, "class {} has no name in UTF-8", table.names_.size());
    for (const std::string& word : synonyms)
      table.numbers_.emplace(cleaned(word), static_cast<std::uint16_t>(table.names_.size()));
    table.names_.push_back(std::move(synonyms.front()));
  }
  return table;
}

std::optional<std::string> ClassTable::of_distribution(const RegionRow& row,
                                                       trainer::RegionRecord& record) const {
  const auto count = static_cast<std::size_t>(row.class_count);
  const std::size_t classes = names_.size();
  if (count != classes && count + 1 != classes) {
    return fmt::format("distributions over {} classes, but the vocabulary has {}", count,
                       classes - 1);
  }
  const bool has_background = count == classes;
  const auto number = [&](std::size_t place) {
    if (!has_background) return static_cast<std::uint16_t>(place + 1);
    if (!options_.background_last) return static_cast<std::uint16_t>(place);
    return static_cast<std::uint16_t>(place + 1 == count ? 0 : place + 1);
  };
  const std::size_t kept =
      options_.top_k < 0 ? count : std::min(count, static_cast<std::size_t>(options_.top_k));
  std::vector<std::size_t> order(count);
  for (std::size_t r = 0; r < static_cast<std::size_t>(row.count); ++r) {
    const float* const p = row.class_probabilities.data() + r * count;
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                      [&](std::size_t a, std::size_t b) {
                        return p[a] != p[b] ? p[a] > p[b] : number(a) < number(b);
                      });
    for (std::size_t k = 0; k < kept; ++k) {
      record.classes.push_back(number(order[k]));
      record.probabilities.push_back(p[order[k]]);
    }
  }
  record.top_k = static_cast<std::uint32_t>(kept);
  return std::nullopt;
}

std::optional<std::string> ClassTable::of_numbers(const RegionRow& row,
                                                  trainer::RegionRecord& record) const {
  for (const std::int64_t id : row.class_ids) {
    if (id < 0 || id + 1 >= static_cast<std::int64_t>(names_.size()))
      return fmt::format("class {} of a vocabulary of {}", id, names_.size() - 1);
    record.classes.push_back(static_cast<std::uint16_t>(id + 1));
  }
  return std::nullopt;
}

std::optional<std::string> ClassTable::of_labels(const RegionRow& row,
                                                 trainer::RegionRecord& record) const {
  for (const std::string& label : row.labels) {
    const auto found = numbers_.find(cleaned(label));
    if (found == numbers_.end())
      return fmt::format("class \"{}\" is not in the vocabulary", label.substr(0, 60));
    record.classes.push_back(found->second);
  }
  return std::nullopt;
}

std::optional<std::string> ClassTable::guess(const RegionRow& row,
                                             trainer::RegionRecord& record) const {
  const bool classes = row.class_count > 0 || !row.class_ids.empty() || !row.labels.empty();
  if (options_.top_k == 0 || !classes) return std::nullopt;
  if (empty()) {
    return "the row has classes, but there is no vocabulary: give the input classes, or set top_k "
           "to 0";
  }
  if (row.class_count > 0) return of_distribution(row, record);
  record.top_k = 1;
  record.probabilities = row.class_confidences;
  if (record.probabilities.empty()) record.probabilities.assign(record.count, 1.0F);
  return row.class_ids.empty() ? of_labels(row, record) : of_numbers(row, record);
}

}  // namespace unimo::stages
