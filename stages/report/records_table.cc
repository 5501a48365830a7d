#include "stages/report/records_table.h"

#include <set>

namespace unimo::stages {

namespace {

constexpr const char* kKinds[] = {"images", "captions", "documents", "texts", "examples"};

ReportRow row_of(const std::string& name, std::string detail) {
  return {.label = name, .detail = std::move(detail)};
}

// A row for each kind and split, then for official counts of something else ("images", of all
// splits), then what went to the quarantine.
void add_rows(const RecordsInput& input, ReportGroup& group) {
  const Json& statistics = input.statistics;
  const Json official = statistics.value("official", Json::object());
  std::set<std::string> placed;
  for (const char* kind : kKinds) {
    const Json splits = statistics.value(kind, Json::object());
    for (const auto& [split, count] : splits.items()) {
      ReportRow row = row_of(input.name, fmt::format("{}, {}", kind, split));
      row.metrics["found"] = count.get<double>();
      const std::string what = fmt::format("{}.{}", kind, split);
      if (official.contains(what)) {
        row.metrics["official"] = official.at(what).at("official").get<double>();
        placed.insert(what);
      }
      group.rows.push_back(std::move(row));
    }
  }
  for (const auto& [what, counts] : official.items()) {
    if (placed.contains(what)) continue;
    ReportRow row = row_of(input.name, what);
    row.metrics["found"] = counts.at("found").get<double>();
    row.metrics["official"] = counts.at("official").get<double>();
    group.rows.push_back(std::move(row));
  }
  double bad = 0;
  for (const auto& [reason, count] : statistics.at("quarantine").items())
    bad += count.get<double>();
  if (bad > 0) {
    group.rows.push_back(row_of(input.name, "quarantine"));
    group.rows.back().metrics["found"] = bad;
  }
}

}  // namespace

Result<ReportTable> records_table(std::span<const RecordsInput> inputs) {
  ReportTable table{.task = "data",
                    .title = "Data",
                    .explanation =
                        "What was read, by kind and split. Official: what the makers say the whole "
                        "publication has, where the recipe says that it is whole.",
                    .columns = {{"found", "", "Found", 0}, {"official", "", "Official", 0}},
                    .groups = {{.heading = "Records"}}};
  for (const RecordsInput& input : inputs) {
    try {
      add_rows(input, table.groups.front());
    } catch (const Json::exception& error) {
      return fail(ErrorCode::kInvalid, "{}: not the statistics of records: {}", input.origin,
                  error.what());
    }
  }
  return table;
}

}  // namespace unimo::stages
