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
#include "trainer/config/tasks.h"
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
  // Images are those of the splits with a caption and a region, pictures all with a region, texts
  // those of the splits. kInvalid when there is neither picture nor text.
  static Result<Samples> open(const PackReader& pack, const SamplesOptions& options);

  std::uint64_t images() const { return images_.size(); }
  std::uint64_t pictures() const { return pictures_.size(); }
  std::uint64_t texts() const { return texts_.size(); }
  // Images of the splits that were left out because they have no region, as numbers of the pack.
  std::span<const std::uint32_t> bare_images() const { return bare_images_; }
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
  // The n-th image (picture, text) that an objective asks for.
  Visit image_visit(std::string_view stream, std::uint64_t n) const;
  Visit picture_visit(std::string_view stream, std::uint64_t n) const;
  Visit text_visit(std::string_view stream, std::uint64_t n) const;

  // For messages: ids of the images that a stream visits from the n-th on, "7.jpg, 9.jpg".
  std::string image_names(std::string_view stream, std::uint64_t n, std::uint64_t count) const;

  Random random(std::string_view stream, std::string_view purpose, const Visit& visit) const;
  // Of the n-th micro-batch of a stream as a whole.
  Random batch_random(std::string_view stream, std::string_view purpose, std::uint64_t n) const;

  // The picture or its mirror image, and some or all of its regions, as the view says.
  Result<ShownImage> show(std::string_view stream, const Visit& visit) const;
  // Captions of an image, as numbers of the pack.
  std::span<const std::uint32_t> captions_of(std::uint32_t image) const;
  // One of them.
  std::uint32_t draw_caption(std::string_view stream, const Visit& visit) const;

  std::uint32_t caption_by(const Visit& visit, Random& random) const;
  // Another image of the training splits, each equally likely, in the same epoch. Needs two images.
  Visit other_image(const Visit& visit, Random& random) const;

  Result<PackedCaption> caption(std::uint32_t caption) const;
  Result<std::vector<std::int32_t>> caption_ids(std::uint32_t caption) const;
  Result<PackedText> text(std::uint32_t text) const;
  // A rewritten caption or a retrieved sentence.
  Result<std::vector<std::int32_t>> sentence_ids(std::uint32_t sentence) const;
  // The text with its units: those of the pack, or the words of the tokenizer.
  UnitText units(const PackedCaption& caption) const {
    return units(caption.ids, caption.unit_starts);
  }
  UnitText units(const PackedText& text) const { return units(text.ids, text.unit_starts); }
  // Words hidden behind [MASK] with the view's probability.
  void drop_words(std::vector<std::int32_t>& ids, Random& random) const;

 private:
  UnitText units(std::span<const std::int32_t> ids, std::span<const std::uint32_t> starts) const;

  const PackReader* pack_ = nullptr;
  SamplesOptions options_;
  Visit visit(std::string_view stream, std::span<const std::uint32_t> numbers,
              std::uint64_t n) const;

  std::vector<std::uint32_t> images_;
  std::vector<std::uint32_t> pictures_;
  std::vector<std::uint32_t> texts_;
  std::vector<std::uint32_t> bare_images_;
  SpecialTokens special_;
  Vocabulary vocabulary_;
  std::uint32_t longest_ = 2;
};

SpecialTokens special_tokens(const Tokenizer& tokenizer);

// Tokens that name what the detector saw in an image: the classes of regions whose most probable
// class has at least `threshold`, the surest first, each once; cut at `max_tokens`.
// kIntegrity for a class that the pack does not name.
Result<std::vector<std::int32_t>> object_tags(const PackReader& pack, const RegionRecord& image,
                                              const ObjectTagsConfig& config);

}  // namespace unimo::trainer
