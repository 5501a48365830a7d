#include "stages/pack/tfidf.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <thread>
#include <unordered_map>

#include "orchestrator/base/result.h"
#include "stages/pack/new_words.h"

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

// The texts of each group.
class Groups {
 public:
  explicit Groups(std::span<const std::uint32_t> group_of)
      : group_of_(group_of), members_(group_of.size()) {
    for (std::uint32_t i = 0; i < members_.size(); ++i) members_[i] = i;
    std::ranges::stable_sort(members_, {}, [&](std::uint32_t text) { return group_of[text]; });
  }
  std::span<const std::uint32_t> around(std::uint32_t text) const {
    const auto range = std::ranges::equal_range(
        members_, group_of_[text], {}, [this](std::uint32_t member) { return group_of_[member]; });
    return {range.begin(), range.end()};
  }

 private:
  std::span<const std::uint32_t> group_of_;
  std::vector<std::uint32_t> members_;
};

// One thread's work space: a score for every text, mostly zero.
class Search {
 public:
  Search(const Index& index, const Groups& groups, const NearestOptions& options)
      : index_(index),
        groups_(groups),
        options_(options),
        scores_(index.size(), 0.0F),
        seen_(index.size()) {}

  // The terms of the query are taken from the rarest on, adding up scores. What the terms that are
  // left could still add is known; once even a text that has all of them, and none before, would
  // not come among the best, only texts seen so far matter, and each of those is finished from its
  // own few terms instead of from the long lists of frequent words. So the result is exact.
  std::vector<std::uint32_t> nearest(std::uint32_t query, std::size_t count) {
    count_ = count;
    const auto terms = index_.terms_of(query);
    const auto own_group = groups_.around(query);
    for (const std::uint32_t text : own_group) scores_[text] = kNever;
    find_bounds(terms);
    std::size_t used = 0;
    bool counted = false;  // the scores as they are now
    for (; used < terms.size(); ++used) {
      if (terms[used].weight <= 0) continue;  // a word of every text
      const auto postings = index_.texts_of(terms[used].term);
      // Looking for the threshold costs a pass over what was seen; worth it before a longer list
      // only.
      if (postings.size() > seen_count_ && seen_count_ >= count_) {
        // Texts that might yet turn out duplicates do not count.
        count_scores(static_cast<float>(options_.duplicate) - can_still_add_[used] - kSlack);
        counted = ranked_score(count_) > can_still_add_[used] + kSlack;
        if (counted) break;
      }
      add(terms[used].weight, postings);
    }
    if (!counted) count_scores(kNoLimit);
    auto found = finish(terms.subspan(used), can_still_add_[used] + kSlack);
    for (std::size_t i = 0; i < seen_count_; ++i) scores_[seen_[i]] = 0;
    seen_count_ = 0;
    for (const std::uint32_t text : own_group) scores_[text] = 0;
    return found;
  }

 private:
  // Sums of floats in another order differ by less than this.
  static constexpr float kSlack = 1e-4F;
  // A score that no sum of terms lifts above zero.
  static constexpr float kNever = -1e9F;
  static constexpr float kNoLimit = 2;
  static constexpr std::size_t kBuckets = 512;

  // Two bounds of what the terms from i on add to any text; the smaller holds. The second is Cauchy
  // and Schwarz: a text's vector has length 1.
  void find_bounds(std::span<const TermWeight> terms) {
    can_still_add_.assign(terms.size() + 1, 0.0F);
    float sum = 0, squares = 0;
    for (std::size_t i = terms.size(); i-- > 0;) {
      sum += terms[i].weight * index_.largest_weight(terms[i].term);
      squares += terms[i].weight * terms[i].weight;
      can_still_add_[i] = std::min(sum, std::sqrt(squares));
    }
  }

  void add(float weight, std::span<const Posting> postings) {
    std::size_t count = seen_count_;
    for (const Posting& posting : postings) {
      float& score = scores_[posting.text];
      // Written always, counted when new: cheaper than a branch that cannot be predicted. One place
      // is spare, because a text that is not new comes only after it was counted.
      seen_[std::min(count, seen_.size() - 1)] = posting.text;
      count += score == 0 ? 1 : 0;
      score += weight * posting.weight;
    }
    seen_count_ = count;
  }

  // Scores are below 1 but for rounding.
  static std::size_t bucket_of(float score) {
    return std::min(static_cast<std::size_t>(score * kBuckets), kBuckets - 1);
  }

  // Counts the scores below `limit` by bucket.
  void count_scores(float limit) {
    for (auto& counts : counts_) counts.fill(0);
    for (std::size_t i = 0; i < seen_count_; ++i) {
      const float score = scores_[seen_[i]];
      // Neighbours use different counters: most scores are alike, and one counter would wait for
      // itself.
      ++counts_[i % counts_.size()][score > 0 && score < limit ? bucket_of(score) : 0];
    }
  }

  // Of the counted scores, the lower end of the bucket that holds the `rank`th best; 0 if there are
  // fewer.
  float ranked_score(std::size_t rank) const {
    std::size_t better = 0;
    for (std::size_t bucket = kBuckets; bucket-- > 1;) {
      for (const auto& counts : counts_) better += counts[bucket];
      if (better >= rank) return static_cast<float>(bucket) / kBuckets;
    }
    return 0;
  }

  // What the last terms of the query, all frequent, add to a text: its own frequent terms stand
  // last, too.
  float tail_score(std::span<const TermWeight> tail, std::uint32_t text) const {
    const auto terms = index_.terms_of(text);
    float sum = 0;
    for (std::size_t i = tail.size(), j = terms.size(); i > 0 && j > 0;) {
      const TermWeight &a = tail[i - 1], &b = terms[j - 1];
      if (a.term == b.term) sum += a.weight * b.weight;
      if (a.term >= b.term) --i;
      if (b.term >= a.term) --j;
    }
    return sum;
  }

  // Keeps a text if its whole score is among the best so far.
  void consider(std::span<const TermWeight> tail, std::uint32_t text) {
    const float score = scores_[text] + tail_score(tail, text);
    if (static_cast<double>(score) > options_.duplicate) return;
    const Neighbour neighbour{score, text};
    if (found_.size() == count_) {
      if (!nearer(neighbour, found_.front())) return;
      std::ranges::pop_heap(found_, nearer);
      found_.pop_back();
    }
    found_.push_back(neighbour);
    std::ranges::push_heap(found_, nearer);
  }

  // The most promising texts first; most of the others are then known to be worse than what was
  // found.
  std::vector<std::uint32_t> finish(std::span<const TermWeight> tail, float can_still_add) {
    found_.clear();
    const float promising = ranked_score(2 * count_);
    for (std::size_t i = 0; i < seen_count_; ++i) {
      if (scores_[seen_[i]] > 0 && scores_[seen_[i]] >= promising) consider(tail, seen_[i]);
    }
    for (std::size_t i = 0; i < seen_count_; ++i) {
      const float score = scores_[seen_[i]];
      if (score <= 0 || score >= promising) continue;
      const bool full = found_.size() == count_;
      if (!full || score + can_still_add >= found_.front().score) consider(tail, seen_[i]);
    }
    std::ranges::sort(found_, nearer);
    std::vector<std::uint32_t> texts;
    for (const Neighbour& neighbour : found_) texts.push_back(neighbour.text);
    return texts;
  }

  const Index& index_;
  const Groups& groups_;
  const NearestOptions& options_;
  std::vector<float> scores_;
  std::vector<std::uint32_t> seen_;  // the first seen_count_ have a score
  std::size_t seen_count_ = 0;
  std::vector<float> can_still_add_;  // from each term of the query on
  std::array<std::array<std::uint32_t, kBuckets>, 4> counts_{};
  std::size_t count_ = 0;         // neighbours wanted
  std::vector<Neighbour> found_;  // a heap, worst first
};

// The first `options.count` that have words enough of their own. More are looked for until there
// are so many, or no others.
std::vector<std::uint32_t> new_neighbours(Search& search, const Groups& groups,
                                          const NewWords& words, const NearestOptions& options,
                                          std::uint32_t query) {
  const auto known = groups.around(query);
  for (std::size_t count = 2 * options.count;; count *= 2) {
    auto found = search.nearest(query, count);
    const bool all = found.size() < count;
    std::erase_if(found,
                  [&](std::uint32_t text) { return words.count(text, known) < options.new_words; });
    if (!all && found.size() < options.count) continue;
    if (found.size() > options.count) found.resize(options.count);
    return found;
  }
}

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
  const Groups members(groups);
  const NewWords words(options.new_words > 0 ? texts : std::span<const std::string>());
  std::atomic<std::uint32_t> next = 0;
  const auto work = [&] {
    constexpr std::uint32_t kBlock = 64;
    Search search(index, members, options);
    for (std::uint32_t begin = next.fetch_add(kBlock); begin < texts.size();
         begin = next.fetch_add(kBlock)) {
      const auto end = std::min<std::size_t>(begin + kBlock, texts.size());
      for (std::uint32_t query = begin; query < end; ++query)
        nearest[query] = options.new_words == 0
                             ? search.nearest(query, options.count)
                             : new_neighbours(search, members, words, options, query);
    }
  };
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < options.threads; ++i) others.emplace_back(work);
  work();
  others.clear();
  return nearest;
}

}  // namespace unimo::stages
