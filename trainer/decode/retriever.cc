#include "trainer/decode/retriever.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "trainer/objectives/losses.h"
#include "trainer/objectives/match.h"
#include "trainer/objectives/samples.h"

namespace unimo::trainer {
namespace {

std::vector<float> to_floats(const at::Tensor& x) {
  const at::Tensor flat = x.to(at::kFloat).cpu().contiguous();
  const float* data = flat.data_ptr<float>();
  return {data, data + flat.numel()};
}

// The `top` best of n, by number: higher scores first, then the smaller number.
template <class Score>
std::vector<std::int64_t> best_of(std::int64_t n, int top, const Score& score) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  const auto count = std::min<std::ptrdiff_t>(top, static_cast<std::ptrdiff_t>(n));
  std::partial_sort(order.begin(), order.begin() + count, order.end(),
                    [&](std::int64_t a, std::int64_t b) {
                      return score(a) != score(b) ? score(a) > score(b) : a < b;
                    });
  order.resize(static_cast<std::size_t>(count));
  return order;
}

}  // namespace

Retriever::Retriever(Unimo& model, const PackReader& pack, const RetrieverOptions& options)
    : model_(model), pack_(pack), options_(options) {}

Status Retriever::check(std::int64_t done, std::int64_t total) const {
  if (options_.progress) options_.progress(done, total);
  if (options_.stop && options_.stop()) return fail(ErrorCode::kCancelled, "stopped on request");
  return ok();
}

Result<at::Tensor> Retriever::encode_images(std::span<const std::uint32_t> images,
                                            std::uint32_t view) {
  std::vector<at::Tensor> parts;
  for (std::size_t i = 0; i < images.size();) {
    BatchBuilder builder(model_.config().feature_size);
    std::vector<std::int32_t> img_rows;
    for (; i < images.size() && builder.rows() < options_.batch_rows; ++i) {
      const RegionRecord regions = UNIMO_TRY(pack_.regions(images[i], view)).decode();
      img_rows.push_back(builder.add_image(regions, {}).begin);
      builder.join(img_rows.back());
    }
    const at::Tensor hidden = model_.encode(builder.take(), {});
    parts.push_back(trainer::image_vectors(model_, options_.match, hidden, img_rows));
    UNIMO_TRY(check(static_cast<std::int64_t>(i), static_cast<std::int64_t>(images.size())));
  }
  return at::cat(parts, 0);
}

Result<at::Tensor> Retriever::encode_captions(std::span<const std::uint32_t> captions) {
  const SpecialTokens special = special_tokens(pack_.tokenizer());
  std::vector<at::Tensor> parts;
  for (std::size_t i = 0; i < captions.size();) {
    BatchBuilder builder(model_.config().feature_size);
    std::vector<std::int32_t> cls_rows;
    for (; i < captions.size() && builder.rows() < options_.batch_rows; ++i) {
      const auto ids = UNIMO_TRY(pack_.caption(captions[i])).ids;
      cls_rows.push_back(builder.add_text(ids, special).begin);
      builder.join(cls_rows.back());
    }
    const at::Tensor hidden = model_.encode(builder.take(), {});
    parts.push_back(trainer::text_vectors(model_, options_.match, hidden, cls_rows));
    UNIMO_TRY(check(static_cast<std::int64_t>(i), static_cast<std::int64_t>(captions.size())));
  }
  return at::cat(parts, 0);
}

Result<ScoreMatrix> Retriever::dual_scores(const RetrievalSet& set) {
  const at::NoGradGuard no_gradients;
  at::Tensor images = UNIMO_TRY(encode_images(set.images, 0));
  if (options_.mirror && pack_.info().views > 1)
    images = images + UNIMO_TRY(encode_images(set.images, 1));
  const at::Tensor captions = UNIMO_TRY(encode_captions(set.captions));
  const at::Tensor scores =
      trainer::score_matrix(model_, options_.match, captions, images).transpose(0, 1);
  return ScoreMatrix{
      .images = scores.size(0), .captions = scores.size(1), .scores = to_floats(scores)};
}

std::vector<Retriever::Place> Retriever::best_places(const ScoreMatrix& matrix, int top) {
  std::vector<bool> chosen(matrix.scores.size(), false);
  const auto choose = [&](std::int64_t image, std::int64_t caption) {
    chosen[static_cast<std::size_t>(image * matrix.captions + caption)] = true;
  };
  for (std::int64_t image = 0; image < matrix.images; ++image) {
    for (const auto c :
         best_of(matrix.captions, top, [&](std::int64_t c) { return matrix.at(image, c); })) {
      choose(image, c);
    }
  }
  for (std::int64_t caption = 0; caption < matrix.captions; ++caption) {
    for (const auto i :
         best_of(matrix.images, top, [&](std::int64_t i) { return matrix.at(i, caption); })) {
      choose(i, caption);
    }
  }
  std::vector<Place> places;
  for (std::int64_t image = 0; image < matrix.images; ++image) {
    for (std::int64_t caption = 0; caption < matrix.captions; ++caption) {
      if (chosen[static_cast<std::size_t>(image * matrix.captions + caption)])
        places.push_back({image, caption});
    }
  }
  return places;
}

Result<std::vector<float>> Retriever::joint_scores_at(const RetrievalSet& set,
                                                      std::span<const Place> places) {
  const at::NoGradGuard no_gradients;
  const SpecialTokens special = special_tokens(pack_.tokenizer());
  std::vector<float> scores;
  RegionRecord regions;
  std::int64_t image_at_hand = -1;
  for (std::size_t i = 0; i < places.size();) {
    BatchBuilder builder(model_.config().feature_size);
    std::vector<std::int32_t> img_rows, cls_rows;
    for (; i < places.size() && builder.rows() < options_.batch_rows; ++i) {
      if (places[i].image != image_at_hand) {
        image_at_hand = places[i].image;
        regions = UNIMO_TRY(pack_.regions(set.images[static_cast<std::size_t>(image_at_hand)], 0))
                      .decode();
      }
      const auto ids =
          UNIMO_TRY(pack_.caption(set.captions[static_cast<std::size_t>(places[i].caption)])).ids;
      img_rows.push_back(builder.add_image(regions, {}).begin);
      cls_rows.push_back(builder.add_text(ids, special).begin);
      builder.join(img_rows.back());
    }
    const at::Tensor hidden = model_.encode(builder.take(), {});
    const at::Tensor texts = trainer::text_vectors(model_, options_.match, hidden, cls_rows);
    const at::Tensor images = trainer::image_vectors(model_, options_.match, hidden, img_rows);
    const auto some = to_floats(trainer::pair_scores(model_, options_.match, texts, images, {}));
    scores.insert(scores.end(), some.begin(), some.end());
    UNIMO_TRY(check(static_cast<std::int64_t>(i), static_cast<std::int64_t>(places.size())));
  }
  return scores;
}

Result<ScoreMatrix> Retriever::joint_scores(const RetrievalSet& set) {
  ScoreMatrix matrix{.images = static_cast<std::int64_t>(set.images.size()),
                     .captions = static_cast<std::int64_t>(set.captions.size())};
  std::vector<Place> places;
  for (std::int64_t image = 0; image < matrix.images; ++image) {
    for (std::int64_t caption = 0; caption < matrix.captions; ++caption)
      places.push_back({image, caption});
  }
  matrix.scores = UNIMO_TRY(joint_scores_at(set, places));
  return matrix;
}

namespace {

// Captions of one or more images as causal spans behind their image, and what each row must
// predict.
struct LikelihoodBatch {
  MaskedBatch masked;
  std::vector<std::size_t> ends;  // of each caption, in masked.generated.rows
};

std::vector<float> likelihoods_of(Unimo& model, const LikelihoodBatch& work) {
  const at::Tensor hidden = model.encode(work.masked.batch, {});
  const TokenTargets& targets = work.masked.generated;
  std::vector<float> sums;
  std::size_t begin = 0;
  // Some captions at a time: the logits of all rows at once would fill the memory.
  constexpr std::size_t kRows = 2048;
  std::vector<float> words(targets.rows.size());
  for (; begin < targets.rows.size(); begin += kRows) {
    const std::size_t count = std::min(kRows, targets.rows.size() - begin);
    const at::Tensor rows =
        trainer::gather_rows(hidden, std::span(targets.rows).subspan(begin, count));
    std::vector<std::int64_t> labels(
        targets.labels.begin() + static_cast<std::ptrdiff_t>(begin),
        targets.labels.begin() + static_cast<std::ptrdiff_t>(begin + count));
    const at::Tensor log_p =
        at::log_softmax(model.lm_logits(rows).to(at::kFloat), 1)
            .gather(1, at::tensor(labels, at::kLong).to(rows.device()).unsqueeze(1));
    const auto some = to_floats(log_p);
    std::copy(some.begin(), some.end(), words.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  begin = 0;
  for (const std::size_t end : work.ends) {
    double sum = 0;
    for (; begin < end; ++begin) sum += words[begin];
    sums.push_back(static_cast<float>(sum));
  }
  return sums;
}

}  // namespace

Result<std::vector<float>> Retriever::caption_likelihoods(const RetrievalSet& set,
                                                          std::span<const Place> places) {
  const at::NoGradGuard no_gradients;
  const MaskingOptions masking{.feature_size = model_.config().feature_size,
                               .special = special_tokens(pack_.tokenizer())};
  std::vector<float> likelihoods;
  for (std::size_t i = 0; i < places.size();) {
    MaskedBatchBuilder builder(masking);
    LikelihoodBatch work;
    std::int32_t rows = 0;
    std::size_t words = 0;
    while (i < places.size() && rows < options_.batch_rows) {
      const std::int64_t image = places[i].image;
      const RegionRecord regions =
          UNIMO_TRY(pack_.regions(set.images[static_cast<std::size_t>(image)], 0)).decode();
      std::vector<std::vector<std::int32_t>> captions;
      for (; i < places.size() && places[i].image == image; ++i) {
        captions.push_back(
            UNIMO_TRY(pack_.caption(set.captions[static_cast<std::size_t>(places[i].caption)]))
                .ids);
        words += captions.back().size() + 1;
        work.ends.push_back(words);
      }
      const auto tags = UNIMO_TRY(object_tags(pack_, regions, options_.tags));
      builder.add_captions({.regions = regions}, tags, captions);
      rows = builder.rows();
    }
    work.masked = builder.take();
    const auto some = likelihoods_of(model_, work);
    likelihoods.insert(likelihoods.end(), some.begin(), some.end());
    UNIMO_TRY(check(static_cast<std::int64_t>(i), static_cast<std::int64_t>(places.size())));
  }
  return likelihoods;
}

void lift_places(ScoreMatrix& matrix, std::span<const Retriever::Place> places,
                 std::span<const float> second_look, double weight) {
  if (places.empty()) return;
  std::vector<double> lifted;
  for (std::size_t i = 0; i < places.size(); ++i) {
    lifted.push_back(matrix.at(places[i].image, places[i].caption) + weight * second_look[i]);
  }
  const auto highest = *std::max_element(matrix.scores.begin(), matrix.scores.end());
  const double lift = 1.0 + highest - *std::min_element(lifted.begin(), lifted.end());
  for (std::size_t i = 0; i < places.size(); ++i) {
    matrix.at(places[i].image, places[i].caption) = static_cast<float>(lifted[i] + lift);
  }
}

void center_by_caption(std::span<const Retriever::Place> places, std::span<float> likelihoods) {
  std::map<std::int64_t, std::pair<double, double>> sums;  // caption -> sum, count
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto& [sum, count] = sums[places[i].caption];
    sum += likelihoods[i];
    count += 1;
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& [sum, count] = sums[places[i].caption];
    likelihoods[i] -= static_cast<float>(sum / count);
  }
}

}  // namespace unimo::trainer
