#include "trainer/objectives/contrast_draw.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

namespace unimo::trainer {
namespace {

using Numbers = std::span<const std::uint32_t>;

// Up to `count` of the items, drawn without repetition.
std::vector<std::uint32_t> draw_some(Numbers items, int count, Random& random) {
  const auto wanted = std::min(items.size(), static_cast<std::size_t>(count));
  std::vector<std::uint32_t> drawn;
  for (const std::uint64_t place : random.choose(items.size(), wanted))
    drawn.push_back(items[static_cast<std::size_t>(place)]);
  return drawn;
}

Status add_sentences(const Samples& samples, Numbers numbers,
                     std::vector<std::vector<std::int32_t>>& texts) {
  for (const std::uint32_t number : numbers)
    texts.push_back(UNIMO_TRY(samples.sentence_ids(number)));
  return ok();
}

Status add_captions(const Samples& samples, Numbers numbers,
                    std::vector<std::vector<std::int32_t>>& texts) {
  for (const std::uint32_t number : numbers)
    texts.push_back(UNIMO_TRY(samples.caption_ids(number)));
  return ok();
}

// Back-translations first, then other captions of the image.
Status draw_positives(const Samples& samples, const PackedCaption& caption, std::uint32_t number,
                      int wanted, Random& random, ContrastedPair& pair) {
  UNIMO_TRY(add_sentences(samples, draw_some(caption.positives, wanted, random), pair.positives));
  const int missing = wanted - static_cast<int>(pair.positives.size());
  std::vector<std::uint32_t> others;
  for (const std::uint32_t other : samples.captions_of(caption.image)) {
    if (other != number) others.push_back(other);
  }
  return add_captions(samples, draw_some(others, missing, random), pair.positives);
}

Status draw_negatives(const Samples& samples, const PackedCaption& caption,
                      const ContrastiveConfig& c, Random& random, ContrastedPair& pair) {
  const std::array<double, 3> shares{c.sentence_share, c.phrase_share, c.word_share};
  const auto counts = share_negatives(
      c.negatives, shares,
      {caption.negatives.size(), caption.phrase_negatives.size(), caption.word_negatives.size()});
  UNIMO_TRY(add_captions(samples, draw_some(caption.negatives, counts[0], random), pair.negatives));
  UNIMO_TRY(add_sentences(samples, draw_some(caption.phrase_negatives, counts[1], random),
                          pair.negatives));
  return add_sentences(samples, draw_some(caption.word_negatives, counts[2], random),
                       pair.negatives);
}

}  // namespace

std::array<int, 3> share_negatives(int wanted, const std::array<double, 3>& shares,
                                   const std::array<std::size_t, 3>& available) {
  std::array<int, 3> counts{};
  const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (total <= 0) return counts;
  std::array<std::size_t, 3> order{0, 1, 2};
  std::array<double, 3> remainder{};
  int given = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double exact = wanted * shares[i] / total;
    counts[i] = static_cast<int>(exact);
    remainder[i] = exact - counts[i];
    given += counts[i];
  }
  std::ranges::stable_sort(order, std::ranges::greater(),
                           [&](std::size_t i) { return remainder[i]; });
  for (std::size_t i = 0; given < wanted; ++i, ++given) ++counts[order[i % 3]];
  int missing = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const int has = shares[i] > 0 ? static_cast<int>(available[i]) : 0;
    missing += std::max(counts[i] - has, 0);
    counts[i] = std::min(counts[i], has);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const int has = shares[i] > 0 ? static_cast<int>(available[i]) : 0;
    const int more = std::min(missing, has - counts[i]);
    counts[i] += more;
    missing -= more;
  }
  return counts;
}

Result<ContrastedPair> draw_contrast(const Samples& samples, const ContrastiveConfig& config,
                                     std::string_view stream, std::uint64_t n) {
  const auto visit = samples.image_visit(stream, n);
  const std::uint32_t number = samples.draw_caption(stream, visit);
  const PackedCaption caption = UNIMO_TRY(samples.caption(number));
  Random random = samples.random(stream, "candidates", visit);
  ContrastedPair pair{
      .image = UNIMO_TRY(samples.show(stream, visit)), .number = visit.sample, .text = caption.ids};
  UNIMO_TRY(draw_positives(samples, caption, number, config.positives, random, pair));
  UNIMO_TRY(draw_negatives(samples, caption, config, random, pair));
  for (const std::uint32_t image : draw_some(caption.related_images, config.related_images, random))
    pair.related_images.push_back(UNIMO_TRY(samples.show(stream, {image, visit.epoch})));
  UNIMO_TRY(add_sentences(samples, draw_some(caption.related_texts, config.related_texts, random),
                          pair.related_texts));
  return pair;
}

}  // namespace unimo::trainer
