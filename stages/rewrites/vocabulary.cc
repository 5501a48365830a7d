#include "stages/rewrites/vocabulary.h"

#include <algorithm>
#include <utility>

#include "orchestrator/base/in_parallel.h"
#include "stages/rewrites/word_counts.h"

namespace unimo::stages {

namespace {

// Below so many sightings a context tells little about what it takes.
constexpr std::int64_t kTellingContext = 20;
// Two words of a picture count as companions from so many pictures and this lift on.
constexpr std::uint32_t kCompanionPictures = 2;
constexpr double kCompanionLift = 1.2;

// Two words that are seen side by side more seldom than this beside chance do not go together: they
// were read wrongly, or one has dressed up a dog.
constexpr double kJokeLift = 0.1;

using PairCounts = std::unordered_map<std::uint64_t, std::uint32_t>;

constexpr std::uint64_t pair_of(WordId a, WordId b) { return std::uint64_t{a} << 32U | b; }

void add_pairs(PairCounts& to, const PairCounts& from) {
  for (const auto& [pair, count] : from) to[pair] += count;
}

std::vector<std::vector<Companion>> in_order(std::vector<std::vector<Companion>> lists) {
  for (auto& list : lists) {
    std::sort(list.begin(), list.end(), [](const Companion& a, const Companion& b) {
      return a.lift != b.lift ? a.lift > b.lift : a.word < b.word;
    });
  }
  return lists;
}

// How many pictures say a word, and two words of one list.
struct Together {
  std::vector<std::uint32_t> alone;
  PairCounts both;

  void add(std::vector<WordId>& words) {
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    for (std::size_t i = 0; i < words.size(); ++i) {
      ++alone[words[i]];
      for (std::size_t j = i + 1; j < words.size(); ++j) ++both[pair_of(words[i], words[j])];
    }
    words.clear();
  }
  void add(const Together& other) {
    for (std::size_t i = 0; i < alone.size(); ++i) alone[i] += other.alone[i];
    add_pairs(both, other.both);
  }
  // P(a and b) over P(a) P(b).
  std::vector<std::vector<Companion>> companions(std::int64_t pictures) const {
    std::vector<std::vector<Companion>> of(alone.size());
    for (const auto& [pair, count] : both) {
      const auto a = static_cast<WordId>(pair >> 32U), b = static_cast<WordId>(pair);
      const double lift = static_cast<double>(count) * static_cast<double>(pictures) /
                          (static_cast<double>(alone[a]) * static_cast<double>(alone[b]));
      if (count < kCompanionPictures || lift < kCompanionLift) continue;
      of[a].push_back({b, static_cast<float>(lift)});
      of[b].push_back({a, static_cast<float>(lift)});
    }
    return in_order(std::move(of));
  }
};

// What two captions of one picture say of the same noun: pairs of words, equal ones too.
struct Interchange {
  using Said = std::vector<std::pair<WordId, WordId>>;  // noun, word

  std::vector<std::uint32_t> ends;  // in how many pairs a word is, twice where both are it
  std::uint64_t pairs = 0;
  PairCounts both;

  void add(const Said& one, const Said& other) {
    for (const auto& [noun, word] : one) {
      for (const auto& [other_noun, other_word] : other) {
        if (noun != other_noun) continue;
        ++pairs;
        ++ends[word];
        ++ends[other_word];
        if (word != other_word) {
          const auto [low, high] = std::minmax(word, other_word);
          ++both[pair_of(low, high)];
        }
      }
    }
  }
  void add(const Interchange& other) {
    for (std::size_t i = 0; i < ends.size(); ++i) ends[i] += other.ends[i];
    pairs += other.pairs;
    add_pairs(both, other.both);
  }
  // Over what chance gives to two different words: ends a * ends b / (2 * pairs).
  std::vector<std::vector<Companion>> companions() const {
    std::vector<std::vector<Companion>> of(ends.size());
    for (const auto& [pair, count] : both) {
      const auto a = static_cast<WordId>(pair >> 32U), b = static_cast<WordId>(pair);
      const double lift = 2.0 * static_cast<double>(count) * static_cast<double>(pairs) /
                          (static_cast<double>(ends[a]) * static_cast<double>(ends[b]));
      if (count < kCompanionPictures) continue;
      of[a].push_back({b, static_cast<float>(lift)});
      of[b].push_back({a, static_cast<float>(lift)});
    }
    return in_order(std::move(of));
  }
};

// How often contexts of one sort (described so, subject, object) and their objects were seen, to
// tell whether two go together more or less often than chance.
class ContextTotals {
 public:
  ContextTotals(const Vocabulary& vocabulary, const PairCounts& pairs)
      : contexts_(vocabulary.contexts.size()), sort_of_(vocabulary.contexts.size()) {
    objects_.fill(std::vector<double>(vocabulary.objects.size()));
    for (std::size_t i = 0; i < sort_of_.size(); ++i)
      sort_of_[i] = std::string_view("aos").find(vocabulary.contexts[i].text[0]);
    for (const auto& [pair, count] : pairs) {
      const auto context = static_cast<WordId>(pair >> 32U), object = static_cast<WordId>(pair);
      contexts_[context] += count;
      objects_[sort_of_[context]][object] += count;
      all_[sort_of_[context]] += count;
    }
  }
  double lift(WordId context, WordId object, std::uint32_t count) const {
    const std::size_t sort = sort_of_[context];
    return count * all_[sort] / (contexts_[context] * objects_[sort][object]);
  }

 private:
  std::vector<double> contexts_;
  std::vector<std::size_t> sort_of_;
  std::array<std::vector<double>, 3> objects_;
  std::array<double, 3> all_{};
};

// Counts of the second reading, when words have their numbers.
class PairReading {
 public:
  explicit PairReading(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {
    objects_.alone.resize(vocabulary.objects.size());
    attributes_.ends.resize(vocabulary.attributes.size());
    verbs_.ends.resize(vocabulary.verbs.size());
  }

  void add(const ImageCaptions& image, const eval::WordNet* wordnet) {
    std::vector<WordId> objects;
    std::vector<Interchange::Said> attributes, verbs;
    for (const CaptionText& caption : image.captions) {
      const CaptionReading reading = read_caption(caption.text, wordnet);
      for (const ObjectNode& node : reading.objects)
        if (const auto word = vocabulary_.objects.find(node.lemma)) objects.push_back(*word);
      attributes.emplace_back();
      for (const AttributeNode& node : reading.attributes)
        say(vocabulary_.attributes, node.lemma, reading.objects[node.object], attributes.back());
      verbs.emplace_back();
      for (const RelationNode& node : reading.relations)
        say(vocabulary_.verbs, node.verb, reading.objects[node.subject], verbs.back());
      add_contexts(reading);
    }
    objects_.add(objects);
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      for (std::size_t j = i + 1; j < attributes.size(); ++j) {
        attributes_.add(attributes[i], attributes[j]);
        verbs_.add(verbs[i], verbs[j]);
      }
    }
  }

  void add(const PairReading& other) {
    objects_.add(other.objects_);
    attributes_.add(other.attributes_);
    verbs_.add(other.verbs_);
    add_pairs(contexts_, other.contexts_);
  }

  void fill(Vocabulary& vocabulary, std::int64_t pair_floor) const {
    const std::int64_t pictures = vocabulary.counts.images;
    vocabulary.object_companions = objects_.companions(pictures);
    vocabulary.attribute_companions = attributes_.companions();
    vocabulary.verb_companions = verbs_.companions();
    vocabulary.seen.assign(vocabulary.contexts.size(), ObjectSet(vocabulary.objects.size()));
    vocabulary.contexts_of.resize(vocabulary.objects.size());
    const ContextTotals totals(vocabulary, contexts_);
    for (const auto& [pair, count] : contexts_) {
      const auto context = static_cast<WordId>(pair >> 32U), object = static_cast<WordId>(pair);
      if (count >= pair_floor && totals.lift(context, object, count) >= kJokeLift)
        vocabulary.seen[context].insert(object);
      vocabulary.contexts_of[object].emplace_back(context, count);
    }
    for (auto& list : vocabulary.contexts_of) std::sort(list.begin(), list.end());
  }

 private:
  template <class Words>
  void say(const Words& words, const std::string& text, const ObjectNode& noun,
           Interchange::Said& said) const {
    const auto word = words.find(text);
    const auto object = vocabulary_.objects.find(noun.lemma);
    if (word && object) said.emplace_back(*object, *word);
  }

  void add_context(const std::string& context, const ObjectNode& node) {
    const auto found = vocabulary_.contexts.find(context);
    const auto object = vocabulary_.objects.find(node.lemma);
    if (found && object) ++contexts_[pair_of(*found, *object)];
  }

  void add_contexts(const CaptionReading& reading) {
    for (const AttributeNode& node : reading.attributes)
      add_context(attribute_context(node.lemma), reading.objects[node.object]);
    for (const RelationNode& node : reading.relations) {
      add_context(subject_context(node), reading.objects[node.subject]);
      if (node.object == kNoNode) continue;
      const ObjectNode& object = reading.objects[node.object];
      add_context(object_context(node.lemma()), object);
      if (!node.verb.empty() && !node.preposition.empty())
        add_context(verbal_context(node.preposition), object);
    }
  }

  const Vocabulary& vocabulary_;
  Together objects_;
  Interchange attributes_, verbs_;
  PairCounts contexts_;  // context, object
};

// Adds each of `images` to one of as many parts as there are threads, then the parts to the first:
// sums, which do not depend on who did what.
template <class Part, class Add>
Part sum_in_parts(std::span<const ImageCaptions> images, int threads, const Part& empty,
                  const Add& add) {
  const auto count = static_cast<std::size_t>(std::max(threads, 1));
  std::vector<Part> parts(count, empty);
  in_parallel(count, threads, [&](std::size_t part) {
    const std::size_t begin = images.size() * part / count;
    const std::size_t end = images.size() * (part + 1) / count;
    for (const ImageCaptions& image : images.subspan(begin, end - begin)) add(parts[part], image);
  });
  for (std::size_t i = 1; i < count; ++i) parts[0].add(parts[i]);
  return std::move(parts[0]);
}

}  // namespace

const ObjectSet* Vocabulary::seen_in(std::string_view context) const {
  const auto found = contexts.find(context);
  if (!found || contexts[*found].count < kTellingContext) return nullptr;
  return &seen[*found];
}

bool Vocabulary::was_seen(std::string_view context, WordId object) const {
  const auto found = contexts.find(context);
  return found && seen[*found].contains(object);
}

std::int64_t Vocabulary::times_in(std::string_view context, WordId object) const {
  const auto found = contexts.find(context);
  if (!found) return 0;
  const auto& list = contexts_of[object];
  const auto place = std::lower_bound(list.begin(), list.end(), std::pair(*found, 0U));
  return place != list.end() && place->first == *found ? place->second : 0;
}

Vocabulary count_vocabulary(std::span<const ImageCaptions> images, const VocabularyOptions& options,
                            const eval::WordNet* wordnet, int threads) {
  Vocabulary vocabulary;
  const WordCounts words = sum_in_parts(
      images, threads, WordCounts(), [&](WordCounts& part, const ImageCaptions& image) {
        for (const CaptionText& caption : image.captions)
          part.add(caption.text, read_caption(caption.text, wordnet));
      });
  words.fill(vocabulary, options);
  vocabulary.counts.images = static_cast<std::int64_t>(images.size());
  for (const ImageCaptions& image : images)
    vocabulary.counts.captions_of_split[image.split] +=
        static_cast<std::int64_t>(image.captions.size());
  sum_in_parts(images, threads, PairReading(vocabulary),
               [&](PairReading& part, const ImageCaptions& image) { part.add(image, wordnet); })
      .fill(vocabulary, options.pair_floor);
  return vocabulary;
}

}  // namespace unimo::stages
