#include "stages/report/report_html.h"

#include <algorithm>

namespace unimo::stages {

namespace {

constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; --paper: #fbfaf7; --card: #fff; --ink: #1d2327; --soft: #5c6670;
  --line: #dfe2e0; --own: #0b6e6e; --own-soft: #e6f2f0; --bar: #b9dcd8; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181b; --card: #1b2125; --ink: #e8eaea;
  --soft: #9aa5ad; --line: #313a40; --own: #6fd3c7; --own-soft: #1c3233; --bar: #2b5754; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 78rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.35rem; margin: 2.75rem 0 .25rem; }
p { max-width: 46rem; margin: .5rem 0; }
.soft { color: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem;
  margin: 1rem 0 1.25rem; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem .9rem; }
.figure b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; color: var(--own); }
.figure span { font-size: .85rem; color: var(--soft); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: .92rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .42rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
thead th { font-weight: 600; color: var(--soft); }
thead tr:first-child th { text-align: center; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--card); }
tbody th { font-weight: 500; }
tbody tr:last-child > * { border-bottom: 0; }
tr.group td { background: var(--paper); position: static; white-space: normal; text-align: left;
  padding: .8rem .7rem .6rem; }
tr.group strong, tr.group span { display: block; width: fit-content; position: sticky; left: .7rem;
  max-width: min(46rem, calc(100vw - 4rem)); }
tr.group span { color: var(--soft); font-size: .86rem; }
sup { margin-left: -.15em; }
td small { display: block; }
tr.own > * { background: var(--own-soft) !important; }
tr.mean > * { font-weight: 700; }
td .bar { display: block; height: 3px; margin-top: 3px; border-radius: 2px; background: var(--bar); margin-left: auto; }
small { color: var(--soft); font-weight: 400; }
ul.signatures { padding-left: 1.1rem; color: var(--soft); font-size: .82rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) { main { padding-top: 1.25rem; } th, td { padding: .38rem .5rem; }
  th:first-child { min-width: 7.5rem; max-width: 9.5rem; white-space: normal; } }
)css";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

// A blank line begins a paragraph.
std::string paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t gap = text.find("\n\n");
    const std::string_view paragraph = text.substr(0, gap);
    if (!paragraph.empty()) out += "<p>" + escaped(paragraph) + "</p>\n";
    text.remove_prefix(gap == std::string_view::npos ? text.size() : gap + 2);
  }
  return out;
}

// Two rows of headings: the groups, then the columns.
std::string table_head(const ReportTable& table) {
  std::string upper = "<tr><th></th>";
  std::string lower = "<tr><th scope=\"col\">" + escaped(table.subject) + "</th>";
  for (std::size_t i = 0; i < table.columns.size();) {
    std::size_t end = i;
    while (end < table.columns.size() && table.columns[end].group == table.columns[i].group) {
      lower += "<th scope=\"col\">" + escaped(table.columns[end].title) + "</th>";
      ++end;
    }
    upper += fmt::format("<th colspan=\"{}\">{}</th>", end - i, escaped(table.columns[i].group));
    i = end;
  }
  return "<thead>" + upper + "</tr>\n" + lower + "</tr></thead>\n";
}

// Percentages have a bar below, so that a column can be read at a glance.
bool is_percentage(const ReportColumn& column) {
  return column.metric.ends_with("_r1") || column.metric.ends_with("_r5") ||
         column.metric.ends_with("_r10") || column.metric == "mean_recall";
}

std::string table_cell(const ReportGroup& group, const ReportRow& row, const ReportColumn& column) {
  std::string text = cell_text(group, row, column);
  if (text.empty()) return "<td class=\"soft\">–</td>";
  const std::string deviation = deviation_text(row, column);
  if (!deviation.empty()) text += "<small>± " + deviation + "</small>";
  if (is_percentage(column) && !column.metric.starts_with("over_")) {
    const double width = std::clamp(row.metrics.at(column.metric), 0.0, 100.0);
    text += fmt::format("<span class=\"bar\" style=\"width:{:.0f}%\"></span>", width);
  }
  return "<td>" + text + "</td>";
}

std::string table_row(const ReportTable& table, const ReportGroup& group, const ReportRow& row) {
  // Colour sets our models off from published ones; other tables have but one kind of rows.
  std::string classes = !group.source.empty()      ? "published"
                        : table.subject == "Model" ? "own"
                                                   : "plain";
  if (!row.deviations.empty()) classes += " mean";
  std::string text =
      fmt::format("<tr class=\"{}\"><th scope=\"row\">{}", classes, escaped(row.label));
  if (!row.mark.empty()) text += " <sup>" + escaped(row.mark) + "</sup>";
  if (!row.detail.empty()) text += "<br><small>" + escaped(row.detail) + "</small>";
  text += "</th>";
  for (const ReportColumn& column : table.columns) text += table_cell(group, row, column);
  return text + "</tr>\n";
}

std::string group_rows(const ReportTable& table, const ReportGroup& group) {
  const bool published = !group.source.empty();
  std::string note = escaped(group.note);
  if (published) note += " Source: " + escaped(group.source) + ".";
  std::string text = fmt::format(
      "<tr class=\"group\"><td colspan=\"{}\"><strong>{}</strong><span>{}</span></td></tr>\n",
      table.columns.size() + 1, escaped(group.heading), note);
  for (const ReportRow& row : group.rows) text += table_row(table, group, row);
  return text;
}

// The best of ours, large: what a reader looks for first.
std::string figures(const ReportTable& table) {
  std::string text;
  for (const char* metric : {"image_to_text_r10", "text_to_image_r10", "mean_recall", "cider",
                             "cider_shuffled", "bleu4"}) {
    const auto column = std::find_if(table.columns.begin(), table.columns.end(),
                                     [&](const auto& one) { return one.metric == metric; });
    if (column == table.columns.end()) continue;
    const ReportRow* best = nullptr;
    for (const ReportRow& row : table.groups.front().rows) {
      if (!row.metrics.contains(metric) || !row.deviations.empty()) continue;
      if (!best || row.metrics.at(metric) > best->metrics.at(metric)) best = &row;
    }
    if (!best) continue;
    const std::string name =
        column->group.empty() ? column->title : column->group + " " + column->title;
    text += fmt::format("<div class=\"figure\"><b>{}</b><span>{}<br>{}</span></div>\n",
                        cell_text(table.groups.front(), *best, *column), escaped(name),
                        escaped(best->label));
  }
  return "<div class=\"figures\">\n" + text + "</div>\n";
}

std::string section(const ReportTable& table) {
  std::string text = "<section>\n<h2>" + escaped(table.title) + "</h2>\n<p class=\"soft\">" +
                     escaped(table.explanation) + "</p>\n" + figures(table) +
                     "<div class=\"scroll\"><table>\n" + table_head(table) + "<tbody>\n";
  for (const ReportGroup& group : table.groups) text += group_rows(table, group);
  text += "</tbody></table></div>\n<ul class=\"signatures\">\n";
  for (std::size_t i = 0; i < table.signatures.size(); ++i) {
    text += fmt::format("<li><sup>{}</sup> <code>{}</code></li>\n", signature_mark(i),
                        escaped(table.signatures[i]));
  }
  return text + "</ul>\n</section>\n";
}

}  // namespace

std::string report_html(const Report& report) {
  std::string text =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      escaped(report.title) + "</title>\n<style>" + std::string(kStyle) + "</style>\n</head>\n" +
      "<body>\n<main>\n<h1>" + escaped(report.title) + "</h1>\n" + paragraphs(report.notes);
  for (const ReportTable& table : report.tables) text += section(table);
  return text + "</main>\n</body>\n</html>\n";
}

}  // namespace unimo::stages
