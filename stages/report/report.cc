#include "stages/report/report.h"

#include "orchestrator/base/file.h"
#include "stages/report/leaks_table.h"
#include "stages/report/published.h"
#include "stages/report/records_table.h"
#include "stages/report/report_html.h"
#include "stages/report/report_model.h"
#include "stages/report/report_text.h"
#include "stages/schema/report.h"

namespace unimo::stages {

namespace {

// The document of this name in each artifact of an input.
Result<std::vector<ScoresInput>> documents(const StageContext& context, std::string_view input,
                                           const char* name) {
  std::vector<ScoresInput> all;
  for (const InputItem& item : context.inputs(input)) {
    const auto file = item.path / name;
    all.push_back({UNIMO_TRY(read_json(file)), item.cell, file.string()});
  }
  return all;
}

Result<std::vector<RecordsInput>> statistics(const StageContext& context) {
  std::vector<RecordsInput> all;
  for (const InputItem& item : context.inputs("records")) {
    const auto file = item.path / "statistics.json";
    all.push_back({item.label, UNIMO_TRY(read_json(file)), file.string()});
  }
  return all;
}

}  // namespace

Status run_report(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<ReportParams>());
  const auto inputs = UNIMO_TRY(documents(context, "scores", "scores.json"));
  const auto leaks = UNIMO_TRY(documents(context, "decontamination", "decontamination.json"));
  const auto records = UNIMO_TRY(statistics(context));
  if (inputs.empty() && leaks.empty() && records.empty()) {
    return fail(ErrorCode::kInvalid,
                "report: nothing to report; it needs an input scores, decontamination or records");
  }
  const Json published = UNIMO_TRY(parse_json(published_json(), "published.json"));
  Report report = UNIMO_TRY(build_report(params.title, params.notes, inputs, published));
  if (!records.empty()) report.tables.push_back(UNIMO_TRY(records_table(records)));
  if (!leaks.empty()) report.tables.push_back(UNIMO_TRY(leaks_table(leaks)));
  UNIMO_TRY(write_json(context.output() / "report.json", report_json(report)));
  UNIMO_TRY(write_file_atomic(context.output() / "report.md", report_markdown(report)));
  UNIMO_TRY(write_file_atomic(context.output() / "report.html", report_html(report)));
  context.events().count("scores", static_cast<std::int64_t>(inputs.size()));
  return ok();
}

}  // namespace unimo::stages
