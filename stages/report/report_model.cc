#include "stages/report/report_model.h"

#include <algorithm>
#include <cmath>

namespace unimo::stages {

namespace {

struct TaskLayout {
  std::string_view task;
  std::string_view title;
  std::string_view explanation;
  std::vector<ReportColumn> columns;
};

constexpr const char* kI2t = "Image → text";
constexpr const char* kT2i = "Text → image";

std::vector<TaskLayout> layouts() {
  return {
      {"flickr30k",
       "Image-text retrieval",
       "Recalls in percent: the share of queries whose right answer is among the first 1, 5 or 10. "
       "Median is the median rank. "
       "Chance is what random scores reach on the same images and captions.",
       {{"image_to_text_r1", kI2t, "R@1"},
        {"image_to_text_r5", kI2t, "R@5"},
        {"image_to_text_r10", kI2t, "R@10"},
        {"image_to_text_median_rank", kI2t, "Median", 1},
        {"text_to_image_r1", kT2i, "R@1"},
        {"text_to_image_r5", kT2i, "R@5"},
        {"text_to_image_r10", kT2i, "R@10"},
        {"text_to_image_median_rank", kT2i, "Median", 1},
        {"mean_recall", "Both ways", "Mean recall"},
        {"chance_r10", "Both ways", "Chance R@10"},
        {"over_chance_r10", "Both ways", "× chance", 1}}},
      {"coco_caption",
       "Image captioning",
       "Scores times 100, as papers print them. Shuffled: the same captions, each scored for "
       "another "
       "image; what remains is form, not sight.",
       {{"bleu1", "", "BLEU-1", 1},
        {"bleu2", "", "BLEU-2", 1},
        {"bleu3", "", "BLEU-3", 1},
        {"bleu4", "", "BLEU-4", 1},
        {"rouge_l", "", "ROUGE-L", 1},
        {"cider", "", "CIDEr-D", 1},
        {"meteor", "", "METEOR", 1},
        {"meteor_no_paraphrases", "", "METEOR, no paraphrases", 1},
        {"spice_rules", "", "SPICE, our parser", 1},
        {"bleu4_shuffled", "Shuffled", "BLEU-4", 1},
        {"cider_shuffled", "Shuffled", "CIDEr-D", 1}}},
      {"vqa",
       "Visual question answering (VQA v2)",
       "Accuracy in percent: the mean over questions of how many of ten people agree, three being "
       "enough.",
       {{"vqa_accuracy", "", "All", 2},
        {"vqa_accuracy.yes_no", "", "Yes/no", 2},
        {"vqa_accuracy.number", "", "Number", 2},
        {"vqa_accuracy.other", "", "Other", 2}}},
      {"snli_ve",
       "Visual entailment (SNLI-VE)",
       "Accuracy in percent, and that of each class.",
       {{"accuracy", "", "Accuracy", 2},
        {"accuracy.entailment", "", "Entailment", 2},
        {"accuracy.neutral", "", "Neutral", 2},
        {"accuracy.contradiction", "", "Contradiction", 2}}},
      {"detection",
       "Detection",
       "Average precision in percent: by COCO's rules over ten overlaps and at one, by VOC's at "
       "0.5.",
       {{"ap", "COCO", "AP", 1},
        {"ap50", "COCO", "AP 0.5", 1},
        {"ap75", "COCO", "AP 0.75", 1},
        {"ar100", "COCO", "AR 100", 1},
        {"voc_map", "VOC", "mAP", 1},
        {"voc07_map", "VOC", "mAP, 11 recalls", 1}}},
      {"sst2", "Sentiment (SST-2)", "Accuracy in percent.", {{"accuracy", "", "Accuracy", 1}}},
      {"mnli",
       "Natural language inference (MNLI)",
       "Accuracy in percent, on genres of the training set (matched) and others (mismatched).",
       {{"accuracy_matched", "", "Matched", 1}, {"accuracy_mismatched", "", "Mismatched", 1}}},
      {"ax",
       "Diagnostics of inference (AX)",
       "Matthews' correlation over three classes times 100.",
       {{"matthews", "", "Matthews", 1}, {"accuracy", "", "Accuracy", 1}}},
      {"cola",
       "Acceptability (CoLA)",
       "Matthews' correlation times 100.",
       {{"matthews", "", "Matthews", 1}, {"accuracy", "", "Accuracy", 1}}},
      {"stsb",
       "Similarity of sentences (STS-B)",
       "Correlations times 100.",
       {{"pearson", "", "Pearson", 1}, {"spearman", "", "Spearman", 1}}},
      {"coqa",
       "Conversational question answering (CoQA)",
       "F1 of words and exact match in percent, against several people's answers.",
       {{"f1", "", "F1", 1}, {"em", "", "Exact match", 1}}},
      {"squad_qg",
       "Question generation (SQuAD)",
       "Scores times 100.",
       {{"bleu4", "", "BLEU-4", 2},
        {"meteor", "", "METEOR", 2},
        {"meteor_no_paraphrases", "", "METEOR, no paraphrases", 2},
        {"rouge_l", "", "ROUGE-L", 2}}},
      {"cnndm",
       "Summaries (CNN/DailyMail)",
       "F of ROUGE-1.5.5 times 100.",
       {{"rouge1", "", "ROUGE-1", 2}, {"rouge2", "", "ROUGE-2", 2}, {"rouge_l", "", "ROUGE-L", 2}}},
      {"gigaword",
       "Headlines (Gigaword)",
       "F of ROUGE-1.5.5 times 100.",
       {{"rouge1", "", "ROUGE-1", 2},
        {"rouge2", "", "ROUGE-2", 2},
        {"rouge_l", "", "ROUGE-L", 2}}}};
}

Result<std::string> text_of(const Json& document, const char* name, const std::string& origin) {
  const auto found = document.find(name);
  if (found == document.end() || !found->is_string()) {
    return fail(ErrorCode::kInvalid, "{}: \"{}\" is missing or no text", origin, name);
  }
  return found->get<std::string>();
}

Result<std::map<std::string, double>> metrics_of(const Json& document, const std::string& origin) {
  const auto found = document.find("metrics");
  if (found == document.end() || !found->is_object()) {
    return fail(ErrorCode::kInvalid, "{}: \"metrics\" is missing or no mapping", origin);
  }
  std::map<std::string, double> metrics;
  for (const auto& [name, value] : found->items()) {
    if (value.is_null()) continue;  // not defined for these items
    if (!value.is_number()) {
      return fail(ErrorCode::kInvalid, "{}: the metric {} is {}, not a number", origin, name,
                  canonical_text(value));
    }
    metrics[name] = value.get<double>();
  }
  return metrics;
}

// "val, seed 1, size base"
std::string detail_of(const std::string& split, const Json& cell) {
  std::string detail = split;
  for (const auto& [name, value] : cell.items()) {
    detail += fmt::format(", {} {}", name,
                          value.is_string() ? value.get<std::string>() : canonical_text(value));
  }
  return detail;
}

std::string mark_for(const std::string& signature, std::vector<std::string>& signatures) {
  const auto found = std::find(signatures.begin(), signatures.end(), signature);
  const auto index = static_cast<std::size_t>(found - signatures.begin());
  if (found == signatures.end()) signatures.push_back(signature);
  return signature_mark(index);
}

// Our rows of one table, and by what they may be averaged.
struct OwnRow {
  ReportRow row;
  std::string split;
};

ReportRow mean_row(std::span<const OwnRow* const> rows) {
  ReportRow mean = rows.front()->row;
  mean.detail =
      fmt::format("{}, mean of {} ± standard deviation", rows.front()->split, rows.size());
  const auto count = static_cast<double>(rows.size());
  for (auto& [name, value] : mean.metrics) {
    double sum = 0;
    for (const OwnRow* own : rows) sum += own->row.metrics.at(name);
    value = sum / count;
    double squares = 0;
    for (const OwnRow* own : rows) {
      squares += (own->row.metrics.at(name) - value) * (own->row.metrics.at(name) - value);
    }
    mean.deviations[name] = std::sqrt(squares / (count - 1));
  }
  return mean;
}

// Rows as they came; behind the last of several with one label, split and signature, their mean.
std::vector<ReportRow> with_means(const std::vector<OwnRow>& own) {
  const auto same = [](const OwnRow& a, const OwnRow& b) {
    return a.row.label == b.row.label && a.split == b.split && a.row.mark == b.row.mark &&
           a.row.metrics.size() == b.row.metrics.size() &&
           std::equal(a.row.metrics.begin(), a.row.metrics.end(), b.row.metrics.begin(),
                      [](const auto& x, const auto& y) { return x.first == y.first; });
  };
  std::vector<ReportRow> rows;
  std::vector<bool> done(own.size(), false);
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (done[i]) continue;
    std::vector<const OwnRow*> repetitions;
    for (std::size_t j = i; j < own.size(); ++j) {
      if (done[j] || !same(own[i], own[j])) continue;
      done[j] = true;
      repetitions.push_back(&own[j]);
      rows.push_back(own[j].row);
    }
    if (repetitions.size() > 1) rows.push_back(mean_row(repetitions));
  }
  return rows;
}

Result<OwnRow> own_row(const ScoresInput& input, std::vector<std::string>& signatures) {
  OwnRow own;
  own.split = UNIMO_TRY(text_of(input.scores, "split", input.origin));
  own.row.label = UNIMO_TRY(text_of(input.scores, "label", input.origin));
  own.row.metrics = UNIMO_TRY(metrics_of(input.scores, input.origin));
  own.row.detail = detail_of(own.split, input.cell);
  own.row.mark = mark_for(UNIMO_TRY(text_of(input.scores, "signature", input.origin)), signatures);
  return own;
}

Result<ReportGroup> published_group(const Json& group) {
  const std::string origin = "published.json";
  ReportGroup result;
  result.heading = UNIMO_TRY(text_of(group, "heading", origin));
  result.note = UNIMO_TRY(text_of(group, "note", origin));
  result.source = UNIMO_TRY(text_of(group, "source", origin));
  result.decimals = group.value("decimals", 2);
  for (const Json& entry : group["rows"]) {
    ReportRow& row = result.rows.emplace_back();
    row.label = UNIMO_TRY(text_of(entry, "label", origin));
    row.metrics = UNIMO_TRY(metrics_of(entry, origin));
  }
  return result;
}

std::string own_note(const ReportTable& table) {
  if (table.signatures.size() < 2) {
    return "All scored alike, on the same number of images and captions; comparable with each "
           "other.";
  }
  return "Compare only rows with the same mark: the others were scored on other images, captions "
         "or "
         "by another rule.";
}

Result<ReportTable> table_of(const TaskLayout& layout, std::span<const ScoresInput> inputs,
                             const Json& published) {
  ReportTable table;
  table.task = layout.task;
  table.title = layout.title;
  table.explanation = layout.explanation;
  table.columns = layout.columns;
  std::vector<OwnRow> own;
  for (const ScoresInput& input : inputs) {
    if (UNIMO_TRY(text_of(input.scores, "task", input.origin)) != layout.task) continue;
    own.push_back(UNIMO_TRY(own_row(input, table.signatures)));
  }
  ReportGroup ours{.heading = "Measured here"};
  ours.rows = with_means(own);
  ours.note = own_note(table);
  table.groups.push_back(std::move(ours));
  for (const Json& group : published["groups"]) {
    if (group["task"] == layout.task) {
      table.groups.push_back(UNIMO_TRY(published_group(group)));
    }
  }
  keep_used_columns(table);
  return table;
}

Status check_inputs(std::span<const ScoresInput> inputs) {
  for (const ScoresInput& input : inputs) {
    const bool known = input.scores.is_object() && input.scores.contains("format") &&
                       input.scores["format"] == "unimo.scores" &&
                       input.scores.contains("version") && input.scores["version"] == 1;
    if (!known) {
      return fail(ErrorCode::kInvalid, "{}: not scores of version 1 (format \"unimo.scores\")",
                  input.origin);
    }
    const std::string task = UNIMO_TRY(text_of(input.scores, "task", input.origin));
    const auto all = layouts();
    if (std::none_of(all.begin(), all.end(), [&](const auto& one) { return one.task == task; })) {
      return fail(ErrorCode::kInvalid, "{}: the report has no table for the task \"{}\"",
                  input.origin, task);
    }
  }
  return ok();
}

Json row_json(const ReportRow& row) {
  Json json = {{"label", row.label}, {"metrics", row.metrics}};
  if (!row.detail.empty()) json["detail"] = row.detail;
  if (!row.mark.empty()) json["signature"] = row.mark;
  if (!row.deviations.empty()) json["standard_deviations"] = row.deviations;
  return json;
}

}  // namespace

Result<Report> build_report(std::string_view title, std::string_view notes,
                            std::span<const ScoresInput> inputs, const Json& published) {
  UNIMO_TRY(check_inputs(inputs));
  Report report{.title = std::string(title), .notes = std::string(notes)};
  for (const TaskLayout& layout : layouts()) {
    ReportTable table = UNIMO_TRY(table_of(layout, inputs, published));
    if (!table.groups.front().rows.empty()) report.tables.push_back(std::move(table));
  }
  return report;
}

void keep_used_columns(ReportTable& table) {
  const auto is_used = [&](const ReportColumn& column) {
    for (const ReportGroup& group : table.groups) {
      for (const ReportRow& row : group.rows) {
        if (row.metrics.contains(column.metric)) return true;
      }
    }
    return false;
  };
  std::erase_if(table.columns, [&](const ReportColumn& column) { return !is_used(column); });
}

std::string signature_mark(std::size_t index) {
  std::string mark(1, static_cast<char>('a' + index % 26));
  return index < 26 ? mark : mark + std::to_string(index / 26);
}

Json report_json(const Report& report) {
  Json tables = Json::array();
  for (const ReportTable& table : report.tables) {
    Json columns = Json::array();
    for (const ReportColumn& column : table.columns) {
      columns.push_back(
          {{"metric", column.metric}, {"group", column.group}, {"title", column.title}});
    }
    Json groups = Json::array();
    for (const ReportGroup& group : table.groups) {
      Json rows = Json::array();
      for (const ReportRow& row : group.rows) rows.push_back(row_json(row));
      groups.push_back({{"heading", group.heading},
                        {"note", group.note},
                        {"source", group.source},
                        {"rows", std::move(rows)}});
    }
    tables.push_back({{"task", table.task},
                      {"title", table.title},
                      {"explanation", table.explanation},
                      {"columns", std::move(columns)},
                      {"groups", std::move(groups)},
                      {"signatures", table.signatures}});
  }
  return {{"format", "unimo.report"},
          {"version", 1},
          {"title", report.title},
          {"notes", report.notes},
          {"tables", std::move(tables)}};
}

std::string cell_text(const ReportGroup& group, const ReportRow& row, const ReportColumn& column) {
  const auto found = row.metrics.find(column.metric);
  if (found == row.metrics.end()) return "";
  return fmt::format("{:.{}f}", found->second,
                     group.decimals < 0 ? column.decimals : group.decimals);
}

std::string deviation_text(const ReportRow& row, const ReportColumn& column) {
  const auto found = row.deviations.find(column.metric);
  if (found == row.deviations.end()) return "";
  return fmt::format("{:.{}f}", found->second, column.decimals);
}

}  // namespace unimo::stages
