#include "stages/retrieval/text_index.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "orchestrator/base/result.h"

namespace unimo::stages {

namespace {

double bm25_idf_of(double texts, double with) {
  return std::log1p((texts - with + 0.5) / (with + 0.5));
}

double smooth_idf_of(double texts, double with) { return std::log((1 + texts) / (1 + with)) + 1; }

// Calls use(term, count) for each different term; sorts them.
template <class Use>
void for_each_count(std::vector<std::uint32_t>& terms, const Use& use) {
  std::ranges::sort(terms);
  for (std::size_t i = 0; i < terms.size();) {
    const std::size_t begin = i;
    while (i < terms.size() && terms[i] == terms[begin]) ++i;
    use(terms[begin], i - begin);
  }
}

// The vectors of texts, one after the other.
class TextVectors {
 public:
  TextVectors(const TextIndexOptions& options, const std::vector<std::uint32_t>& texts_with,
              std::size_t texts, std::size_t words)
      : options_(options),
        mean_(texts == 0 ? 0 : static_cast<double>(words) / static_cast<double>(texts)) {
    for (const std::uint32_t with : texts_with)
      idfs_.push_back(smooth_idf_of(static_cast<double>(texts), with));
    vectors.begins.reserve(texts + 1);
    vectors.sizes.reserve(texts);
  }

  void add(std::vector<std::uint32_t>& terms) {
    if (options_.scheme == TextScheme::kBm25) {
      add_bm25(terms);
    } else {
      add_tfidf(terms);
    }
  }

  SparseVectors vectors;
  std::vector<std::uint8_t> counts;
  std::vector<float> lengths;

 private:
  void add_bm25(std::vector<std::uint32_t>& terms) {
    const auto words = static_cast<double>(terms.size());
    const double half = options_.k1 * (1 - options_.b + options_.b * words / mean_);
    double squares = 0;
    for_each_count(terms, [&](std::uint32_t term, std::size_t count) {
      const auto times = static_cast<double>(count);
      vectors.weights.push_back({term, static_cast<float>(times / (times + half))});
      counts.push_back(static_cast<std::uint8_t>(std::min<std::size_t>(count, 255)));
      const double weight = counts.back() * idfs_[term];
      squares += weight * weight;
    });
    lengths.push_back(static_cast<float>(std::sqrt(squares)));
    vectors.close(static_cast<float>(words));
  }

  // Texts of about the same length of the vector stand together: then the weights of a word do not
  // differ much within a block.
  void add_tfidf(std::vector<std::uint32_t>& terms) {
    weights_.clear();
    double squares = 0;
    for_each_count(terms, [&](std::uint32_t term, std::size_t count) {
      weights_.push_back(static_cast<double>(count) * idfs_[term]);
      squares += weights_.back() * weights_.back();
      vectors.weights.push_back({term, 0});
    });
    const double length = std::sqrt(squares);
    for (std::size_t i = 0; i < weights_.size(); ++i)
      vectors.weights[vectors.weights.size() - weights_.size() + i].weight =
          static_cast<float>(weights_[i] / length);
    vectors.close(static_cast<float>(length));
  }

  const TextIndexOptions& options_;
  double mean_;
  std::vector<double> idfs_;
  std::vector<double> weights_;
};

}  // namespace

double TextIndex::bm25_idf(std::uint32_t term) const {
  return bm25_idf_of(static_cast<double>(size()), texts_with_[term]);
}
double TextIndex::smooth_idf(std::uint32_t term) const {
  return smooth_idf_of(static_cast<double>(size()), texts_with_[term]);
}

void TextIndexBuilder::add(std::string_view text, std::uint32_t group) {
  for_each_word(text, scratch_,
                [&](std::string_view word) { words_.push_back(table_.number(word)); });
  ends_.push_back(words_.size());
  groups_.push_back(group);
}

// How many texts have each word, by its number.
std::vector<std::uint32_t> TextIndexBuilder::count_texts() const {
  std::vector<std::uint32_t> counts(table_.size(), 0);
  std::vector<std::uint32_t> last(table_.size(), UINT32_MAX);
  std::size_t at = 0;
  for (std::size_t text = 0; text < ends_.size(); ++text) {
    for (; at < ends_[text]; ++at) {
      std::uint32_t& seen = last[words_[at]];
      counts[words_[at]] += seen == text ? 0 : 1;
      seen = static_cast<std::uint32_t>(text);
    }
  }
  return counts;
}

void TextIndexBuilder::rank_words(const std::vector<std::uint32_t>& texts_with) {
  std::vector<std::uint32_t> by_rarity(texts_with.size());
  std::iota(by_rarity.begin(), by_rarity.end(), 0U);
  std::ranges::stable_sort(by_rarity, {}, [&](std::uint32_t number) { return texts_with[number]; });
  term_of_number_.resize(by_rarity.size());
  for (std::uint32_t term = 0; term < by_rarity.size(); ++term)
    term_of_number_[by_rarity[term]] = term;
}

TextIndex TextIndexBuilder::build() && {
  UNIMO_CHECK(ends_.size() < UINT32_MAX, "{} texts", ends_.size());
  const std::vector<std::uint32_t> counts = count_texts();
  rank_words(counts);
  std::vector<std::uint32_t> texts_with(counts.size());
  for (std::size_t number = 0; number < counts.size(); ++number)
    texts_with[term_of_number_[number]] = counts[number];

  TextVectors made(options_, texts_with, ends_.size(), words_.size());
  std::vector<std::uint32_t> terms;
  std::size_t at = 0;
  for (const std::size_t end : ends_) {
    terms.clear();
    for (; at < end; ++at) terms.push_back(term_of_number_[words_[at]]);
    made.add(terms);
  }
  words_ = {};
  ends_ = {};
  made.vectors.weights.shrink_to_fit();
  TextIndex index(options_,
                  SparseIndex(std::move(made.vectors), static_cast<std::uint32_t>(counts.size()),
                              SparseSimilarity::kDotProduct));
  index.table_ = std::move(table_);
  index.term_of_number_ = std::move(term_of_number_);
  index.texts_with_ = std::move(texts_with);
  index.groups_ = std::move(groups_);
  index.counts_ = std::move(made.counts);
  index.lengths_ = std::move(made.lengths);
  return index;
}

std::span<const ScoredItem> TextSearch::nearest(std::string_view text, const TextQuery& wanted) {
  weigh(text);
  const bool bm25 = index_.options_.scheme == TextScheme::kBm25;
  return search_.nearest({.weights = query_}, wanted.count, [&](const ScoredItem& item) {
    if (wanted.group != kNoGroup && index_.groups_[item.item] == wanted.group) return false;
    if (wanted.duplicate >= 1) return true;
    return (bm25 ? cosine(item.item) : item.score) <= wanted.duplicate;
  });
}

// The query as a vector. Words that no text of the index has are left out, as scikit-learn does.
void TextSearch::weigh(std::string_view text) {
  terms_.clear();
  for_each_word(text, scratch_, [&](std::string_view word) {
    if (const auto number = index_.table_.find(word))
      terms_.push_back(index_.term_of_number_[*number]);
  });
  query_.clear();
  cosine_weights_.clear();
  double squares = 0;
  for_each_count(terms_, [&](std::uint32_t term, std::size_t count) {
    const auto times = static_cast<double>(count);
    query_.push_back({term, static_cast<float>(times * index_.bm25_idf(term))});
    cosine_weights_.push_back(times * index_.smooth_idf(term));
    squares += cosine_weights_.back() * cosine_weights_.back();
  });
  const double length = std::sqrt(squares);
  for (std::size_t i = 0; i < query_.size(); ++i) {
    cosine_weights_[i] /= length;
    if (index_.options_.scheme == TextScheme::kTfidf)
      query_[i].weight = static_cast<float>(cosine_weights_[i]);
    cosine_weights_[i] *= index_.smooth_idf(query_[i].term);
  }
}

// Of TF-IDF vectors, where the index holds those of BM25.
double TextSearch::cosine(std::uint32_t item) const {
  const SparseVectors& vectors = index_.index_.vectors();
  const auto vector = vectors[item];
  const std::uint8_t* counts = index_.counts_.data() + vectors.begins[item];
  double sum = 0;
  for (std::size_t i = 0, j = 0; i < query_.size() && j < vector.size();) {
    const std::uint32_t a = query_[i].term, b = vector[j].term;
    if (a == b) sum += cosine_weights_[i] * counts[j];
    i += a <= b ? 1 : 0;
    j += b <= a ? 1 : 0;
  }
  return sum / index_.lengths_[item];
}

}  // namespace unimo::stages
