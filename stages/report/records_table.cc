#include "stages/report/records_table.h"

#include <map>

namespace unimo::stages {

namespace {

constexpr const char* kKinds[] = {"images", "captions", "documents", "texts", "examples"};
constexpr const char* kSplits[] = {"train", "val", "test", "restval", "unlabeled"};

// A row for each kind: what was found of each split, and the official counts, of a split
// ("examples.train") or of all ("images").
void add_rows(const RecordsInput& input, ReportGroup& group) {
  const Json& statistics = input.statistics;
  std::map<std::string, std::map<std::string, double>> rows;  // kind, column
  for (const char* kind : kKinds) {
    const Json splits = statistics.value(kind, Json::object());
    for (const auto& [split, count] : splits.items()) {
      rows[kind]["found." + split] = count.get<double>();
    }
  }
  const Json official = statistics.value("official", Json::object());
  for (const auto& [what, counts] : official.items()) {
    const std::size_t point = what.find('.');
    const std::string split = point == std::string::npos ? "all" : what.substr(point + 1);
    rows[what.substr(0, point)]["official." + split] = counts.at("official").get<double>();
  }
  for (const auto& [reason, count] : statistics.at("quarantine").items()) {
    rows["bad items"]["found.all"] += count.get<double>();
  }
  for (const auto& [kind, metrics] : rows)
    group.rows.push_back({.label = input.name, .detail = kind, .metrics = metrics});
}

std::vector<ReportColumn> columns() {
  std::vector<ReportColumn> all;
  for (const auto& [key, group] :
       std::map<std::string, std::string>{{"found", "Found"}, {"official", "Official"}}) {
    for (const char* split : kSplits) all.push_back({key + "." + split, group, split, 0});
    all.push_back({key + ".all", group, "all", 0});
  }
  return all;
}

}  // namespace

Result<ReportTable> records_table(std::span<const RecordsInput> inputs) {
  ReportTable table{.task = "data",
                    .title = "Data",
                    .explanation =
                        "What was read, by split, and what went to the quarantine. Official: what "
                        "the makers say the whole publication has, where the recipe says that it "
                        "is whole.",
                    .subject = "Stage",
                    .columns = columns(),
                    .groups = {{.heading = "Records"}}};
  for (const RecordsInput& input : inputs) {
    try {
      add_rows(input, table.groups.front());
    } catch (const Json::exception& error) {
      return fail(ErrorCode::kInvalid, "{}: not the statistics of records: {}", input.origin,
                  error.what());
    }
  }
  keep_used_columns(table);
  return table;
}

}  // namespace unimo::stages
