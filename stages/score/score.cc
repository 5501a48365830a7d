#include "stages/score/score.h"

#include "evaluators/evaluator.h"
#include "orchestrator/base/file.h"
#include "stages/ingest/records.h"
#include "stages/schema/score.h"
#include "stages/score/score_captions.h"
#include "stages/score/score_retrieval.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

constexpr const char* kCaptioning = "coco_caption";

// Predictions of the wrong kind or split would give numbers that look fine.
Status check_header(const fs::path& folder, const ScoreParams& params) {
  const auto header = UNIMO_TRY(eval::read_predictions_header(folder));
  const bool captions = params.task == kCaptioning;
  const bool fits =
      header.task == params.task || header.task == (captions ? "caption" : "retrieval");
  if (!fits) {
    return fail(ErrorCode::kInvalid, "{}: predictions of the task \"{}\", but score.task is \"{}\"",
                (folder / "predictions.json").string(), header.task, params.task);
  }
  if (header.split != params.split) {
    return fail(ErrorCode::kInvalid,
                "{}: predictions of the split \"{}\", but score.split is \"{}\"",
                (folder / "predictions.json").string(), header.split, params.split);
  }
  return ok();
}

Result<Scored> score(const fs::path& predictions, const Records& references,
                     const ScoreParams& params) {
  if (params.task == kCaptioning) {
    return score_captions(predictions, references, params.split, params.shuffled_control);
  }
  const auto tie_rule = UNIMO_TRY(eval::parse_tie_rule(params.tie_rule));
  return score_retrieval(predictions, references, params.split, tie_rule);
}

Status write_scores(const fs::path& folder, const ScoreParams& params, const Scored& scored) {
  std::string signature;
  for (const auto& [name, text] : scored.signatures) {
    signature += (signature.empty() ? "" : " ") + text;
  }
  UNIMO_TRY(write_json(folder / "scores.json", {{"format", "unimo.scores"},
                                                {"version", 1},
                                                {"task", params.task},
                                                {"split", params.split},
                                                {"label", params.label},
                                                {"metrics", scored.metrics},
                                                {"counts", scored.counts},
                                                {"signature", signature},
                                                {"signatures", scored.signatures}}));
  std::string lines;
  for (const Json& item : scored.items) lines += canonical_text(item) + "\n";
  return write_file_atomic(folder / "per_item.jsonl", lines);
}

void tell(const Scored& scored, EventWriter& events) {
  for (const auto& [name, value] : scored.metrics) events.metric(name, value);
  for (const auto& [name, value] : scored.counts) events.count(name, value);
  for (const auto& [name, text] : scored.signatures) events.note("info", text);
  const auto warn = [&](const char* count, std::string_view what) {
    const auto found = scored.counts.find(count);
    if (found != scored.counts.end() && found->second > 0)
      events.note("warning", fmt::format("{} predicted captions {}", found->second, what));
  };
  warn("captions.empty", "have no word; they score 0");
  warn("captions.model_marks",
       "hold special tokens or marks of word pieces, which count as words; decode them first");
}

}  // namespace

Status run_score(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<ScoreParams>());
  const fs::path predictions = UNIMO_TRY(context.input("predictions"));
  UNIMO_TRY(check_header(predictions, params));
  const fs::path reference_folder = UNIMO_TRY(context.input("references"));
  const Records references = UNIMO_TRY(read_records(reference_folder));
  const Scored scored = UNIMO_TRY(score(predictions, references, params));
  tell(scored, context.events());
  return write_scores(context.output(), params, scored);
}

}  // namespace unimo::stages
