#include "evaluators/cider.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "orchestrator/base/result.h"

namespace unimo::eval {

namespace {

constexpr double kSigma = 6.0;  // of the length penalty

// In how many images some reference has the n-gram, by id.
std::vector<int> document_frequencies(const CountedItems& items) {
  std::vector<int> frequency(items.ngrams, 0);
  std::vector<std::size_t> last_image(items.ngrams, items.items.size());
  for (std::size_t image = 0; image < items.items.size(); ++image) {
    for (const SentenceNgrams& reference : items.items[image].references) {
      for (int n = 1; n <= kMaxOrder; ++n) {
        for (const NgramCount& entry : reference.order(n)) {
          if (last_image[entry.ngram] == image) continue;
          last_image[entry.ngram] = image;
          ++frequency[entry.ngram];
        }
      }
    }
  }
  return frequency;
}

struct Weighted {
  NgramId ngram = 0;
  double weight = 0;
};

// A sentence as TF-IDF vectors, one per order.
struct Vectors {
  std::array<std::vector<Weighted>, kMaxOrder> of_order;
  std::array<double, kMaxOrder> norm{};
  int bigrams = 0;
};

Vectors weigh(const SentenceNgrams& sentence, const std::vector<double>& idf) {
  Vectors vectors;
  vectors.bigrams = sentence.total(2);
  for (int n = 1; n <= kMaxOrder; ++n) {
    const auto slot = static_cast<std::size_t>(n - 1);
    double squares = 0;
    vectors.of_order[slot].reserve(sentence.order(n).size());
    for (const NgramCount& entry : sentence.order(n)) {
      const double weight = static_cast<double>(entry.count) * idf[entry.ngram];
      vectors.of_order[slot].push_back({entry.ngram, weight});
      squares += weight * weight;
    }
    vectors.norm[slot] = std::sqrt(squares);
  }
  return vectors;
}

// Sum of min(candidate, reference) * reference over shared n-grams; both are in ascending id.
double clipped_product(const std::vector<Weighted>& candidate,
                       const std::vector<Weighted>& reference) {
  double sum = 0;
  auto right = reference.begin();
  for (const Weighted& left : candidate) {
    while (right != reference.end() && right->ngram < left.ngram) ++right;
    if (right == reference.end()) break;
    if (right->ngram == left.ngram) sum += std::min(left.weight, right->weight) * right->weight;
  }
  return sum;
}

// Mean over the orders.
double similarity(const Vectors& candidate, const Vectors& reference) {
  const double delta = candidate.bigrams - reference.bigrams;
  const double penalty = std::exp(-(delta * delta) / (2 * kSigma * kSigma));
  double sum = 0;
  for (std::size_t n = 0; n < kMaxOrder; ++n) {
    double value = clipped_product(candidate.of_order[n], reference.of_order[n]);
    const double norms = candidate.norm[n] * reference.norm[n];
    if (norms != 0) value /= norms;
    sum += value * penalty;
  }
  return sum / kMaxOrder;
}

}  // namespace

Cider cider(const CountedItems& items) {
  Cider result;
  if (items.items.empty()) return result;
  const std::vector<int> frequency = document_frequencies(items);
  const double log_images = std::log(static_cast<double>(items.items.size()));
  std::vector<double> idf(items.ngrams);
  for (std::size_t i = 0; i < idf.size(); ++i) {
    idf[i] = log_images - std::log(std::max(1, frequency[i]));
  }
  double total = 0;
  for (const CountedItem& item : items.items) {
    UNIMO_CHECK(!item.references.empty(), "a caption without references reached CIDEr");
    const Vectors candidate = weigh(item.candidate, idf);
    double sum = 0;
    for (const SentenceNgrams& reference : item.references) {
      sum += similarity(candidate, weigh(reference, idf));
    }
    result.images.push_back(10 * sum / static_cast<double>(item.references.size()));
    total += result.images.back();
  }
  result.corpus = total / static_cast<double>(items.items.size());
  return result;
}

}  // namespace unimo::eval
