#include "stages/predict/predict.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "orchestrator/base/file.h"
#include "stages/finetune/text_examples.h"
#include "stages/pretrain/training_session.h"
#include "stages/schema/predict.h"
#include "trainer/decode/captioner.h"
#include "trainer/decode/retriever.h"
#include "trainer/loop/numerics.h"

namespace unimo::stages {
namespace {

using trainer::PackReader;
using trainer::Retriever;
using trainer::ScoreMatrix;

struct LoadedModel {
  ModelInfo info;
  std::unique_ptr<trainer::Unimo> model;
};

Result<LoadedModel> load(const std::filesystem::path& folder, const PackReader& pack,
                         const PredictParams& params) {
  LoadedModel loaded{.info = UNIMO_TRY(read_model_info(folder))};
  UNIMO_TRY(check_model_fits(loaded.info, pack, folder));
  loaded.model = UNIMO_TRY(load_model(folder, loaded.info, params.precision, params.device));
  return loaded;
}

std::function<void(std::int64_t, std::int64_t)> progress_of(StageContext& context,
                                                            std::string unit) {
  return [&events = context.events(), unit = std::move(unit)](
             std::int64_t done, std::int64_t total) { events.progress(done, total, unit); };
}

// All images of the split, whether or not they have captions; kInvalid when there are none.
Result<std::vector<std::uint32_t>> images_of(const PackReader& pack, const std::string& split) {
  const auto images = pack.images_of_split(split);
  if (!images.empty()) return std::vector<std::uint32_t>(images.begin(), images.end());
  return fail(ErrorCode::kInvalid, "the pack has no images of the split {}; it knows {}", split,
              fmt::join(pack.info().splits, ", "));
}

Status write_header(const StageContext& context, const PredictParams& params) {
  return write_json(context.output() / "predictions.json", Json{{"format", "unimo.predictions"},
                                                                {"version", 1},
                                                                {"task", params.task},
                                                                {"split", params.split}});
}

Status predict_captions(StageContext& context, const PackReader& pack,
                        const PredictParams& params) {
  const auto checkpoint = UNIMO_TRY(context.input("checkpoint"));
  const auto loaded = UNIMO_TRY(load(checkpoint, pack, params));
  const auto images = UNIMO_TRY(images_of(pack, params.split));
  const auto captions =
      UNIMO_TRY(trainer::generate_captions(*loaded.model, pack, images,
                                           {.beam = params.beam,
                                            .tags = loaded.info.tags,
                                            .batch = params.batch,
                                            .stop = &StageContext::stop_requested,
                                            .progress = progress_of(context, "images")}));
  Json list = Json::array();
  double words = 0;
  for (const auto& caption : captions) {
    list.push_back({{"image_id", pack.image(caption.image).id}, {"caption", caption.text}});
    words += 1 + static_cast<double>(std::count(caption.text.begin(), caption.text.end(), ' '));
  }
  context.events().metric("caption_words", words / static_cast<double>(captions.size()));
  UNIMO_TRY(write_json(context.output() / "captions.json", list));
  return write_header(context, params);
}

trainer::RetrievalSet retrieval_set(const PackReader& pack, std::vector<std::uint32_t> images) {
  trainer::RetrievalSet set{.images = std::move(images)};
  for (const std::uint32_t image : set.images) {
    for (const std::uint32_t caption : pack.captions_of_image(image))
      set.captions.push_back(caption);
  }
  return set;
}

trainer::RetrieverOptions retriever_options(StageContext& context, const PredictParams& params,
                                            const ModelInfo& info) {
  return {.match = info.match,
          .tags = info.tags,
          .batch_rows = params.batch_rows,
          .mirror = params.mirror,
          .stop = &StageContext::stop_requested,
          .progress = progress_of(context, "sequences")};
}

// Looks at the best pairs again, as the parameters ask.
Status look_again(StageContext& context, const PackReader& pack, const PredictParams& params,
                  const trainer::RetrievalSet& set, const LoadedModel& first, ScoreMatrix& matrix) {
  if (params.scoring != "dual_then_joint" && params.likelihood_weight <= 0) return ok();
  const auto places = Retriever::best_places(matrix, params.rerank_top);
  if (params.scoring == "dual_then_joint") {
    Retriever retriever(*first.model, pack, retriever_options(context, params, first.info));
    const auto scores = UNIMO_TRY(retriever.joint_scores_at(set, places));
    trainer::lift_places(matrix, places, scores, params.joint_weight);
  }
  if (params.likelihood_weight > 0) {
    LoadedModel other;
    if (context.has_input("captioner")) {
      const auto folder = UNIMO_TRY(context.input("captioner"));
      other = UNIMO_TRY(load(folder, pack, params));
    }
    const LoadedModel& captioner = other.model ? other : first;
    Retriever retriever(*captioner.model, pack, retriever_options(context, params, captioner.info));
    auto likelihoods = UNIMO_TRY(retriever.caption_likelihoods(set, places));
    trainer::center_by_caption(places, likelihoods);
    trainer::lift_places(matrix, places, likelihoods, params.likelihood_weight);
  }
  return ok();
}

Status write_scores(const StageContext& context, const PackReader& pack,
                    const trainer::RetrievalSet& set, const ScoreMatrix& matrix) {
  std::string bytes(matrix.scores.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), matrix.scores.data(), bytes.size());
  UNIMO_TRY(write_file_atomic(context.output() / "similarity.f32", bytes));
  Json images = Json::array(), captions = Json::array(), rows = Json::array();
  std::vector<std::int64_t> row_of(pack.images(), 0);
  for (std::size_t row = 0; row < set.images.size(); ++row) {
    images.push_back(pack.image(set.images[row]).id);
    row_of[set.images[row]] = static_cast<std::int64_t>(row);
  }
  for (const std::uint32_t caption : set.captions) {
    captions.push_back(UNIMO_TRY(pack.caption(caption)).id);
    rows.push_back(row_of[pack.image_of_caption(caption)]);
  }
  return write_json(context.output() / "index.json",
                    Json{{"images", images}, {"captions", captions}, {"image_of_caption", rows}});
}

Status predict_retrieval(StageContext& context, const PackReader& pack,
                         const PredictParams& params) {
  const auto set = retrieval_set(pack, UNIMO_TRY(images_of(pack, params.split)));
  if (set.captions.empty()) {
    return fail(ErrorCode::kInvalid, "the images of the split {} have no captions to retrieve",
                params.split);
  }
  const auto checkpoints = context.inputs("checkpoint");
  if (checkpoints.empty()) UNIMO_TRY(context.input("checkpoint"));
  LoadedModel first;
  ScoreMatrix sum;
  for (const InputItem& item : checkpoints) {
    LoadedModel loaded = UNIMO_TRY(load(item.path, pack, params));
    Retriever retriever(*loaded.model, pack, retriever_options(context, params, loaded.info));
    const ScoreMatrix matrix = params.scoring == "joint" ? UNIMO_TRY(retriever.joint_scores(set))
                                                         : UNIMO_TRY(retriever.dual_scores(set));
    if (sum.scores.empty())
      sum = matrix;
    else
      std::transform(sum.scores.begin(), sum.scores.end(), matrix.scores.begin(),
                     sum.scores.begin(), std::plus());
    if (!first.model) first = std::move(loaded);
  }
  UNIMO_TRY(look_again(context, pack, params, set, first, sum));
  UNIMO_TRY(write_scores(context, pack, set, sum));
  return write_header(context, params);
}

// The class of the highest logit, the first of equal ones, or the score itself.
Json answer_of(const TextClassKind& kind, const std::string& id, std::span<const float> outputs) {
  if (kind.classes.empty()) return {{"id", id}, {"score", outputs[0]}};
  const auto best = static_cast<std::size_t>(std::ranges::max_element(outputs) - outputs.begin());
  return {{"id", id}, {"label", kind.classes[best]}};
}

Status predict_text_class(StageContext& context, const PackReader& pack,
                          const PredictParams& params, const TextClassKind& kind) {
  const auto folder = UNIMO_TRY(context.input("checkpoint"));
  const ModelInfo info = UNIMO_TRY(read_model_info(folder));
  UNIMO_TRY(check_model_fits(info, pack, folder));
  if (info.task != params.task) {
    return fail(ErrorCode::kInvalid,
                "{}: a model of the task {} has no head for {}; fine-tune one for it",
                folder.string(), info.task, params.task);
  }
  const auto model = UNIMO_TRY(
      load_model(folder, info, params.precision, params.device,
                 {.parameters = trainer::head_parameters(kind.head(), info.model.pooled)}));
  const TextExamples read =
      UNIMO_TRY(read_text_examples(context, kind, pack.tokenizer(), {&params.split, 1},
                                   std::min(params.max_tokens, info.model.positions - 2), false));
  const std::vector<float> outputs =
      UNIMO_TRY(trainer::text_class_scores(*model, read.examples, kind.head(),
                                           {.batch_rows = params.batch_rows,
                                            .stop = &StageContext::stop_requested,
                                            .progress = progress_of(context, "examples")}));
  context.events().count("examples", static_cast<std::int64_t>(read.examples.size()));
  context.events().count("examples_cut", read.cut);
  const auto width = static_cast<std::size_t>(kind.head().outputs);
  std::string lines;
  for (std::size_t i = 0; i < read.examples.size(); ++i) {
    const auto row = std::span(outputs).subspan(i * width, width);
    lines += answer_of(kind, read.examples[i].id, row).dump() + "\n";
  }
  UNIMO_TRY(write_file_atomic(context.output() / "predictions.jsonl", lines));
  return write_header(context, params);
}

}  // namespace

Status run_predict(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<PredictParams>());
  trainer::use_threads(threads_of(context, params.threads));
  const auto folder = UNIMO_TRY(context.input("data"));
  const auto pack = UNIMO_TRY(PackReader::open(folder));
  if (const TextClassKind* kind = text_class_kind(params.task))
    return predict_text_class(context, pack, params, *kind);
  return params.task == "coco_caption" ? predict_captions(context, pack, params)
                                       : predict_retrieval(context, pack, params);
}

}  // namespace unimo::stages
