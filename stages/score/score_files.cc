#include "stages/score/score_files.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "evaluators/evaluator.h"
#include "stages/score/caption_files.h"
#include "stages/score/conversation_files.h"
#include "stages/score/label_files.h"
#include "stages/score/question_files.h"
#include "stages/score/resources.h"
#include "stages/score/score_captions.h"
#include "stages/score/score_conversations.h"
#include "stages/score/score_detection.h"
#include "stages/score/score_labels.h"
#include "stages/score/score_questions.h"
#include "stages/score/score_retrieval.h"
#include "stages/score/score_texts.h"
#include "stages/score/similarity_files.h"
#include "stages/score/text_lines.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

int threads_of(const ScoreFilesParams& params) {
  if (params.threads > 0) return static_cast<int>(params.threads);
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

ScoreResources resources_of(const ScoreFilesParams& params) {
  ScoreResources resources = find_resources(params.resources);
  if (!params.paraphrases.empty()) resources.paraphrases = params.paraphrases;
  return resources;
}

void add_warnings(std::vector<std::string> warnings, Scored& scored) {
  scored.warnings.insert(scored.warnings.begin(), std::make_move_iterator(warnings.begin()),
                         std::make_move_iterator(warnings.end()));
}

Result<Scored> score_label_files(const ScoreFilesParams& params) {
  const LabelTask task = UNIMO_TRY(label_task(params.benchmark, params.rules.digits));
  const LabelFile gold = UNIMO_TRY(read_gold(task, params.references));
  const LabelFile predicted = UNIMO_TRY(read_predicted(task, params.predictions, gold));
  return score_labels(task, gold, predicted);
}

Result<Scored> score_conversation_files(const ScoreFilesParams& params) {
  const auto conversations = UNIMO_TRY(read_conversations(params.references));
  const auto predicted = UNIMO_TRY(
      params.ids.empty() ? read_answers(params.predictions, conversations)
                         : read_answer_lines(params.predictions, params.ids, conversations));
  return score_conversations(conversations, predicted,
                             {.human = params.human,
                              .rejoin_clitics = params.rules.variant == "ernie_gen",
                              .threads = threads_of(params)});
}

Result<Scored> score_question_files(const ScoreFilesParams& params) {
  const auto questions = UNIMO_TRY(read_annotated_questions(params.references));
  const auto predicted = UNIMO_TRY(read_vqa_results(params.predictions, questions));
  return score_questions(questions, predicted, threads_of(params));
}

Result<Scored> score_caption_files(const ScoreFilesParams& params) {
  CaptionSet references = UNIMO_TRY(read_caption_references(params.references, params.split));
  if (params.only_predicted) {
    const auto predicted = UNIMO_TRY(eval::read_captions(params.predictions));
    std::vector<std::string> images;
    for (const auto& caption : predicted) images.push_back(caption.image);
    references = UNIMO_TRY(restrict_to(references, images));
  }
  const auto candidates = UNIMO_TRY(candidates_for(references, params.predictions));
  return score_captions(references, candidates,
                        {.frequencies = params.frequencies,
                         .write_frequencies = params.write_frequencies,
                         .resources = resources_of(params),
                         .threads = threads_of(params)});
}

Result<Scored> score_text_files(const ScoreFilesParams& params) {
  const bool questions = params.benchmark == "squad_qg";
  // ROUGE, and the toolkit of question generation, work on bytes.
  const TextLines predicted = UNIMO_TRY(read_text_lines(params.predictions, {.bytes = true}));
  const TextLines references = UNIMO_TRY(read_text_lines(params.references, {.bytes = true}));
  UNIMO_TRY(check_same_length(predicted, references));
  const TextScoring options{
      .rules = params.rules, .resources = resources_of(params), .threads = threads_of(params)};
  std::vector<std::string> warnings = warnings_of(references, false);
  for (std::string& warning : warnings_of(predicted, true)) warnings.push_back(std::move(warning));
  Scored scored;
  if (questions) {
    if (params.sources.empty())
      return fail(ErrorCode::kInvalid,
                  "squad_qg needs --sources: references of equal source lines are alternatives");
    const TextLines sources = UNIMO_TRY(read_text_lines(params.sources, {.bytes = true}));
    UNIMO_TRY(check_same_length(sources, references));
    for (const TextLines* file : {&sources, &references, &predicted}) {
      if (!file->ended)
        warnings.push_back(file->name +
                           ": the last line does not end; the official script would lose its last "
                           "character, here it is scored");
    }
    scored = UNIMO_TRY(
        score_generated_questions(sources.lines, predicted.lines, references.lines, options));
  } else {
    scored =
        UNIMO_TRY(score_summaries(params.benchmark, predicted.lines, references.lines, options));
  }
  add_warnings(std::move(warnings), scored);
  return scored;
}

Result<Scored> score_similarity_files(const ScoreFilesParams& params) {
  const auto tie_rule = UNIMO_TRY(eval::parse_tie_rule(params.rules.tie_rule));
  const auto similarity =
      UNIMO_TRY(read_similarity_files(params.predictions, params.references, params.split));
  return score_similarity(similarity, tie_rule);
}

Result<Scored> score_detection_files(const ScoreFilesParams& params) {
  const DetectionFiles files =
      UNIMO_TRY(read_coco_detection(params.references, params.predictions));
  return score_detection(files);
}

}  // namespace

Result<Scored> score_files(const ScoreFilesParams& params) {
  const std::string& benchmark = params.benchmark;
  const bool folder = benchmark == "flickr30k" && fs::is_directory(params.predictions);
  if (params.references.empty() && !folder)
    return fail(ErrorCode::kInvalid, "{} needs --references, the official file", benchmark);
  for (const std::string* file : {&params.predictions, &params.references, &params.sources,
                                  &params.ids, &params.frequencies}) {
    std::error_code failed;
    if (fs::is_fifo(*file, failed) || fs::is_character_file(*file, failed))
      return fail(ErrorCode::kInvalid, "{}: is no file on a disk; it is read more than once",
                  *file);
  }
  if (benchmark == "coqa") return score_conversation_files(params);
  if (benchmark == "vqa") return score_question_files(params);
  if (benchmark == "coco_caption") return score_caption_files(params);
  if (benchmark == "detection") return score_detection_files(params);
  if (benchmark == "flickr30k") return score_similarity_files(params);
  if (benchmark == "squad_qg" || benchmark == "cnndm" || benchmark == "gigaword")
    return score_text_files(params);
  return score_label_files(params);
}

}  // namespace unimo::stages
