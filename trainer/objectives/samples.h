// The pack as training sees it: which image or text comes n-th, how it is shown, which caption
// speaks for it. Everything is a function of (seed, stream, sample, epoch); nothing is remembered
// between calls.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/objectives.h"
#include "trainer/data/pack.h"
#include "trainer/data/random.h"
#include "trainer/data/sample_order.h"
#include "trainer/objectives/masked_batch.h"

namespace unimo::trainer {

struct SamplesOptions {
  std::uint64_t seed = 0;
  std::vector<std::string> splits = {"train", "restval"};
  ViewConfig view;
};

// The pack must outlive it. Calls may overlap.
class Samples {
 public:
  // Images are those of the splits with a caption and a region, texts those of the splits. kInvalid
  // when there is neither.
  static Result<Samples> open(const PackReader& pack, const SamplesOptions& options);

  std::uint64_t images() const { return images_.size(); }
  std::uint64_t texts() const { return texts_.size(); }
  // Of the samples, with [CLS] and [SEP].
  std::uint32_t longest_sequence() const { return longest_; }
  const PackReader& pack() const { return *pack_; }
  const SpecialTokens& special() const { return special_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }
  int feature_size() const;

  // One sight of an image: its number in the pack and the epoch, counted for each stream by itself.
  struct Visit {
    std::uint32_t sample = 0;
    std::uint32_t epoch = 0;
  };
  // The n-th image (text) that an objective asks for.
  Visit image_visit(std::string_view stream, std::uint64_t n) const;
  Visit text_visit(std::string_view stream, std::uint64_t n) const;

  Random random(std::string_view stream, std::string_view purpose, const Visit& visit) const;

  // The picture or its mirror image, and some or all of its regions, as the view says.
  Result<ShownImage> show(std::string_view stream, const Visit& visit) const;
  // Captions of an image, as numbers of the pack.
  std::span<const std::uint32_t> captions_of(std::uint32_t image) const;
  // One of them.
  std::uint32_t draw_caption(std::string_view stream, const Visit& visit) const;

  std::uint32_t caption_by(const Visit& visit, Random& random) const;
  // Another image of the training splits, each equally likely, in the same epoch. Needs two images.
  Visit other_image(const Visit& visit, Random& random) const;

  Result<std::vector<std::int32_t>> caption_ids(std::uint32_t caption) const;
  // Captions of other images that read most alike, nearest first.
  Result<std::vector<std::uint32_t>> negatives_of(std::uint32_t caption) const;
  Result<std::vector<std::int32_t>> text_ids(std::uint32_t text) const;
  UnitText units(std::span<const std::int32_t> ids) const;
  // Words hidden behind [MASK] with the view's probability.
  void drop_words(std::vector<std::int32_t>& ids, Random& random) const;

 private:
  const PackReader* pack_ = nullptr;
  SamplesOptions options_;
  std::vector<std::uint32_t> images_;
  std::vector<std::uint32_t> texts_;
  SpecialTokens special_;
  Vocabulary vocabulary_;
  std::uint32_t longest_ = 2;
};

SpecialTokens special_tokens(const Tokenizer& tokenizer);

}  // namespace unimo::trainer
