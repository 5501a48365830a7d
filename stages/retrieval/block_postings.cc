#include "stages/retrieval/block_postings.h"

#include <algorithm>
#include <array>

namespace unimo::stages {

void BlockPostings::read(const SparseVectors& vectors, std::span<const std::uint32_t> items) {
  terms_.clear();
  for (const std::uint32_t item : items) {
    for (const SparseWeight& w : vectors[item])
      if (next_[w.term]++ == 0) terms_.push_back(w.term);
  }
  begins_.assign(1, 0);
  for (const std::uint32_t term : terms_) {
    const std::uint32_t begin = begins_.back();
    begins_.push_back(begin + next_[term]);
    next_[term] = begin;
  }
  postings_.resize(begins_.back());
  for (std::size_t slot = 0; slot < items.size(); ++slot) {
    for (const SparseWeight& w : vectors[items[slot]])
      postings_[next_[w.term]++] = {static_cast<std::uint16_t>(slot), w.weight};
  }
  for (const std::uint32_t term : terms_) next_[term] = 0;
}

float usual_weight(std::span<const BlockPosting> postings) {
  const auto [least, most] = std::ranges::minmax(postings, {}, &BlockPosting::weight);
  const float smallest = least.weight, largest = most.weight;
  if (largest < 1.02F * smallest) return largest;
  constexpr std::size_t kBins = 32;
  struct Bin {
    std::size_t count = 0;
    float largest = 0;
  };
  std::array<Bin, kBins> bins{};
  const float scale = static_cast<float>(kBins) / (largest - smallest);
  for (const BlockPosting& posting : postings) {
    const auto at = static_cast<std::size_t>((posting.weight - smallest) * scale);
    Bin& bin = bins[std::min(at, kBins - 1)];
    ++bin.count;
    bin.largest = std::max(bin.largest, posting.weight);
  }
  // What is spared when the weights up to a bin are taken for the largest of these.
  float best = largest, most_spared = 0;
  std::size_t below = 0;
  for (const Bin& bin : bins) {
    if (bin.count == 0) continue;
    below += bin.count;
    const float spared = static_cast<float>(below) * (largest - bin.largest);
    if (spared > most_spared) {
      most_spared = spared;
      best = bin.largest;
    }
  }
  return best;
}

}  // namespace unimo::stages
