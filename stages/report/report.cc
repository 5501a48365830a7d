#include "stages/report/report.h"

#include "orchestrator/base/file.h"
#include "stages/report/leaks_table.h"
#include "stages/report/published.h"
#include "stages/report/report_html.h"
#include "stages/report/report_model.h"
#include "stages/report/report_text.h"
#include "stages/schema/report.h"

namespace unimo::stages {

Status run_report(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<ReportParams>());
  std::vector<ScoresInput> inputs;
  for (const InputItem& item : context.inputs("scores")) {
    const auto file = item.path / "scores.json";
    inputs.push_back({UNIMO_TRY(read_json(file)), item.cell, file.string()});
  }
  std::vector<ScoresInput> leaks;
  for (const InputItem& item : context.inputs("decontamination")) {
    const auto file = item.path / "decontamination.json";
    leaks.push_back({UNIMO_TRY(read_json(file)), item.cell, file.string()});
  }
  const Json published = UNIMO_TRY(parse_json(published_json(), "published.json"));
  Report report = UNIMO_TRY(build_report(params.title, params.notes, inputs, published));
  if (!leaks.empty()) report.tables.push_back(UNIMO_TRY(leaks_table(leaks)));
  UNIMO_TRY(write_json(context.output() / "report.json", report_json(report)));
  UNIMO_TRY(write_file_atomic(context.output() / "report.md", report_markdown(report)));
  UNIMO_TRY(write_file_atomic(context.output() / "report.html", report_html(report)));
  context.events().count("scores", static_cast<std::int64_t>(inputs.size()));
  return ok();
}

}  // namespace unimo::stages
