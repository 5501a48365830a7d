#include "stages/score/score.h"

#include <algorithm>
#include <filesystem>

#include "evaluators/evaluator.h"
#include "stages/ingest/records.h"
#include "stages/schema/score.h"
#include "stages/score/caption_files.h"
#include "stages/score/resources.h"
#include "stages/score/run_files.h"
#include "stages/score/score_captions.h"
#include "stages/score/score_conversations.h"
#include "stages/score/score_detection.h"
#include "stages/score/score_labels.h"
#include "stages/score/score_questions.h"
#include "stages/score/score_retrieval.h"
#include "stages/score/score_texts.h"
#include "stages/score/scores_output.h"
#include "stages/score/similarity_files.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

// Predictions of the wrong kind or split would give numbers that look fine.
Status check_header(const fs::path& folder, const ScoreParams& params) {
  const auto header = UNIMO_TRY(eval::read_predictions_header(folder));
  const bool fits = header.task == params.task ||
                    (params.task == "coco_caption" && header.task == "caption") ||
                    (params.task == "flickr30k" && header.task == "retrieval");
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

Result<ScoreResources> resources_of(const StageContext& context) {
  ScoreResources resources = find_resources("");
  const auto take = [&](const char* input, fs::path& path) -> Status {
    if (context.has_input(input)) path = UNIMO_TRY(context.input(input));
    return ok();
  };
  UNIMO_TRY(take("rouge_lists", resources.rouge_lists));
  UNIMO_TRY(take("meteor", resources.meteor));
  UNIMO_TRY(take("paraphrases", resources.paraphrases));
  resources.wordnet.clear();  // only what is an input is part of a task's key
  UNIMO_TRY(take("wordnet", resources.wordnet));
  return resources;
}

// One task of a run: where its files lie and how it is scored.
struct RunScoring {
  const ScoreParams& params;
  fs::path predictions, references;
  ScoreResources resources;
  int threads = 1;
};

Result<Scored> score_run_labels(const RunScoring& run) {
  const LabelTask task = UNIMO_TRY(label_task(run.params.task));
  const auto examples = UNIMO_TRY(examples_of_split(run.references, run.params.split));
  const LabelFile gold = UNIMO_TRY(gold_labels(task, examples));
  const LabelFile predicted = UNIMO_TRY(predicted_labels(task, run.predictions, gold));
  return score_labels_of_sets(task, gold, predicted, sets_of(examples));
}

Result<Scored> score_run_texts(const RunScoring& run) {
  const auto examples = UNIMO_TRY(examples_of_split(run.references, run.params.split));
  const auto texts = UNIMO_TRY(predicted_texts(run.predictions, examples));
  const std::string& task = run.params.task;
  if (task == "coqa") {
    const Conversations conversations = UNIMO_TRY(conversations_of(examples));
    const PredictedAnswers predicted{texts, std::vector<bool>(texts.size(), true), {}};
    return score_conversations(
        conversations, predicted,
        {.rejoin_clitics = run.params.variant != "official", .threads = run.threads});
  }
  if (task == "vqa") {
    const AnnotatedQuestions questions = UNIMO_TRY(annotated_questions_of(examples));
    return score_questions(questions, {texts, {}}, run.threads);
  }
  const TextScoring options{
      .rules = {.variant = run.params.variant}, .resources = run.resources, .threads = run.threads};
  const auto references = UNIMO_TRY(first_targets(examples));
  if (task != "squad_qg") return score_summaries(task, texts, references, options);
  return score_generated_questions(question_sources(examples), texts, references, options);
}

Result<Scored> score_run_pictures(const RunScoring& run) {
  const Records records = UNIMO_TRY(read_records(run.references));
  const bool captioning = run.params.task == "coco_caption";
  // A picture without captions can be described, but not be looked for.
  const CaptionSet captions =
      UNIMO_TRY(captions_of_split(records, run.params.split, /*leave_out_bare=*/!captioning));
  if (captioning) {
    const auto candidates = UNIMO_TRY(candidates_for(captions, run.predictions / "captions.json"));
    return score_captions(captions, candidates,
                          {.shuffled_control = run.params.shuffled_control,
                           .resources = run.resources,
                           .threads = run.threads});
  }
  const auto tie_rule = UNIMO_TRY(eval::parse_tie_rule(run.params.tie_rule));
  const auto similarity = UNIMO_TRY(eval::read_similarity(run.predictions));
  UNIMO_TRY(check_pairs(similarity, captions, (run.predictions / "index.json").string()));
  return score_similarity(similarity, tie_rule);
}

Result<Scored> score_run_detection(const RunScoring& run) {
  const DetectionFiles files =
      UNIMO_TRY(read_run_detection(run.references, run.params.split, run.predictions));
  return score_detection(files);
}

Result<Scored> score(const RunScoring& run) {
  const std::string& task = run.params.task;
  if (task == "detection") return score_run_detection(run);
  if (task == "coco_caption" || task == "flickr30k") return score_run_pictures(run);
  if (task == "coqa" || task == "vqa" || task == "squad_qg" || task == "cnndm" ||
      task == "gigaword")
    return score_run_texts(run);
  return score_run_labels(run);
}

Status write_scores(const fs::path& folder, const ScoreParams& params, const Scored& scored) {
  Json document = scores_document(params.task, scored);
  document["split"] = params.split;
  document["label"] = params.label;
  UNIMO_TRY(write_json(folder / "scores.json", document));
  return write_items(folder / "per_item.jsonl", scored);
}

void tell(const Scored& scored, EventWriter& events) {
  for (const auto& [name, value] : scored.metrics) events.metric(name, value);
  for (const auto& [name, value] : scored.counts) events.count(name, value);
  for (const auto& [name, text] : scored.signatures) events.note("info", text);
  for (const std::string& warning : scored.warnings) events.note("warning", warning);
}

}  // namespace

Status run_score(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<ScoreParams>());
  const fs::path predictions = UNIMO_TRY(context.input("predictions"));
  UNIMO_TRY(check_header(predictions, params));
  const fs::path references = UNIMO_TRY(context.input("references"));
  const ScoreResources resources = UNIMO_TRY(resources_of(context));
  const Scored scored = UNIMO_TRY(score({.params = params,
                                         .predictions = predictions,
                                         .references = references,
                                         .resources = resources,
                                         .threads = std::max(1, context.job().resources.cores)}));
  tell(scored, context.events());
  return write_scores(context.output(), params, scored);
}

}  // namespace unimo::stages
