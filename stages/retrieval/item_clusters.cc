#include "stages/retrieval/item_clusters.h"

#include <algorithm>
#include <cmath>

#include "stages/regions/vectorised.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kMostCentres = 512;
constexpr std::size_t kItemsOfCentre = 1024;  // on average
constexpr std::size_t kSampleOfCentre = 64;
constexpr int kRounds = 8;

UNIMO_VECTORISED void add_scaled(const float* row, float scale, std::size_t count, float* sums) {
  for (std::size_t i = 0; i < count; ++i) sums[i] += scale * row[i];
}

double length_of(std::span<const SparseWeight> vector) {
  double squares = 0;
  for (const SparseWeight& w : vector) squares += static_cast<double>(w.weight) * w.weight;
  return std::sqrt(squares);
}

// Directions, stored by term: of each term, its part in every centre.
class Centres {
 public:
  Centres(std::size_t terms, std::size_t count) : count_(count), parts_(terms * count, 0.0F) {}

  // Adds a vector's direction to a centre.
  void add(std::size_t centre, std::span<const SparseWeight> vector) {
    const double length = length_of(vector);
    for (const SparseWeight& w : vector)
      parts_[w.term * count_ + centre] += static_cast<float>(w.weight / length);
  }

  // Gives each centre the length 1; one without items keeps 0 and is nearest to nothing.
  void normalise() {
    std::vector<float> squares(count_, 0.0F);
    for (std::size_t i = 0; i < parts_.size(); ++i) squares[i % count_] += parts_[i] * parts_[i];
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const float square = squares[i % count_];
      parts_[i] = square > 0 ? parts_[i] / std::sqrt(square) : 0;
    }
  }

  std::uint16_t nearest(std::span<const SparseWeight> vector) {
    sums_.assign(count_, 0.0F);
    for (const SparseWeight& w : vector)
      add_scaled(parts_.data() + w.term * count_, w.weight, count_, sums_.data());
    return static_cast<std::uint16_t>(std::ranges::max_element(sums_) - sums_.begin());
  }

 private:
  std::size_t count_;
  std::vector<float> parts_;  // [terms, centres]
  std::vector<float> sums_;
};

// Begins with evenly spaced items of the sample.
Centres find_centres(const SparseVectors& vectors, std::uint32_t terms, std::size_t count) {
  const std::size_t sample = count * kSampleOfCentre;
  const auto item = [&](std::size_t i) { return vectors[i * vectors.count() / sample]; };
  Centres centres(terms, count);
  for (std::size_t i = 0; i < count; ++i) centres.add(i, item(i * kSampleOfCentre));
  centres.normalise();
  for (int round = 0; round < kRounds; ++round) {
    Centres moved(terms, count);
    for (std::size_t i = 0; i < sample; ++i) moved.add(centres.nearest(item(i)), item(i));
    moved.normalise();
    centres = std::move(moved);
  }
  return centres;
}

}  // namespace

std::vector<std::uint16_t> cluster_items(const SparseVectors& vectors, std::uint32_t terms) {
  std::vector<std::uint16_t> clusters(vectors.count(), 0);
  const std::size_t count = std::min(kMostCentres, vectors.count() / kItemsOfCentre);
  if (count < 2) return clusters;
  Centres centres = find_centres(vectors, terms, count);
  for (std::size_t item = 0; item < vectors.count(); ++item)
    clusters[item] = centres.nearest(vectors[item]);
  return clusters;
}

}  // namespace unimo::stages
