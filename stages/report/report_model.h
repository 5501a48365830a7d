// What a report says, before it is text: tables of our rows beside published ones.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"

namespace unimo::stages {

// One scores.json as it was read, and where it came from.
struct ScoresInput {
  Json scores;
  Json cell = Json::object();  // matrix values of the task, such as {"seed": 1}
  std::string origin;          // for messages
};

struct ReportColumn {
  std::string metric;  // key of the metrics
  std::string group;   // heading over several columns; may be empty
  std::string title;
  int decimals = 2;
};

struct ReportRow {
  std::string label;
  std::string detail;  // split and matrix values: "val, seed 1"
  std::map<std::string, double> metrics;
  std::map<std::string, double> deviations;  // of a mean over several rows; empty otherwise
  std::string mark;                          // the signature it was scored by: "a"
};

// Rows that may be compared with each other, with the words that say with what else they may.
struct ReportGroup {
  std::string heading;
  std::string note;
  std::string source;  // of published rows; empty for ours
  int decimals = -1;   // as the source prints them; -1: as the column says
  std::vector<ReportRow> rows;
};

struct ReportTable {
  std::string task;
  std::string title;
  std::string explanation;              // units and how to read the columns
  std::string subject = "Model";        // what a row is about
  std::vector<ReportColumn> columns;    // those that some row has
  std::vector<ReportGroup> groups;      // ours first
  std::vector<std::string> signatures;  // by mark: a, b, …
};

struct Report {
  std::string title;
  std::string notes;
  std::vector<ReportTable> tables;
};

// One table per task that was scored. Rows of the same label and split (repetitions with other
// seeds) get a row with their mean and standard deviation behind them. `published` is the document
// of published.h.
Result<Report> build_report(std::string_view title, std::string_view notes,
                            std::span<const ScoresInput> inputs, const Json& published);

Json report_json(const Report& report);

// Drops the columns that no row has.
void keep_used_columns(ReportTable& table);

// The mark of the signature with this index: a, b, … z, a1, b1, …
std::string signature_mark(std::size_t index);

// The text of a cell, without deviation; empty when the row lacks the metric.
std::string cell_text(const ReportGroup& group, const ReportRow& row, const ReportColumn& column);
std::string deviation_text(const ReportRow& row, const ReportColumn& column);

}  // namespace unimo::stages
