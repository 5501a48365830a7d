// How alike two artifacts of regions.detect are, such as those of fp32 and of bf16.
//
//   match_regions FOLDER_A FOLDER_B [LEAST [OVERLAP]]
//
// A region of A whose likeliest class has a probability of LEAST (0) or more is matched when B has
// one of the same picture that it overlaps by OVERLAP (0.9) or more, and agrees when that one's
// likeliest class is the same. Prints both shares and the mean cosine of the features of matched
// ones. Regions are matched one to one, the best overlap first of each.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

#include "trainer/data/regions.h"
#include "trainer/data/shard.h"
#include "trainer/detector/box.h"

namespace unimo::trainer {
namespace {

template <class T>
T unwrap(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "match_regions: {}\n", result.error().message);
  std::exit(1);
}

RegionRecord record_of(const ShardReader& shard, std::size_t i) {
  const auto bytes = unwrap(shard.record(i));
  return unwrap(RegionView::parse(bytes, "record")).decode();
}

Box box_of(const RegionRecord& record, std::size_t row) {
  const float* corners = record.boxes.data() + 4 * row;
  return {corners[0], corners[1], corners[2], corners[3]};
}

double cosine(const RegionRecord& a, std::size_t row_a, const RegionRecord& b, std::size_t row_b) {
  const std::size_t size = a.feature_size;
  double dot = 0, of_a = 0, of_b = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const auto x = static_cast<double>(a.features[row_a * size + i]);
    const auto y = static_cast<double>(b.features[row_b * size + i]);
    dot += x * y;
    of_a += x * x;
    of_b += y * y;
  }
  return dot / std::max(std::sqrt(of_a * of_b), 1e-30);
}

struct Likeness {
  std::size_t regions = 0, matched = 0, agreeing = 0;
  double cosines = 0;
  float least = 0, same = 0.9F;

  void add(const RegionRecord& a, const RegionRecord& b) {
    std::vector<bool> is_taken(b.count);
    for (std::size_t i = 0; i < a.count; ++i) {
      if (a.probabilities[i * a.top_k] < least) continue;
      ++regions;
      float best = same;
      std::size_t match = b.count;
      for (std::size_t j = 0; j < b.count; ++j) {
        const float overlap = overlap_of(box_of(a, i), box_of(b, j), 0);
        if (is_taken[j] || overlap < best) continue;
        best = overlap;
        match = j;
      }
      if (match == b.count) continue;
      is_taken[match] = true;
      ++matched;
      agreeing += a.classes[i * a.top_k] == b.classes[match * b.top_k] ? 1 : 0;
      cosines += cosine(a, i, b, match);
    }
  }
};

}  // namespace
}  // namespace unimo::trainer

int main(int argc, char** argv) {
  using namespace unimo::trainer;
  if (argc < 3 || argc > 5) {
    fmt::print(stderr, "usage: match_regions FOLDER_A FOLDER_B [LEAST [OVERLAP]]\n");
    return 2;
  }
  const auto open = [](const char* folder) {
    return unwrap(ShardReader::open(std::filesystem::path(folder) / "regions.shard", "regions"));
  };
  const ShardReader a = open(argv[1]), b = open(argv[2]);
  if (a.count() != b.count()) {
    fmt::print(stderr, "match_regions: {} and {} pictures\n", a.count(), b.count());
    return 1;
  }
  Likeness likeness;
  if (argc > 3) likeness.least = std::strtof(argv[3], nullptr);
  if (argc > 4) likeness.same = std::strtof(argv[4], nullptr);
  for (std::size_t i = 0; i < a.count(); ++i) likeness.add(record_of(a, i), record_of(b, i));
  const auto regions = static_cast<double>(likeness.regions);
  const auto matched = static_cast<double>(likeness.matched);
  fmt::print(
      "{} pictures, {} regions: {:.2f} % matched, {:.2f} % of those of the same class, mean "
      "cosine {:.5f}\n",
      a.count(), likeness.regions, 100 * matched / regions,
      100 * static_cast<double>(likeness.agreeing) / matched, likeness.cosines / matched);
  return 0;
}
