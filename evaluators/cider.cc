#include "evaluators/cider.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "orchestrator/base/result.h"

namespace unimo::eval {

namespace {

constexpr double kSigma = 6.0;  // of the length penalty

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

std::vector<double> inverse_frequencies(const std::vector<int>& frequencies,
                                        std::size_t documents) {
  const double log_documents = std::log(static_cast<double>(documents));
  std::vector<double> idf(frequencies.size());
  for (std::size_t i = 0; i < idf.size(); ++i) {
    idf[i] = log_documents - std::log(std::max(1, frequencies[i]));
  }
  return idf;
}

std::vector<double> given_inverse_frequencies(const NgramTable& table,
                                              const CiderFrequencies& frequencies) {
  const double log_documents = std::log(static_cast<double>(frequencies.documents));
  std::vector<double> idf;
  idf.reserve(table.size());
  for (const std::string& ngram : table.texts()) {
    const auto found = frequencies.of_ngram.find(ngram);
    const long count = found == frequencies.of_ngram.end() ? 1 : std::max(1L, found->second);
    idf.push_back(log_documents - std::log(static_cast<double>(count)));
  }
  return idf;
}

Cider score(const CountedItems& items, const std::vector<double>& idf) {
  Cider result;
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
  if (!items.items.empty()) result.corpus = total / static_cast<double>(items.items.size());
  return result;
}

}  // namespace

Cider cider(const CountedItems& items) {
  return score(items, inverse_frequencies(document_frequencies(items), items.items.size()));
}

Cider cider(std::span<const CaptionItem> items, const CiderFrequencies& frequencies) {
  NgramTable table;
  const CountedItems counted = count_ngrams(items, table);
  return score(counted, given_inverse_frequencies(table, frequencies));
}

}  // namespace unimo::eval
