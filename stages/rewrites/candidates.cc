#include "stages/rewrites/candidates.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "evaluators/scene_graph/lexicon.h"
#include "orchestrator/base/in_parallel.h"
#include "stages/rewrites/contrast_words.h"
#include "stages/rewrites/similarity.h"

namespace unimo::stages {

namespace {

using eval::PartOfSpeech;

constexpr std::array<std::string_view, kRules> kNames = {
    "same_meaning", "said_together", "untold", "other_kind",  "no_contrast",
    "said",         "likely_there",  "form",   "does_not_go", "several_there"};

// Words that exclude each other are said of one noun of a picture more seldom than half of what
// chance gives; others are not told apart by those who write captions.
constexpr double kInterchanged = 0.5;

// How many of the most similar objects are looked at, and what the commonest other weighs.
constexpr std::size_t kSimilarWords = 1000;
constexpr float kUnlikeWeight = 1e-4F;

// A noun that is so much more often something else is none.
constexpr std::int64_t kMisread = 3;

// Letters of both parts of a compound written as one word, at least: "sail" and "boat", not "wo"
// and "man".
constexpr std::size_t kShortestPart = 3;

// Those pairs of a list whose meanings are the same or one above the other: each word's list.
template <class Word>
std::vector<std::vector<WordId>> related_words(const NumberedWords<Word>& list,
                                               const Taxonomy* taxonomy, PartOfSpeech part) {
  std::vector<std::vector<WordId>> related(list.size());
  if (taxonomy == nullptr) return related;
  std::map<std::uint32_t, std::vector<WordId>> of_synset;
  std::vector<std::vector<std::uint32_t>> meanings(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    meanings[i] = taxonomy->meanings(list[i].text, part);
    for (const std::uint32_t synset : meanings[i])
      of_synset[synset].push_back(static_cast<WordId>(i));
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (const std::uint32_t synset : taxonomy->with_ancestors(meanings[i])) {
      const auto found = of_synset.find(synset);
      if (found == of_synset.end()) continue;
      for (const WordId other : found->second) {
        if (other == i) continue;
        related[i].push_back(other);
        related[other].push_back(static_cast<WordId>(i));
      }
    }
  }
  return related;
}

// Compounds of one noun, and the noun: "tennis ball", "ball", "baseball". Some that only look like
// one come along ("carpet" and "pet"), which costs a choice and no truth.
void add_same_heads(const NumberedWords<ObjectWord>& objects,
                    std::vector<std::vector<WordId>>& related) {
  std::map<std::string_view, std::vector<WordId>> of_head;
  for (std::size_t i = 0; i < objects.size(); ++i)
    of_head[objects[i].head].push_back(static_cast<WordId>(i));
  const auto relate = [&](const std::vector<WordId>& some, const std::vector<WordId>& others) {
    for (const WordId a : some)
      for (const WordId b : others)
        if (a != b) related[a].push_back(b);
  };
  for (const auto& [head, words] : of_head) {
    relate(words, words);
    for (std::size_t at = kShortestPart; at + kShortestPart <= head.size(); ++at) {
      const auto found = of_head.find(head.substr(at));
      if (found == of_head.end()) continue;
      relate(words, found->second);
      relate(found->second, words);
    }
  }
}

void add_look_alikes(const NumberedWords<ObjectWord>& objects,
                     std::vector<std::vector<WordId>>& related) {
  std::vector<WordId> in_groups;
  for (std::size_t i = 0; i < objects.size(); ++i)
    if (look_alike(objects[i].head, objects[i].head)) in_groups.push_back(static_cast<WordId>(i));
  for (const WordId a : in_groups)
    for (const WordId b : in_groups)
      if (a != b && look_alike(objects[a].head, objects[b].head)) related[a].push_back(b);
}

void in_order(std::vector<std::vector<WordId>>& lists) {
  for (auto& list : lists) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
}

bool has_word(const std::vector<WordId>& sorted, WordId word) {
  return std::binary_search(sorted.begin(), sorted.end(), word);
}

// Words that are groups or amounts agree with verbs in their own way.
bool is_amount(std::string_view head) {
  constexpr eval::WordClasses kAmounts =
      eval::kCollectiveWord | eval::kQuantifierNoun | eval::kFrameNoun;
  return (eval::word_classes(head) & kAmounts) != 0 && !is_invariant(head);
}

bool is_letters(std::string_view text) {
  return std::ranges::all_of(text,
                             [](char c) { return (c >= 'a' && c <= 'z') || c == ' ' || c == '-'; });
}

// Choices of one word among offers, best first, until there are enough.
void choose(std::vector<Choice> offers, std::size_t most,
            const std::function<std::optional<Rule>(WordId)>& refusal, WordChoices& out) {
  for (const Choice& offer : offers) {
    if (out.choices.size() == most) return;
    if (const auto rule = refusal(offer.word))
      ++out.refused[*rule];
    else
      out.choices.push_back(offer);
  }
}

float frequency_weight(std::int64_t count, double power) {
  return static_cast<float>(std::pow(static_cast<double>(count), power));
}

template <class Word>
std::vector<Choice> by_frequency(const NumberedWords<Word>& list, double power) {
  std::vector<Choice> offers;
  for (std::size_t i = 0; i < list.size(); ++i)
    offers.push_back({static_cast<WordId>(i), frequency_weight(list[i].count, power)});
  return offers;
}

bool said_together(const std::vector<Companion>& companions, WordId word, double lift) {
  for (const Companion& companion : companions) {
    if (companion.lift < lift) return false;
    if (companion.word == word) return true;
  }
  return false;
}

class ObjectChoices {
 public:
  ObjectChoices(const Vocabulary& vocabulary, const std::vector<NounKinds>& kinds,
                const CandidateOptions& options)
      : vocabulary_(vocabulary),
        kinds_(kinds),
        options_(options),
        untold_(vocabulary.objects.size()) {
    for (std::size_t i = 0; i < untold_.size(); ++i)
      untold_[i] = is_someone(static_cast<WordId>(i)) || is_bad(vocabulary.objects[i]);
  }

  std::optional<Rule> refusal(WordId from, WordId to, const std::vector<WordId>& related) const {
    const ObjectWord& a = vocabulary_.objects[from];
    const ObjectWord& b = vocabulary_.objects[to];
    if (from == to || has_word(related, to)) return Rule::kSameMeaning;
    const bool people = is_someone(from) && is_someone(to);
    if (!is_allowed(b) || (people && !people_clash(a.head, b.head))) return Rule::kNoContrast;
    if (!people && untold_[to]) return Rule::kUntold;
    if ((kinds_[from] & kinds_[to]) == 0 || a.is_setting() != b.is_setting())
      return Rule::kOtherKind;
    if (is_someone(from) && !is_someone(to)) return Rule::kOtherKind;  // "hood" may be one, too
    if (is_wide_place(a.head) != is_wide_place(b.head)) return Rule::kNoContrast;
    if (said_together(vocabulary_.object_companions[from], to, options_.together_lift) && !people)
      return Rule::kSaidTogether;
    return std::nullopt;
  }

  bool can_be_replaced(WordId from) const {
    const ObjectWord& word = vocabulary_.objects[from];
    return !is_no_thing(word.text) && !is_no_thing(word.head) && !is_amount(word.head) &&
           !is_misread(word);
  }

 private:
  bool is_someone(WordId word) const { return kinds_[word] == kPersonKind; }
  bool is_allowed(const ObjectWord& word) const {
    return options_.objects.empty() || options_.objects.contains(word.text);
  }
  bool is_bad(const ObjectWord& word) const {
    return is_untold(word.head) || is_untold(word.text) || is_no_thing(word.text) ||
           is_no_thing(word.head) || is_amount(word.head) || !is_letters(word.text) ||
           is_misread(word);
  }
  // A verb or an adjective nearly always: "wear", "large".
  bool is_misread(const ObjectWord& word) const {
    const auto verb = vocabulary_.verbs.find(word.text);
    const auto attribute = vocabulary_.attributes.find(word.text);
    return (verb && vocabulary_.verbs[*verb].count >= kMisread * word.count) ||
           (attribute && vocabulary_.attributes[*attribute].count >= kMisread * word.count);
  }
  const Vocabulary& vocabulary_;
  const std::vector<NounKinds>& kinds_;
  const CandidateOptions& options_;
  std::vector<bool> untold_;
};

// The most similar first; then the others, the most frequent first, with hardly a chance beside
// them: they count where few are similar.
std::vector<Choice> by_similarity(const std::vector<Similar>& similar,
                                  const std::vector<Choice>& frequent) {
  std::vector<Choice> offers;
  std::vector<bool> taken(frequent.size());
  for (const Similar& one : similar) {
    offers.push_back({one.word, one.cosine * one.cosine * one.cosine});
    taken[one.word] = true;
  }
  for (const Choice& one : frequent) {
    if (!taken[one.word])
      offers.push_back({one.word, kUnlikeWeight * one.weight / frequent.front().weight});
  }
  return offers;
}

// Words that are no nouns to WordNet are none of ours: the parser was mistaken.
std::vector<NounKinds> kinds_of_objects(const Vocabulary& vocabulary, const Taxonomy* taxonomy) {
  std::vector<NounKinds> kinds;
  for (const ObjectWord& word : vocabulary.objects.words) {
    const eval::WordClasses classes = eval::word_classes(word.head);
    if ((classes & eval::kPersonWord) != 0) {
      kinds.push_back(kPersonKind);
    } else if ((classes & eval::kAnimalWord) != 0) {
      kinds.push_back(kAnimalKind);
    } else {
      kinds.push_back(taxonomy != nullptr ? taxonomy->kinds(word.text)
                                          : NounKinds{kAllNounKinds & ~kLivingKinds});
    }
  }
  return kinds;
}

std::vector<WordChoices> object_choices(const Vocabulary& vocabulary, const Taxonomy* taxonomy,
                                        const std::vector<NounKinds>& kinds,
                                        const CandidateOptions& options, int threads) {
  std::vector<WordChoices> all(vocabulary.objects.size());
  auto related = related_words(vocabulary.objects, taxonomy, PartOfSpeech::kNoun);
  add_same_heads(vocabulary.objects, related);
  add_look_alikes(vocabulary.objects, related);
  in_order(related);
  const ObjectChoices rules(vocabulary, kinds, options);
  const auto similar = options.by_similarity ? similar_objects(vocabulary, kSimilarWords, threads)
                                             : std::vector<std::vector<Similar>>();
  const auto frequent = by_frequency(vocabulary.objects, options.power);
  in_parallel(all.size(), threads, [&](std::size_t i) {
    const auto from = static_cast<WordId>(i);
    all[i].related = std::move(related[i]);
    if (!rules.can_be_replaced(from)) return;
    choose(
        options.by_similarity ? by_similarity(similar[i], frequent) : frequent, options.choices,
        [&](WordId to) { return rules.refusal(from, to, all[i].related); }, all[i]);
  });
  return all;
}

std::vector<WordChoices> attribute_choices(const Vocabulary& vocabulary, const Taxonomy* taxonomy,
                                           const CandidateOptions& options) {
  const auto& list = vocabulary.attributes;
  std::vector<WordChoices> all(list.size());
  auto related = related_words(list, taxonomy, PartOfSpeech::kAdjective);
  in_order(related);
  const auto offers = by_frequency(list, options.power);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].related = std::move(related[i]);
    if (!has_contrast(list[i].text)) continue;
    const auto refusal = [&](WordId to) -> std::optional<Rule> {
      if (to == i || has_word(all[i].related, to)) return Rule::kSameMeaning;
      const bool allowed = options.attributes.empty() || options.attributes.contains(list[to].text);
      if (!allowed || !attributes_clash(list[i].text, list[to].text)) return Rule::kNoContrast;
      if (said_together(vocabulary.attribute_companions[i], to, kInterchanged))
        return Rule::kSaidTogether;
      return std::nullopt;
    };
    choose(offers, options.choices, refusal, all[i]);
  }
  return all;
}

std::vector<WordChoices> verb_choices(const Vocabulary& vocabulary, const Taxonomy* taxonomy,
                                      const CandidateOptions& options) {
  const auto& list = vocabulary.verbs;
  std::vector<WordChoices> all(list.size());
  auto related = related_words(list, taxonomy, PartOfSpeech::kVerb);
  in_order(related);
  const auto offers = by_frequency(list, options.power);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].related = std::move(related[i]);
    if (!is_action(list[i].text)) continue;
    const auto refusal = [&](WordId to) -> std::optional<Rule> {
      if (to == i || has_word(all[i].related, to)) return Rule::kSameMeaning;
      const bool allowed = options.relations.empty() || options.relations.contains(list[to].text);
      if (!allowed || !actions_clash(list[i].text, list[to].text)) return Rule::kNoContrast;
      if (said_together(vocabulary.verb_companions[i], to, kInterchanged))
        return Rule::kSaidTogether;
      return std::nullopt;
    };
    choose(offers, options.choices, refusal, all[i]);
  }
  return all;
}

std::vector<WordChoices> preposition_choices(const Vocabulary& vocabulary,
                                             const CandidateOptions& options) {
  const auto& list = vocabulary.prepositions;
  std::vector<WordChoices> all(list.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const std::string_view other : contrary_prepositions(list[i].text)) {
      const auto to = list.find(other);
      const bool allowed =
          options.relations.empty() || options.relations.contains(std::string(other));
      if (to && allowed)
        all[i].choices.push_back({*to, frequency_weight(list[*to].count, options.power)});
    }
  }
  return all;
}

}  // namespace

std::string_view name_of(Rule rule) { return kNames[static_cast<std::size_t>(rule)]; }

Candidates::Candidates(const Vocabulary& vocabulary, const Taxonomy* taxonomy,
                       const CandidateOptions& options, int threads)
    : attributes(attribute_choices(vocabulary, taxonomy, options)),
      verbs(verb_choices(vocabulary, taxonomy, options)),
      prepositions(preposition_choices(vocabulary, options)),
      kinds(kinds_of_objects(vocabulary, taxonomy)) {
  objects = object_choices(vocabulary, taxonomy, kinds, options, threads);
}

}  // namespace unimo::stages
