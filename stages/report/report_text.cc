#include "stages/report/report_text.h"

namespace unimo::stages {

namespace {

// Labels come from the user: bars would end a cell, and line ends a row.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '*' || c == '_' || c == '`' || c == '<' || c == '[')
      out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

std::string header(const ReportTable& table) {
  std::string names = "| |";
  std::string rule = "| --- |";
  for (const ReportColumn& column : table.columns) {
    names += column.group.empty() ? fmt::format(" {} |", column.title)
                                  : fmt::format(" {}: {} |", column.group, column.title);
    rule += " ---: |";
  }
  return names + "\n" + rule + "\n";
}

std::string line(const ReportTable& table, const ReportGroup& group, const ReportRow& row) {
  std::string text = "| " + escaped(row.label);
  if (!row.detail.empty()) text += " (" + escaped(row.detail) + ")";
  if (!row.mark.empty()) text += " [" + row.mark + "]";
  text += " |";
  for (const ReportColumn& column : table.columns) {
    const std::string value = cell_text(group, row, column);
    const std::string deviation = deviation_text(row, column);
    text += " " + value + (deviation.empty() ? "" : " ± " + deviation) + " |";
  }
  return text + "\n";
}

std::string section(const ReportTable& table) {
  std::string text = "\n## " + table.title + "\n\n" + table.explanation + "\n";
  for (const ReportGroup& group : table.groups) {
    text += "\n### " + escaped(group.heading) + "\n\n" + escaped(group.note);
    if (!group.source.empty()) text += " Source: " + escaped(group.source) + ".";
    if (!group.note.empty() || !group.source.empty()) text += "\n\n";
    text += header(table);
    for (const ReportRow& row : group.rows) text += line(table, group, row);
  }
  if (!table.signatures.empty()) text += "\nHow the rows were scored:\n\n";
  for (std::size_t i = 0; i < table.signatures.size(); ++i) {
    text += fmt::format("* [{}] `{}`\n", signature_mark(i), table.signatures[i]);
  }
  return text;
}

}  // namespace

std::string report_markdown(const Report& report) {
  std::string text = "# " + escaped(report.title) + "\n";
  if (!report.notes.empty()) text += "\n" + report.notes + "\n";
  for (const ReportTable& table : report.tables) text += section(table);
  return text;
}

}  // namespace unimo::stages
