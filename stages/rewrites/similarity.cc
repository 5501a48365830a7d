#include "stages/rewrites/similarity.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "orchestrator/base/in_parallel.h"

namespace unimo::stages {

namespace {

struct Weight {
  WordId number = 0;  // of the context, or of the object
  float value = 0;
};
using Rows = std::vector<std::vector<Weight>>;

// By object, unit vectors over contexts.
Rows context_vectors(const Vocabulary& vocabulary) {
  std::vector<double> of_object(vocabulary.objects.size()), of_context(vocabulary.contexts.size());
  double all = 0;
  for (std::size_t i = 0; i < vocabulary.contexts_of.size(); ++i) {
    for (const auto& [context, count] : vocabulary.contexts_of[i]) {
      of_object[i] += count;
      of_context[context] += count;
      all += count;
    }
  }
  Rows rows(vocabulary.contexts_of.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    double squares = 0;
    for (const auto& [context, count] : vocabulary.contexts_of[i]) {
      const double information = std::log(count * all / (of_object[i] * of_context[context]));
      if (information <= 0) continue;
      rows[i].push_back({context, static_cast<float>(information)});
      squares += information * information;
    }
    const auto scale = static_cast<float>(1 / std::sqrt(std::max(squares, 1e-12)));
    for (Weight& weight : rows[i]) weight.value *= scale;
  }
  return rows;
}

Rows turned(const Rows& rows, std::size_t columns) {
  Rows turned(columns);
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (const Weight& weight : rows[i])
      turned[weight.number].push_back({static_cast<WordId>(i), weight.value});
  return turned;
}

}  // namespace

std::vector<std::vector<Similar>> similar_objects(const Vocabulary& vocabulary, std::size_t most,
                                                  int threads) {
  const Rows rows = context_vectors(vocabulary);
  const Rows columns = turned(rows, vocabulary.contexts.size());
  std::vector<std::vector<Similar>> similar(rows.size());
  in_parallel(rows.size(), threads, [&](std::size_t i) {
    std::vector<float> sums(rows.size());
    for (const Weight& context : rows[i])
      for (const Weight& other : columns[context.number])
        sums[other.number] += context.value * other.value;
    auto& list = similar[i];
    for (std::size_t j = 0; j < sums.size(); ++j)
      if (j != i && sums[j] > 0) list.push_back({static_cast<WordId>(j), sums[j]});
    const auto nearer = [](const Similar& a, const Similar& b) {
      return a.cosine != b.cosine ? a.cosine > b.cosine : a.word < b.word;
    };
    const std::size_t kept = std::min(most, list.size());
    std::partial_sort(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(kept), list.end(),
                      nearer);
    list.resize(kept);
  });
  return similar;
}

}  // namespace unimo::stages
