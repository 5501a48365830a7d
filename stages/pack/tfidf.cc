#include "stages/pack/tfidf.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>
#include <unordered_map>

#include "orchestrator/base/result.h"

namespace unimo::stages {

namespace {

struct Posting {
  std::uint32_t text = 0;
  float weight = 0;
};

struct TermWeight {
  std::uint32_t term = 0;
  float weight = 0;
};

// Texts by term and terms by text. Terms are numbered from the rarest to the most frequent.
class Index {
 public:
  explicit Index(std::span<const std::string> texts);

  std::span<const Posting> texts_of(std::uint32_t term) const {
    return std::span(postings_).subspan(term_begins_[term],
                                        term_begins_[term + 1] - term_begins_[term]);
  }
  // Rarest first.
  std::span<const TermWeight> terms_of(std::uint32_t text) const {
    return std::span(terms_).subspan(text_begins_[text],
                                     text_begins_[text + 1] - text_begins_[text]);
  }
  float largest_weight(std::uint32_t term) const { return largest_[term]; }
  std::size_t size() const { return text_begins_.size() - 1; }

 private:
  std::vector<Posting> postings_;
  std::vector<std::size_t> term_begins_;
  std::vector<TermWeight> terms_;
  std::vector<std::size_t> text_begins_;
  std::vector<float> largest_;
};

struct WordCounts {
  std::vector<std::vector<TermWeight>> of_text;  // term and how often
  std::vector<std::uint32_t> texts_with;         // by term
};

WordCounts count_words(std::span<const std::string> texts) {
  WordCounts counts;
  std::unordered_map<std::string, std::uint32_t> numbers;  // looked up only
  for (const std::string& text : texts) {
    std::vector<std::uint32_t> words;
    for (std::string& word : plain_words(text)) {
      words.push_back(
          numbers.try_emplace(std::move(word), static_cast<std::uint32_t>(numbers.size()))
              .first->second);
    }
    std::ranges::sort(words);
    auto& terms = counts.of_text.emplace_back();
    for (const std::uint32_t word : words) {
      if (terms.empty() || terms.back().term != word) terms.push_back({word, 0});
      ++terms.back().weight;
    }
    counts.texts_with.resize(numbers.size());
    for (const TermWeight& term : terms) ++counts.texts_with[term.term];
  }
  return counts;
}

Index::Index(std::span<const std::string> texts) {
  WordCounts counts = count_words(texts);
  const std::size_t vocabulary = counts.texts_with.size();

  std::vector<std::uint32_t> by_rarity(vocabulary), rank(vocabulary);
  for (std::uint32_t i = 0; i < vocabulary; ++i) by_rarity[i] = i;
  std::ranges::stable_sort(by_rarity, {},
                           [&](std::uint32_t term) { return counts.texts_with[term]; });
  for (std::uint32_t i = 0; i < vocabulary; ++i) rank[by_rarity[i]] = i;

  term_begins_.assign(vocabulary + 1, 0);
  for (std::uint32_t i = 0; i < vocabulary; ++i) {
    term_begins_[i + 1] = term_begins_[i] + counts.texts_with[by_rarity[i]];
  }
  postings_.resize(term_begins_.back());
  largest_.assign(vocabulary, 0);
  std::vector<std::size_t> next(term_begins_.begin(), term_begins_.end() - 1);
  const double all = static_cast<double>(texts.size());
  text_begins_.push_back(0);
  for (std::uint32_t text = 0; text < texts.size(); ++text) {
    auto& terms = counts.of_text[text];
    double squares = 0;
    for (TermWeight& term : terms) {
      const double idf =
          std::log((1 + all) / (1 + static_cast<double>(counts.texts_with[term.term])));
      term = {rank[term.term], static_cast<float>(term.weight * idf)};
      squares += static_cast<double>(term.weight) * term.weight;
    }
    std::ranges::sort(terms, {}, &TermWeight::term);
    const double length = std::sqrt(squares);
    for (TermWeight& term : terms) {
      term.weight = length > 0 ? static_cast<float>(term.weight / length) : 0.0F;
      postings_[next[term.term]++] = {text, term.weight};
      largest_[term.term] = std::max(largest_[term.term], term.weight);
      terms_.push_back(term);
    }
    text_begins_.push_back(terms_.size());
  }
}

struct Neighbour {
  float score = 0;
  std::uint32_t text = 0;
};
bool nearer(const Neighbour& a, const Neighbour& b) {
  return a.score != b.score ? a.score > b.score : a.text < b.text;
}

// One thread's work space: a score for every text, mostly zero.
class Search {
 public:
  Search(const Index& index, std::span<const std::uint32_t> groups, const NearestOptions& options)
      : index_(index), groups_(groups), options_(options), scores_(index.size(), 0.0F) {}

  // The terms of the query are taken from the rarest on, adding up scores. What the terms that are
  // left could still add is known; once even a text that has all of them, and none before, would
  // not come among the best, only texts seen so far matter, and each of those is finished from its
  // own few terms instead of from the long lists of frequent words. So the result is exact.
  std::vector<std::uint32_t> nearest(std::uint32_t query) {
    const auto terms = index_.terms_of(query);
    std::vector<float> can_still_add(terms.size() + 1, 0.0F);
    for (std::size_t i = terms.size(); i-- > 0;) {
      can_still_add[i] =
          can_still_add[i + 1] + terms[i].weight * index_.largest_weight(terms[i].term);
    }
    std::size_t used = 0;
    float threshold = 0;
    while (used < terms.size()) {
      const auto postings = index_.texts_of(terms[used].term);
      // Looking for the threshold costs a pass over what was seen; worth it before a longer list
      // only.
      if (postings.size() > seen_.size() && seen_.size() >= options_.count) {
        threshold = kth_best(query, can_still_add[used]);
        if (threshold > can_still_add[used] + kSlack) break;
      }
      for (const Posting& posting : postings) {
        float& score = scores_[posting.text];
        if (score == 0) seen_.push_back(posting.text);
        score += terms[used].weight * posting.weight;
      }
      ++used;
    }
    auto found = finish(query, threshold - can_still_add[used] - kSlack);
    for (const std::uint32_t text : seen_) scores_[text] = 0;
    seen_.clear();
    return found;
  }

 private:
  // Sums of floats in another order differ by less than this.
  static constexpr float kSlack = 1e-4F;

  bool allowed(std::uint32_t query, std::uint32_t text) const {
    return groups_[text] != groups_[query];
  }

  // A lower bound of the worst score among the best: texts that might yet turn out duplicates do
  // not count.
  float kth_best(std::uint32_t query, float can_still_add) {
    partial_.clear();
    const float limit = static_cast<float>(options_.duplicate) - can_still_add - kSlack;
    for (const std::uint32_t text : seen_) {
      if (scores_[text] < limit && allowed(query, text)) partial_.push_back(scores_[text]);
    }
    if (partial_.size() < options_.count) return 0;
    const auto kth = partial_.begin() + static_cast<std::ptrdiff_t>(options_.count) - 1;
    std::ranges::nth_element(partial_, kth, std::greater<>());
    return *kth;
  }

  float exact_score(std::span<const TermWeight> a, std::span<const TermWeight> b) const {
    double sum = 0;
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
      if (a[i].term == b[j].term)
        sum += static_cast<double>(a[i++].weight) * b[j++].weight;
      else if (a[i].term < b[j].term)
        ++i;
      else
        ++j;
    }
    return static_cast<float>(sum);
  }

  std::vector<std::uint32_t> finish(std::uint32_t query, float least) {
    std::vector<Neighbour> found;
    const auto terms = index_.terms_of(query);
    for (const std::uint32_t text : seen_) {
      if (scores_[text] < least || !allowed(query, text)) continue;
      const float score = exact_score(terms, index_.terms_of(text));
      if (score > 0 && static_cast<double>(score) <= options_.duplicate)
        found.push_back({score, text});
    }
    const std::size_t kept = std::min(options_.count, found.size());
    std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(kept), nearer);
    std::vector<std::uint32_t> texts;
    for (std::size_t i = 0; i < kept; ++i) texts.push_back(found[i].text);
    return texts;
  }

  const Index& index_;
  std::span<const std::uint32_t> groups_;
  const NearestOptions& options_;
  std::vector<float> scores_;
  std::vector<std::uint32_t> seen_;  // with a score
  std::vector<float> partial_;
};

}  // namespace

std::vector<std::string> plain_words(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool upper = byte >= 'A' && byte <= 'Z';
    const bool part =
        upper || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
    if (part && !inside) words.emplace_back();
    if (part) words.back() += upper ? static_cast<char>(c - 'A' + 'a') : c;
    inside = part;
  }
  return words;
}

std::vector<std::vector<std::uint32_t>> nearest_texts(std::span<const std::string> texts,
                                                      std::span<const std::uint32_t> groups,
                                                      const NearestOptions& options) {
  UNIMO_CHECK(texts.size() == groups.size(), "{} texts in {} groups", texts.size(), groups.size());
  std::vector<std::vector<std::uint32_t>> nearest(texts.size());
  if (options.count == 0) return nearest;
  const Index index(texts);
  std::atomic<std::uint32_t> next = 0;
  const auto work = [&] {
    constexpr std::uint32_t kBlock = 64;
    Search search(index, groups, options);
    for (std::uint32_t begin = next.fetch_add(kBlock); begin < texts.size();
         begin = next.fetch_add(kBlock)) {
      const auto end = std::min<std::size_t>(begin + kBlock, texts.size());
      for (std::uint32_t query = begin; query < end; ++query)
        nearest[query] = search.nearest(query);
    }
  };
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < options.threads; ++i) others.emplace_back(work);
  work();
  others.clear();
  return nearest;
}

}  // namespace unimo::stages
