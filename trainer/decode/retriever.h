// Match scores of all images with all captions.
//
// Dual: images and captions are encoded alone, once each; the scores are one matrix product. The
// best of them can be looked at again with more care: encoded together, or by how likely a
// captioner finds the caption for the image.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/objectives.h"
#include "trainer/config/tasks.h"
#include "trainer/data/pack.h"
#include "trainer/model/unimo.h"

namespace unimo::trainer {

// What is compared: numbers of the pack.
struct RetrievalSet {
  std::vector<std::uint32_t> images;
  std::vector<std::uint32_t> captions;
};

struct RetrieverOptions {
  MatchConfig match;
  ObjectTagsConfig tags{.max_tokens = 0};  // for likelihoods: as the model was trained
  std::int32_t batch_rows = 4096;          // positions encoded at once, about
  bool mirror = false;                     // images as the mean of both views
  std::function<bool()> stop;              // asked between batches; true: kCancelled
  std::function<void(std::int64_t, std::int64_t)> progress;  // done, total sequences
};

// Row-major [images, captions].
struct ScoreMatrix {
  std::int64_t images = 0, captions = 0;
  std::vector<float> scores;
  float& at(std::int64_t image, std::int64_t caption) {
    return scores[static_cast<std::size_t>(image * captions + caption)];
  }
  float at(std::int64_t image, std::int64_t caption) const {
    return scores[static_cast<std::size_t>(image * captions + caption)];
  }
};

// The pack and the model must outlive it. Not to be called from two threads at once.
class Retriever {
 public:
  Retriever(Unimo& model, const PackReader& pack, const RetrieverOptions& options);

  Result<ScoreMatrix> dual_scores(const RetrievalSet& set);
  // Every pair encoded together: costs images times captions.
  Result<ScoreMatrix> joint_scores(const RetrievalSet& set);

  // Pairs that are among the best `top` captions of an image or the best `top` images of a caption,
  // in order of images, then captions.
  struct Place {
    std::int64_t image = 0, caption = 0;
    bool operator==(const Place&) const = default;
  };
  static std::vector<Place> best_places(const ScoreMatrix& matrix, int top);

  // Match scores of these pairs, encoded together.
  Result<std::vector<float>> joint_scores_at(const RetrievalSet& set,
                                             std::span<const Place> places);
  // Σ log p(word | words before, image), the end token among them.
  Result<std::vector<float>> caption_likelihoods(const RetrievalSet& set,
                                                 std::span<const Place> places);

 private:
  Status check(std::int64_t done, std::int64_t total) const;
  Result<at::Tensor> encode_images(std::span<const std::uint32_t> images, std::uint32_t view);
  Result<at::Tensor> encode_captions(std::span<const std::uint32_t> captions);

  Unimo& model_;
  const PackReader& pack_;
  RetrieverOptions options_;
};

// Brings the pairs that were looked at again before all others: score + weight · second look,
// lifted by one constant.
void lift_places(ScoreMatrix& matrix, std::span<const Retriever::Place> places,
                 std::span<const float> second_look, double weight);

// Takes from each likelihood the mean over the images that the caption was tried with: what the
// image adds to how common the caption is.
void center_by_caption(std::span<const Retriever::Place> places, std::span<float> likelihoods);

}  // namespace unimo::trainer
