#include "stages/report/leaks_table.h"

#include <algorithm>

namespace unimo::stages {

namespace {

// "12 pictures, 0 texts, 3 documents, 40 sentences"
std::string amounts(const Json& counts) {
  std::string text;
  for (const char* what : {"pictures", "texts", "documents", "sentences"}) {
    if (!counts.contains(what)) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts.at(what).dump(), what);
  }
  return text.empty() ? "nothing" : text;
}

void add_rows(const Json& document, ReportTable& table) {
  const std::string thresholds = canonical_text(document.at("thresholds"));
  const auto found = std::find(table.signatures.begin(), table.signatures.end(), thresholds);
  const std::string mark =
      signature_mark(static_cast<std::size_t>(found - table.signatures.begin()));
  if (found == table.signatures.end()) table.signatures.push_back(thresholds);
  ReportGroup& group = table.groups.front();
  if (!group.note.empty()) group.note += " ";
  group.note += fmt::format("Checked were {}; removed {}.", amounts(document.at("checked")),
                            amounts(document.at("removed")));
  for (const Json& leak : document.at("leaks")) {
    ReportRow& row = group.rows.emplace_back();
    row.label = leak.at("corpus").get<std::string>();
    row.detail =
        fmt::format("{} of {}, {}", leak.at("what").get<std::string>(),
                    leak.at("benchmark").get<std::string>(), leak.at("reason").get<std::string>());
    row.metrics["leaks"] = leak.at("count").get<double>();
    row.mark = mark;
  }
  if (document.at("leaks").empty())
    group.rows.push_back({.label = "no leak", .metrics = {{"leaks", 0}}, .mark = mark});
}

}  // namespace

Result<ReportTable> leaks_table(std::span<const ScoresInput> inputs) {
  ReportTable table{.task = "decontamination",
                    .title = "Decontamination",
                    .explanation =
                        "What of the benchmarks' held-out parts was found in the data "
                        "of pre-training, by corpus, benchmark and the way it was found.",
                    .subject = "Corpus",
                    .columns = {{"leaks", "", "Found", 0}},
                    .groups = {{.heading = "Found in pre-training data"}}};
  for (const ScoresInput& input : inputs) {
    if (!input.scores.is_object() || input.scores.value("format", "") != "unimo.decontamination" ||
        input.scores.value("version", 0) != 1) {
      return fail(ErrorCode::kInvalid,
                  "{}: not of version 1 of the format \"unimo.decontamination\"", input.origin);
    }
    try {
      add_rows(input.scores, table);
    } catch (const Json::exception& error) {
      return fail(ErrorCode::kInvalid, "{}: {}", input.origin, error.what());
    }
  }
  return table;
}

}  // namespace unimo::stages
