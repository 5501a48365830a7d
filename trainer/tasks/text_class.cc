#include "trainer/tasks/text_class.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/nll_loss.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "trainer/data/random.h"
#include "trainer/model/gather.h"
#include "trainer/objectives/sequence.h"

namespace unimo::trainer {

namespace {

// Of the dropout before the head; others of a pass lie elsewhere.
constexpr std::uint32_t kHeadPlace = 1100;

std::string head_name(const TextClassHead& head) { return fmt::format("cls_out_{}", head.outputs); }

struct TextBatch {
  PackedBatch batch;
  std::vector<std::int32_t> cls_rows;
  std::vector<std::int64_t> labels;
  std::vector<float> scores;
};

TextBatch batch_of(std::span<const TextExample* const> examples) {
  TextBatch texts;
  BatchBuilder builder(0);
  for (const TextExample* example : examples) {
    std::vector<std::int32_t> positions(example->ids.size());
    for (std::size_t i = 0; i < positions.size(); ++i)
      positions[i] = static_cast<std::int32_t>(i) + 2;
    const Rows rows = builder.add_tokens(example->ids, positions);
    builder.join(rows.begin);
    texts.cls_rows.push_back(rows.begin);
    texts.labels.push_back(example->label);
    texts.scores.push_back(example->score);
  }
  texts.batch = builder.take();
  return texts;
}

// [texts, outputs]
at::Tensor outputs_of(Unimo& model, const TextBatch& texts, const TextClassHead& head,
                      double dropout, const EncodeOptions& encode) {
  const at::Tensor hidden = model.encode(texts.batch, encode);
  const at::Tensor pooled = model.pooled_text(gather_rows(hidden, texts.cls_rows));
  return model.linear(model.dropout(pooled, dropout, encode, kHeadPlace), head_name(head));
}

MicroLoss class_loss(const at::Tensor& outputs, const TextBatch& texts) {
  const at::Tensor labels = at::tensor(texts.labels, at::kLong).to(outputs.device());
  const at::Tensor loss = at::nll_loss(outputs.log_softmax(1), labels);
  const auto count = static_cast<double>(texts.labels.size());
  const auto right = outputs.detach().argmax(1).eq(labels).sum().item<double>();
  return {.loss = loss,
          .means = {{"loss.class", loss.item<double>() * count, count},
                    {"accuracy.class", right, count}},
          .rows = texts.batch.rows};
}

MicroLoss regression_loss(const at::Tensor& outputs, const TextBatch& texts) {
  const at::Tensor wanted = at::tensor(texts.scores).to(outputs.device());
  const at::Tensor loss = (outputs.squeeze(1) - wanted).square().mean();
  const auto count = static_cast<double>(texts.scores.size());
  return {.loss = loss,
          .means = {{"loss.regression", loss.item<double>() * count, count}},
          .rows = texts.batch.rows};
}

}  // namespace

std::vector<TokenId> joined_parts(std::vector<TokenId> a, std::vector<TokenId> b,
                                  std::size_t most) {
  const std::size_t special = b.empty() ? 2 : 3;
  const std::size_t room = most > special ? most - special : 0;
  while (a.size() + b.size() > room) (a.size() > b.size() ? a : b).pop_back();
  std::vector<TokenId> ids = {kClsId};
  ids.insert(ids.end(), a.begin(), a.end());
  ids.push_back(kSepId);
  if (special == 3) {
    ids.insert(ids.end(), b.begin(), b.end());
    ids.push_back(kSepId);
  }
  return ids;
}

std::vector<ParameterSpec> head_parameters(const TextClassHead& head, int pooled) {
  return {{.name = head_name(head) + ".w_0", .shape = {head.outputs, pooled}, .required = false},
          {.name = head_name(head) + ".b_0",
           .shape = {head.outputs},
           .init = Init::kZero,
           .decay = false,
           .required = false}};
}

TextClassTask::TextClassTask(std::span<const TextExample> examples, const TextClassHead& head,
                             const TextClassConfig& config, std::uint64_t seed)
    : examples_(examples),
      head_(head),
      config_(config),
      seed_(seed),
      order_({.seed = seed, .stream = stream_of("text class"), .size = examples.size()}) {}

std::int64_t TextClassTask::steps_of(double epochs) const {
  const double batch = static_cast<double>(config_.batch) * config_.micro_batches;
  return std::max<std::int64_t>(
      1, static_cast<std::int64_t>(epochs * static_cast<double>(examples_.size()) / batch));
}

std::vector<const TextExample*> TextClassTask::examples_of(std::int64_t step,
                                                           std::int64_t index) const {
  const std::int64_t first = (step * config_.micro_batches + index) * config_.batch;
  std::vector<const TextExample*> chosen;
  for (std::int64_t i = 0; i < config_.batch; ++i)
    chosen.push_back(&examples_[order_.visit(static_cast<std::uint64_t>(first + i)).sample]);
  return chosen;
}

Result<MicroBatch> TextClassTask::micro_batch(std::int64_t step, std::int64_t index) const {
  const auto texts = std::make_shared<const TextBatch>(batch_of(examples_of(step, index)));
  const EncodeOptions encode{.training = true,
                             .seed = seed_,
                             .step = static_cast<std::uint64_t>(step),
                             .pass = static_cast<std::uint32_t>(index)};
  return MicroBatch(
      [texts, encode, head = head_, config = config_](Unimo& model) {
        const at::Tensor outputs = outputs_of(model, *texts, head, config.dropout, encode);
        return share_of_step(
            head.is_regression() ? regression_loss(outputs, *texts) : class_loss(outputs, *texts),
            config.micro_batches);
      },
      texts->batch.rows);
}

std::string TextClassTask::describe(std::int64_t step, std::int64_t index) const {
  std::string text = "examples";
  for (const TextExample* example : examples_of(step, index))
    text += (text.ends_with("examples") ? " " : ", ") + example->id;
  return text;
}

Result<std::vector<float>> text_class_scores(Unimo& model, std::span<const TextExample> examples,
                                             const TextClassHead& head,
                                             const TextClassOptions& options) {
  const c10::NoGradGuard no_gradients;
  std::vector<float> scores;
  for (std::size_t i = 0; i < examples.size();) {
    if (options.stop && options.stop())
      return fail(ErrorCode::kCancelled, "stopped after {} of {} texts", i, examples.size());
    std::vector<const TextExample*> some;
    for (std::size_t rows = 0; i < examples.size(); ++i) {
      rows += examples[i].ids.size();
      if (!some.empty() && rows > static_cast<std::size_t>(options.batch_rows)) break;
      some.push_back(&examples[i]);
    }
    const at::Tensor outputs =
        outputs_of(model, batch_of(some), head, 0, {}).to(at::kCPU, at::kFloat).contiguous();
    const auto* values = outputs.const_data_ptr<float>();
    scores.insert(scores.end(), values, values + outputs.numel());
    if (options.progress)
      options.progress(static_cast<std::int64_t>(i), static_cast<std::int64_t>(examples.size()));
  }
  return scores;
}

}  // namespace unimo::trainer
