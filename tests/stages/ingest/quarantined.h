// What a stage put into the quarantine, as its users read it.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/base/json.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {

// "source: id: detail" of the entries with this reason, in their order.
inline std::vector<std::string> quarantined(const StageBench& bench, const std::string& reason) {
  std::vector<std::string> entries;
  const auto path = bench.output() / "quarantine.jsonl";
  if (!std::filesystem::exists(path)) return entries;
  const auto lines = read_lines(path).value();
  for (const std::string& line : lines) {
    const Json entry = parse_json(line, path.string()).value();
    if (entry.at("reason") != reason) continue;
    entries.push_back(fmt::format("{}: {}: {}", entry.at("source").get<std::string>(),
                                  entry.at("id").get<std::string>(),
                                  entry.at("detail").get<std::string>()));
  }
  return entries;
}

}  // namespace unimo::stages
