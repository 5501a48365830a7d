// Adversarial training against the formulas written out: disturbances follow central differences of
// the slow model.
#include "trainer/objectives/adversarial.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include "tests/trainer/objectives/slow_check.h"
#include "trainer/model/gather.h"
#include "trainer/objectives/losses.h"

namespace unimo::trainer {
namespace {

using namespace unimo::testing;

constexpr double kSmoothing = 0.1;

// Two captioned images: the batch, and the same samples for the slow model.
struct Captions {
  MaskedBatch batch;
  std::vector<SlowSequence> sequences;
  std::vector<std::vector<std::pair<std::size_t, std::int32_t>>> targets;  // position, label
  std::size_t count = 0;
};

Captions two_captions() {
  Captions captions;
  MaskedBatchBuilder builder({.feature_size = 12, .vocabulary = kVocabulary, .special = kSpecial});
  for (std::size_t i = 0; i < 2; ++i) {
    const ShownImage image = random_image(i, 2 + static_cast<std::uint32_t>(i));
    const std::vector<std::vector<std::int32_t>> caption(1, random_ids(10 + i, 3 + i));
    builder.add_captions(image, {}, caption);
    auto positions = image_positions(image);
    const std::size_t source = positions.size();
    captions.targets.emplace_back();
    std::int32_t shown = kSpecial.cls;
    for (std::size_t t = 0; t <= caption[0].size(); ++t) {
      const std::int32_t next = t < caption[0].size() ? caption[0][t] : kSpecial.sep;
      captions.targets.back().emplace_back(positions.size(), next);
      positions.push_back({.token = shown, .place = 2 + static_cast<int>(t)});
      shown = next;
      ++captions.count;
    }
    captions.sequences.push_back(sequence_of(positions, source));
  }
  captions.batch = builder.take();
  return captions;
}

AdversarialTask task_of(const Captions& captions) {
  const TokenTargets& targets = captions.batch.generated;
  return {.batch = captions.batch.batch,
          .logits =
              [&targets](Unimo& model, const at::Tensor& hidden, const EncodeOptions&) {
                return model.lm_logits(gather_rows(hidden, targets.rows));
              },
          .loss =
              [&targets](const at::Tensor& logits) {
                return token_loss_mean(logits, targets.labels, kSmoothing);
              }};
}

// Log-probabilities of every target, in order.
Matrix slow_predictions(const SlowUnimo& model, const Captions& captions,
                        const std::vector<SlowSequence>& sequences) {
  const auto states = model.encode(sequences);
  Matrix log_p;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    for (const auto& target : captions.targets[i])
      log_p.push_back(model.lm_log_probabilities(states[i][target.first]));
  }
  return log_p;
}

double slow_cost(const Captions& captions, const Matrix& log_p) {
  double sum = 0;
  std::size_t at = 0;
  for (const auto& targets : captions.targets) {
    for (const auto& target : targets) {
      const Vector& row = log_p[at++];
      double all = 0;
      for (const double value : row) all += value;
      sum -= (1 - kSmoothing) * row[static_cast<std::size_t>(target.second)] +
             kSmoothing * all / static_cast<double>(row.size());
    }
  }
  return sum / static_cast<double>(captions.count);
}

double slow_divergence(const Matrix& a, const Matrix& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t c = 0; c < a[i].size(); ++c) {
      const double q = std::exp(a[i][c]), p = std::exp(b[i][c]);
      sum += q * (a[i][c] - b[i][c]) + p * (b[i][c] - a[i][c]);
    }
  }
  return sum / static_cast<double>(a.size());
}

// The disturbances of one side: of each sample and of each of its positions of that side.
using Deltas = std::vector<Matrix>;

std::vector<SlowSequence> disturbed(const Captions& captions, const Deltas& deltas, bool text) {
  auto sequences = captions.sequences;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    std::size_t at = 0;
    for (SlowPosition& p : sequences[i].positions) {
      if ((p.token >= 0) == text) p.delta = deltas[i][at++];
    }
  }
  return sequences;
}

// The uniform start, drawn as the trainer draws it: row by row of the batch.
Deltas start_of(const Captions& captions, bool text, std::size_t size, double magnitude,
                Random random) {
  Deltas deltas;
  for (const SlowSequence& sequence : captions.sequences) {
    Matrix rows;
    for (const SlowPosition& p : sequence.positions) {
      if ((p.token >= 0) == text) rows.emplace_back(size);
    }
    for (Vector& row : rows) {
      for (double& value : row)
        value = static_cast<float>((2 * random.uniform() - 1) * magnitude /
                                   std::sqrt(static_cast<double>(rows.size() * size)));
    }
    deltas.push_back(rows);
  }
  return deltas;
}

// One step up the slope of cost / steps, by central differences.
void climb(const SlowUnimo& model, const Captions& captions, const AdversarialConfig& config,
           bool text, Deltas& deltas) {
  Deltas slopes = deltas;
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    for (std::size_t r = 0; r < deltas[i].size(); ++r) {
      for (std::size_t c = 0; c < deltas[i][r].size(); ++c) {
        constexpr double kStep = 1e-5;
        const auto cost_at = [&](double by) {
          Deltas moved = deltas;
          moved[i][r][c] += by;
          return slow_cost(captions,
                           slow_predictions(model, captions, disturbed(captions, moved, text))) /
                 config.steps;
        };
        slopes[i][r][c] = (cost_at(kStep) - cost_at(-kStep)) / (2 * kStep);
      }
    }
  }
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    double squares = 0;
    for (const Vector& row : slopes[i]) {
      for (const double value : row) squares += value * value;
    }
    const double norm = std::sqrt(squares);
    for (std::size_t r = 0; r < deltas[i].size(); ++r) {
      for (std::size_t c = 0; c < deltas[i][r].size(); ++c) {
        double& delta = deltas[i][r][c];
        delta += config.lr * slopes[i][r][c] / std::max(norm, 1e-8);
        if (config.max_norm > 0 && norm > config.max_norm) delta *= config.max_norm / norm;
      }
    }
  }
}

// The disturbances of every step.
struct Course {
  std::vector<Deltas> text, image;
};

Course slow_course(const SlowUnimo& model, const Captions& captions,
                   const AdversarialConfig& config, const EncodeOptions& encode) {
  const auto random = [&](const char* stream) {
    return Random({.seed = encode.seed,
                   .stream = stream_of(stream),
                   .sample = encode.step,
                   .epoch = encode.pass});
  };
  Deltas text = start_of(captions, true, static_cast<std::size_t>(model.config().hidden),
                         config.magnitude, random("adversarial.text"));
  Deltas image = start_of(captions, false, static_cast<std::size_t>(model.config().feature_size),
                          config.magnitude, random("adversarial.image"));
  Course course;
  for (int k = 0; k < config.steps; ++k) {
    course.text.push_back(text);
    course.image.push_back(image);
    if (k + 1 == config.steps) break;
    if (config.text) climb(model, captions, config, true, text);
    if (config.image) climb(model, captions, config, false, image);
  }
  return course;
}

double slow_total(const SlowUnimo& model, const Captions& captions, const AdversarialConfig& config,
                  const Course& course) {
  const Matrix clean = slow_predictions(model, captions, captions.sequences);
  double total = 0;
  for (int k = 0; k < config.steps; ++k) {
    const auto step = static_cast<std::size_t>(k);
    total += slow_cost(captions, clean) / config.steps;
    const auto add = [&](const Deltas& deltas, bool text) {
      const Matrix other = slow_predictions(model, captions, disturbed(captions, deltas, text));
      total += slow_cost(captions, other) / config.steps +
               config.kl_weight * slow_divergence(clean, other);
    };
    if (config.text) add(course.text[step], true);
    if (config.image) add(course.image[step], false);
  }
  return total;
}

// The weights' gradient takes the disturbances as given, as training does.
void check(const AdversarialConfig& config) {
  const Captions captions = two_captions();
  ModelConfig sizes = tiny_test_model();
  sizes.layers = 1;
  const auto model = random_model(sizes);
  const EncodeOptions encode{.seed = 4, .step = 9, .pass = 2};
  const Course course = slow_course(SlowUnimo(*model), captions, config, encode);
  expect_like_slow(
      *model, [&](Unimo& m) { return adversarial_loss(m, task_of(captions), config, encode).loss; },
      [&](const SlowUnimo& slow) { return slow_total(slow, captions, config, course); });
}

TEST(Adversarial, IsItsFormula) { check({.steps = 3, .lr = 0.5, .magnitude = 0.4}); }
TEST(Adversarial, ScalesByTheNormOfTheGradient) {
  check({.steps = 2, .lr = 0.5, .max_norm = 0.01, .magnitude = 0.4, .kl_weight = 0.5});
}
TEST(Adversarial, CanDisturbTextAlone) { check({.steps = 2, .lr = 0.5, .image = false}); }
TEST(Adversarial, CanDisturbImagesAlone) { check({.steps = 2, .lr = 0.5, .text = false}); }

TEST(Adversarial, CostsMoreThanTheCleanLoss) {
  const Captions captions = two_captions();
  const auto model = random_model(tiny_test_model());
  const AdversarialLoss loss =
      adversarial_loss(*model, task_of(captions), {.steps = 4, .lr = 0.3}, {.seed = 1});
  EXPECT_GT(loss.text, loss.clean);
  EXPECT_GT(loss.image, loss.clean);
  EXPECT_GT(loss.divergence, 0);
  EXPECT_EQ(loss.rows, 12 * captions.batch.batch.rows);
}

TEST(Adversarial, IsTheSameOnTheSameStep) {
  const Captions captions = two_captions();
  const auto model = random_model(tiny_test_model());
  const auto loss_at = [&](std::uint64_t step) {
    return adversarial_loss(*model, task_of(captions), {.steps = 2}, {.seed = 1, .step = step})
        .loss.item<float>();
  };
  EXPECT_EQ(loss_at(3), loss_at(3));
  EXPECT_NE(loss_at(3), loss_at(4));
}

}  // namespace
}  // namespace unimo::trainer
