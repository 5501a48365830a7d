#include "evaluators/spice.h"

#include <algorithm>
#include <string_view>

#include "evaluators/evaluator.h"
#include "evaluators/scene_graph/wordnet.h"
#include "orchestrator/base/in_parallel.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

namespace {

struct SceneTuple {
  std::size_t length = 1;  // words: 1 object, 2 attribute, 3 relation
  std::array<std::string, 3> words;
  AttributeKind kind = AttributeKind::kOther;
};

using Tuples = std::vector<SceneTuple>;  // ascending, each once

bool belongs(const SceneTuple& tuple, SpiceCategory category) {
  const bool attribute = tuple.length == 2;
  switch (category) {
    case SpiceCategory::kAll: return true;
    case SpiceCategory::kObject: return tuple.length == 1;
    case SpiceCategory::kAttribute: return attribute;
    case SpiceCategory::kRelation: return tuple.length == 3;
    case SpiceCategory::kColour: return attribute && tuple.kind == AttributeKind::kColour;
    case SpiceCategory::kCount: return attribute && tuple.kind == AttributeKind::kCount;
    case SpiceCategory::kSize: return attribute && tuple.kind == AttributeKind::kSize;
  }
  return false;
}

void add_tuples(const SceneGraph& graph, Tuples& tuples) {
  for (const SceneObject& object : graph.objects) {
    tuples.push_back({1, {object.head}});
    if (!object.modifiers.empty()) tuples.push_back({2, {object.head, object.modifiers}});
  }
  for (const SceneAttribute& attribute : graph.attributes) {
    tuples.push_back({2, {graph.objects[attribute.object].head, attribute.lemma}, attribute.kind});
  }
  for (const SceneRelation& relation : graph.relations) {
    const std::string& subject = graph.objects[relation.subject].head;
    const std::string& object = graph.objects[relation.object].head;
    if (relation.preposition.empty()) {
      tuples.push_back({3, {subject, relation.verb, object}});
      continue;
    }
    if (!relation.verb.empty()) tuples.push_back({2, {subject, relation.verb}});
    tuples.push_back({3, {subject, relation.preposition, object}});
  }
}

// Of equal words the tuple with the most telling kind is kept.
Tuples unique(Tuples tuples) {
  std::sort(tuples.begin(), tuples.end(), [](const SceneTuple& a, const SceneTuple& b) {
    return a.length != b.length ? a.length < b.length
           : a.words != b.words ? a.words < b.words
                                : a.kind > b.kind;
  });
  const auto same_words = [](const SceneTuple& a, const SceneTuple& b) {
    return a.length == b.length && a.words == b.words;
  };
  tuples.erase(std::unique(tuples.begin(), tuples.end(), same_words), tuples.end());
  return tuples;
}

// The tuples of a caption or of all references, their words as numbers.
struct Side {
  explicit Side(Tuples all) : tuples(unique(std::move(all))) {
    for (const SceneTuple& tuple : tuples) {
      words.insert(words.end(), tuple.words.begin(),
                   tuple.words.begin() + static_cast<std::ptrdiff_t>(tuple.length));
    }
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    for (const SceneTuple& tuple : tuples) {
      auto& ids = numbers.emplace_back();
      for (std::size_t i = 0; i < tuple.length; ++i) {
        ids[i] = static_cast<std::size_t>(
            std::lower_bound(words.begin(), words.end(), tuple.words[i]) - words.begin());
      }
    }
  }

  Tuples tuples;
  std::vector<std::string> words;                   // of the tuples, ascending, each once
  std::vector<std::array<std::size_t, 3>> numbers;  // of each tuple, into `words`
};

// Which tuples of two sides say the same. Each pair of words is compared once.
struct Matches {
  Matches(const Side& left, const Side& right, const WordNet* wordnet)
      : left_found(left.tuples.size()), right_found(right.tuples.size()) {
    const std::size_t columns = right.words.size();
    std::vector<bool> same(left.words.size() * columns);  // [words of left, words of right]
    for (std::size_t i = 0; i < left.words.size(); ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        const std::string& a = left.words[i];
        const std::string& b = right.words[j];
        same[i * columns + j] = a == b || (wordnet != nullptr && wordnet->share_synset(a, b));
      }
    }
    for (std::size_t i = 0; i < left.tuples.size(); ++i) {
      for (std::size_t j = 0; j < right.tuples.size(); ++j) {
        const std::size_t length = left.tuples[i].length;
        bool equal = length == right.tuples[j].length;
        for (std::size_t k = 0; equal && k < length; ++k) {
          equal = same[left.numbers[i][k] * columns + right.numbers[j][k]];
        }
        if (equal) left_found[i] = right_found[j] = true;
      }
    }
  }

  std::vector<bool> left_found;  // for each tuple, whether the other side has it
  std::vector<bool> right_found;
};

// The share of a category's tuples that are found; 0 of none. `present` is set when there are any.
double share(const Tuples& tuples, const std::vector<bool>& found, SpiceCategory category,
             bool& present) {
  std::size_t all = 0, matched = 0;
  for (std::size_t i = 0; i < tuples.size(); ++i) {
    if (!belongs(tuples[i], category)) continue;
    ++all;
    if (found[i]) ++matched;
  }
  if (all == 0) return 0;
  present = true;
  return static_cast<double>(matched) / static_cast<double>(all);
}

SpiceScores score(const CaptionItem& item, const WordNet* wordnet) {
  Tuples candidate, references;
  add_tuples(parse_caption(item.candidate, wordnet), candidate);
  for (const std::string& reference : item.references) {
    add_tuples(parse_caption(reference, wordnet), references);
  }
  const Side left(std::move(candidate));
  const Side right(std::move(references));
  const Matches matches(left, right, wordnet);
  SpiceScores scores;
  for (std::size_t i = 0; i < kSpiceCategories; ++i) {
    const auto category = static_cast<SpiceCategory>(i);
    TupleScore& of = scores[i];
    of.precision = share(left.tuples, matches.left_found, category, of.present);
    of.recall = share(right.tuples, matches.right_found, category, of.present);
    const double sum = of.precision + of.recall;
    if (sum > 0) of.f = 2 * of.precision * of.recall / sum;
  }
  return scores;
}

}  // namespace

Spice spice(std::span<const CaptionItem> items, const WordNet* wordnet, int threads) {
  for (const CaptionItem& item : items) {
    UNIMO_CHECK(!item.references.empty(), "a caption without references reached SPICE");
  }
  Spice result;
  result.images.resize(items.size());
  in_parallel(items.size(), threads,
              [&](std::size_t i) { result.images[i] = score(items[i], wordnet); });
  std::array<std::size_t, kSpiceCategories> counts{};
  for (const SpiceScores& image : result.images) {
    result.corpus += image[0].f;
    for (std::size_t i = 0; i < kSpiceCategories; ++i) {
      result.categories[i] += image[i].f;
      counts[i] += image[i].present ? 1 : 0;
    }
  }
  if (!items.empty()) result.corpus /= static_cast<double>(items.size());
  for (std::size_t i = 0; i < kSpiceCategories; ++i) {
    if (counts[i] > 0) result.categories[i] /= static_cast<double>(counts[i]);
  }
  return result;
}

std::string spice_signature(std::span<const CaptionItem> items, const WordNet* wordnet) {
  const std::string synonyms =
      wordnet == nullptr ? "none" : "wordnet-" + wordnet->digest().substr(0, 12);
  return fmt::format(
      "spice_rules|parser:unimo-rules-2|not the Java parser|synonyms:{}|images:{}|refs:{}|"
      "scale:100|version:1",
      synonyms, items.size(), reference_counts(items));
}

}  // namespace unimo::eval
