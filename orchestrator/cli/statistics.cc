#include "orchestrator/cli/statistics.h"

#include <algorithm>

namespace unimo {

namespace {

constexpr const char* kFile = "statistics.json";

void read_official(Statistics& statistics) {
  const auto official = statistics.document.find("official");
  if (official == statistics.document.end()) return;
  for (const auto& [what, numbers] : official->items()) {
    const bool complete = numbers.is_object() && numbers.contains("found") &&
                          numbers.contains("official") && numbers.at("found").is_number_integer() &&
                          numbers.at("official").is_number_integer();
    if (complete) {
      statistics.official.push_back({what, numbers.at("found").get<std::int64_t>(),
                                     numbers.at("official").get<std::int64_t>()});
    } else {
      statistics.flaw =
          fmt::format("{}: official.{} needs whole numbers found and official", kFile, what);
    }
  }
}

// "train 5, val 2"; empty when the value is no object of numbers.
std::string numbers_text(const Json& group) {
  std::string text;
  for (const auto& [name, value] : group.items()) {
    if (!value.is_number()) return "";
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value.dump());
  }
  return text;
}

}  // namespace

std::optional<Statistics> read_statistics(const std::filesystem::path& artifact) {
  std::error_code error;
  if (!std::filesystem::exists(artifact / kFile, error)) return std::nullopt;
  Statistics statistics;
  auto document = read_json(artifact / kFile);
  if (!document) {
    statistics.flaw = document.error().message;
  } else if (!document->is_object()) {
    statistics.flaw = fmt::format("{}: is no JSON object", (artifact / kFile).string());
  } else {
    statistics.document = std::move(*document);
    read_official(statistics);
  }
  return statistics;
}

std::string counts_text(const Statistics& statistics) {
  std::string text;
  if (!statistics.document.is_object()) return text;
  for (const auto& [name, value] : statistics.document.items()) {
    if (name == "official") continue;
    const std::string numbers = value.is_object()   ? numbers_text(value)
                                : value.is_number() ? value.dump()
                                                    : std::string();
    if (!numbers.empty()) text += fmt::format("  {:<10}  {}\n", name, numbers);
  }
  return text;
}

std::vector<std::string> warnings_of(const Statistics& statistics, std::string_view task) {
  std::vector<std::string> warnings;
  if (!statistics.flaw.empty())
    warnings.push_back(fmt::format("warning: {}: {}", task, statistics.flaw));
  for (const OfficialCount& count : statistics.official) {
    if (count.found == count.official) continue;
    warnings.push_back(fmt::format("warning: {} has {} of the {} official {}", task, count.found,
                                   count.official, count.what));
  }
  return warnings;
}

}  // namespace unimo
