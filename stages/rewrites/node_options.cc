#include "stages/rewrites/node_options.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "stages/rewrites/contrast_words.h"
#include "stages/rewrites/word_counts.h"

namespace unimo::stages {

namespace {

// Draws for a place; most are refused, and a place has many others.
constexpr std::size_t kPlaceDraws = 200;

// A noun takes a preposition that at least one in so many of its places has.
constexpr std::int64_t kUsualPlace = 20;

// Of a noun of which no WordNet tells.
constexpr NounKinds kAnyNoun = kAllNounKinds & ~kLivingKinds;

std::string_view text_of(std::string_view caption, const eval::Span& span) {
  return caption.substr(span.begin, span.end - span.begin);
}

std::int64_t slot_count(const ObjectWord& word, NounSlot slot) {
  return word.slots[static_cast<std::size_t>(slot)];
}

// The form that the slot takes, if the word is used so at least now and then (a tenth).
std::string_view form_for(const ObjectWord& word, NounSlot slot, bool mass) {
  const auto usual = [&](std::int64_t count) { return count > 0 && count * 10 >= word.count; };
  switch (slot) {
    case NounSlot::kPlural:
      return usual(slot_count(word, NounSlot::kPlural)) ? std::string_view(word.plural)
                                                        : std::string_view{};
    case NounSlot::kIndefinite:
      return usual(slot_count(word, NounSlot::kIndefinite)) && !word.is_mass()
                 ? std::string_view(word.singular)
                 : std::string_view{};
    case NounSlot::kBare:
      return word.is_mass() == mass && usual(word.count - slot_count(word, NounSlot::kPlural))
                 ? std::string_view(word.singular)
                 : std::string_view{};
    case NounSlot::kDefinite:
      return usual(word.count - slot_count(word, NounSlot::kPlural))
                 ? std::string_view(word.singular)
                 : std::string_view{};
  }
  return {};
}

// A pronoun keeps a person a person of that sex.
bool agrees_with_pronouns(const CaptionReading& reading, std::string_view from,
                          std::string_view to) {
  if (!reading.he && !reading.she) return true;
  return sex_of(from) == Sex::kUnknown || sex_of(from) == sex_of(to);
}

// "rode" has no one form for what "ridden" may be.
bool form_is_clear(const std::string& form, eval::VerbForm of) {
  return of != eval::VerbForm::kPast || form.ends_with("ed");
}

// Words in quotes are written in the picture.
bool is_quoted(std::string_view caption, std::size_t at) {
  return std::count(caption.begin(), caption.begin() + static_cast<std::ptrdiff_t>(at), '"') % 2 !=
         0;
}

// "from the inside of a train": no preposition.
bool follows_article(std::string_view caption, std::size_t at) {
  const std::string_view before = caption.substr(0, at);
  return before.ends_with("the ") || before.ends_with(" a ") || before.ends_with(" an ");
}

}  // namespace

std::string_view name_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::kObject: return "object";
    case NodeKind::kAttribute: return "attribute";
    case NodeKind::kVerb:
    case NodeKind::kPreposition: return "relation";
    case NodeKind::kPlace: return "phrase";
  }
  return {};
}

struct OptionFinder::Work {
  std::string_view caption;
  const CaptionReading& reading;
  const PictureWords& picture;
  std::size_t most;
  trainer::Random& random;
  std::vector<NodeOptions> nodes;
  std::vector<std::pair<float, Option>> drawn;  // smallest first
};

template <class Refusal>
void OptionFinder::keep(Work& work, const WordChoices& choices, NodeOptions& node,
                        const Refusal& refusal) {
  refused_.add(choices.refused);
  work.drawn.clear();
  Option option;
  for (const Choice& choice : choices.choices) {
    option.word = choice.word;
    if (const std::optional<Rule> rule = refusal(option)) {
      ++refused_[*rule];
      continue;
    }
    // Sampling without replacement by weight: Efraimidis and Spirakis 2006.
    const float uniform = (static_cast<float>(work.random.u32() >> 8U) + 0.5F) * 0x1.0p-24F;
    work.drawn.emplace_back(-std::log(uniform) / choice.weight, option);
  }
  const auto kept = static_cast<std::ptrdiff_t>(std::min(work.most, work.drawn.size()));
  std::partial_sort(work.drawn.begin(), work.drawn.begin() + kept, work.drawn.end(),
                    [](const auto& a, const auto& b) {
                      return a.first != b.first ? a.first < b.first : a.second.word < b.second.word;
                    });
  for (std::ptrdiff_t i = 0; i < kept; ++i)
    node.options.push_back(work.drawn[static_cast<std::size_t>(i)].second);
}

// The contexts that the object stands in. Of one that is too rare to tell, that of the preposition
// alone; without one, whatever was seen in it at all.
std::vector<const ObjectSet*> OptionFinder::neighbours(const CaptionReading& reading,
                                                       std::size_t object) const {
  std::vector<const ObjectSet*> sets;
  const auto add = [&](const std::string& context) {
    const ObjectSet* seen = vocabulary_.seen_in(context);
    if (seen != nullptr) sets.push_back(seen);
    return seen != nullptr;
  };
  const auto add_rare = [&](const std::string& context) {
    if (add(context)) return;
    const auto found = vocabulary_.contexts.find(context);
    sets.push_back(found ? &vocabulary_.seen[*found] : &nothing_);
  };
  const std::size_t governor = reading.objects[object].governor;
  if (governor != kNoNode) {
    const RelationNode& relation = reading.relations[governor];
    if (relation.preposition.empty())
      add_rare(object_context(relation.lemma()));
    else if (!add(object_context(relation.lemma())))
      add(verbal_context(relation.preposition));
  }
  for (const RelationNode& relation : reading.relations)
    if (relation.subject == object) add(subject_context(relation));
  for (const AttributeNode& attribute : reading.attributes)
    if (attribute.object == object) add_rare(attribute_context(attribute.lemma));
  return sets;
}

// "at bat", "on top": a counted noun without determiner behind a preposition, any behind "at"; both
// sides of "of" ("a flock of sheep", "the branches of a tree"), but for food behind it.
bool OptionFinder::is_idiom(const CaptionReading& reading, std::size_t index, WordId word) const {
  const bool has_part = std::ranges::any_of(reading.relations, [&](const RelationNode& relation) {
    return relation.subject == index && relation.lemma() == "of";
  });
  const ObjectNode& object = reading.objects[index];
  if (has_part || object.governor == kNoNode) return has_part;
  const RelationNode& governor = reading.relations[object.governor];
  if (governor.lemma() == "of") return (candidates_.kinds[word] & kFoodKind) == 0;
  if (governor.preposition.empty() || object.slot != NounSlot::kBare) return false;
  return governor.preposition == "at" || !vocabulary_.objects[word].is_mass();
}

// "passenger trains", "fruits such as bananas", "no dogs": another word would leave the rest
// without a sense, or be true.
bool OptionFinder::is_fixed(const Work& work, const ObjectNode& object) const {
  const std::string_view rest = work.caption.substr(object.span.end);
  const auto follows = [&](std::string_view words) { return rest.starts_with(words); };
  const bool without = object.governor != kNoNode &&
                       work.reading.relations[object.governor].preposition == "without";
  return object.modifies || object.denied || without || follows(" '") || follows("'") ||
         follows(" such as") || follows(", such as") || follows(" including") || follows(" like ");
}

// Whether the object is said with the preposition of its place usually enough: "on a bench", not
// "in a bench". And what is worn ("in a jacket") is replaced by what is worn.
bool OptionFinder::takes_preposition(const CaptionReading& reading, const ObjectNode& object,
                                     WordId from, WordId to) const {
  if (object.governor == kNoNode) return true;
  const std::string& preposition = reading.relations[object.governor].preposition;
  if (!is_place_preposition(preposition)) return true;
  const bool worn = preposition == "in" && (candidates_.kinds[from] & kClothingKind) != 0;
  if (worn && candidates_.kinds[from] != kAnyNoun && (candidates_.kinds[to] & kClothingKind) == 0)
    return false;
  const std::int64_t times = vocabulary_.times_in(object_context(preposition), to) +
                             vocabulary_.times_in(verbal_context(preposition), to);
  return times * kUsualPlace >= vocabulary_.objects[to].placed;
}

void OptionFinder::add_objects(Work& work) {
  for (std::size_t i = 0; i < work.reading.objects.size(); ++i) {
    const ObjectNode& object = work.reading.objects[i];
    const auto word = vocabulary_.objects.find(object.lemma);
    if (!word || is_quoted(work.caption, object.span.begin)) continue;
    if (is_idiom(work.reading, i, *word) || is_fixed(work, object)) continue;
    const auto sets = neighbours(work.reading, i);
    const bool mass = vocabulary_.objects[*word].is_mass();
    NodeOptions node{.kind = NodeKind::kObject,
                     .span = object.span,
                     .article = object.article,
                     .index = i,
                     .object = i};
    keep(work, candidates_.objects[*word], node, [&](Option& option) -> std::optional<Rule> {
      if (const auto rule = work.picture.object(option.word)) return rule;
      const ObjectWord& other = vocabulary_.objects[option.word];
      option.text = form_for(other, object.slot, mass);
      if (option.text.empty() || !agrees_with_pronouns(work.reading, object.head, other.head))
        return Rule::kForm;
      const bool goes =
          std::ranges::all_of(sets,
                              [&](const ObjectSet* seen) { return seen->contains(option.word); }) &&
          takes_preposition(work.reading, object, *word, option.word);
      return goes ? std::nullopt : std::optional(Rule::kDoesNotGo);
    });
    work.nodes.push_back(std::move(node));
  }
}

void OptionFinder::add_attributes(Work& work) {
  for (std::size_t i = 0; i < work.reading.attributes.size(); ++i) {
    const AttributeNode& attribute = work.reading.attributes[i];
    const auto word = vocabulary_.attributes.find(attribute.lemma);
    const auto object = vocabulary_.objects.find(work.reading.objects[attribute.object].lemma);
    if (!word || !object || is_quoted(work.caption, attribute.span.begin)) continue;
    if (work.reading.objects[attribute.object].denied) continue;
    if (work.caption.substr(0, attribute.span.begin).ends_with("ly ")) continue;  // "dimly lit"
    NodeOptions node{.kind = NodeKind::kAttribute,
                     .span = attribute.span,
                     .article = attribute.article,
                     .index = i,
                     .object = attribute.object};
    const bool several = has_several(work, attribute.object);
    keep(work, candidates_.attributes[*word], node, [&](Option& option) -> std::optional<Rule> {
      if (several) return Rule::kSeveralThere;
      if (const auto rule = work.picture.attribute(option.word)) return rule;
      const AttributeWord& other = vocabulary_.attributes[option.word];
      option.text = other.form;
      const bool goes = vocabulary_.was_seen(attribute_context(other.text), *object);
      return goes ? std::nullopt : std::optional(Rule::kDoesNotGo);
    });
    work.nodes.push_back(std::move(node));
  }
}

// Whether the corpus has the verb between the two ends of the relation.
bool OptionFinder::verb_goes(const CaptionReading& reading, RelationNode relation,
                             const std::string& verb) const {
  relation.verb = verb;
  const auto seen_at = [&](const std::string& context, std::size_t end) {
    const auto object = vocabulary_.objects.find(reading.objects[end].lemma);
    const ObjectSet* seen = vocabulary_.seen_in(context);
    return object && seen != nullptr && seen->contains(*object);
  };
  if (!seen_at(subject_context(relation), relation.subject)) return false;
  return relation.object == kNoNode || seen_at(object_context(relation.lemma()), relation.object);
}

// Of several that are spoken of together ("two dogs") all would have to be as the rewrite says.
bool OptionFinder::has_several(const Work& work, std::size_t object) const {
  const ObjectNode& node = work.reading.objects[object];
  const auto word = vocabulary_.objects.find(node.lemma);
  return word && node.slot != NounSlot::kPlural && work.picture.has_several(*word);
}

bool OptionFinder::is_living(const Work& work, std::size_t object) const {
  const auto word = vocabulary_.objects.find(work.reading.objects[object].lemma);
  return word && candidates_.is_living(*word);
}

void OptionFinder::add_verbs(Work& work) {
  const auto& relations = work.reading.relations;
  for (std::size_t i = 0; i < relations.size(); ++i) {
    const RelationNode& relation = relations[i];
    const auto word = vocabulary_.verbs.find(relation.verb);
    const auto same_verb = [&](const RelationNode& other) {
      return other.verb_span == relation.verb_span;
    };
    const auto here = relations.begin() + static_cast<std::ptrdiff_t>(i);
    if (!word || relation.possessive || std::any_of(relations.begin(), here, same_verb)) continue;
    const std::string written(text_of(work.caption, relation.verb_span));
    if (relation.form == eval::VerbForm::kNone || !form_is_clear(written, relation.form)) continue;
    // "jumps to catch it": why it jumps would be left without a sense.
    if (work.caption.substr(relation.verb_span.end).starts_with(" to ")) continue;
    NodeOptions node{.kind = NodeKind::kVerb,
                     .span = relation.verb_span,
                     .index = i,
                     .object = relation.object,
                     .subject = relation.subject};
    const bool thing_is_there = is_posture(relation.verb) && !is_living(work, relation.subject);
    const bool several = has_several(work, relation.subject);
    keep(work, candidates_.verbs[*word], node, [&](Option& option) -> std::optional<Rule> {
      if (several) return Rule::kSeveralThere;
      if (const auto rule = work.picture.verb(option.word)) return rule;
      const VerbWord& other = vocabulary_.verbs[option.word];
      if (thing_is_there && is_posture(other.text)) return Rule::kNoContrast;
      if (relation.object == kNoNode && needs_object(other.text)) return Rule::kDoesNotGo;
      const std::string& form = other.forms[static_cast<std::size_t>(relation.form)];
      if (form.empty() || !form_is_clear(form, relation.form)) return Rule::kForm;
      option.text = form;
      const bool goes = std::ranges::all_of(relations, [&](const RelationNode& part) {
        return !same_verb(part) || verb_goes(work.reading, part, other.text);
      });
      return goes ? std::nullopt : std::optional(Rule::kDoesNotGo);
    });
    work.nodes.push_back(std::move(node));
  }
}

void OptionFinder::add_prepositions(Work& work) {
  const auto& relations = work.reading.relations;
  for (std::size_t i = 0; i < relations.size(); ++i) {
    const RelationNode& relation = relations[i];
    const auto word = vocabulary_.prepositions.find(relation.preposition);
    if (!word || relation.repeated || relation.object == kNoNode) continue;
    const ObjectNode& object = work.reading.objects[relation.object];
    const auto object_word = vocabulary_.objects.find(object.lemma);
    if (!object_word || follows_article(work.caption, relation.preposition_span.begin)) continue;
    if (is_quoted(work.caption, relation.preposition_span.begin)) continue;
    NodeOptions node{.kind = NodeKind::kPreposition,
                     .span = relation.preposition_span,
                     .index = i,
                     .object = relation.object,
                     .subject = relation.subject};
    const bool several = has_several(work, relation.subject) || has_several(work, relation.object);
    keep(work, candidates_.prepositions[*word], node, [&](Option& option) -> std::optional<Rule> {
      if (several) return Rule::kSeveralThere;
      option.text = vocabulary_.prepositions[option.word].text;
      // Of many things some are on this side, some on that.
      const bool side = option.text == "behind" || option.text == "in front of";
      if (side && object.slot != NounSlot::kIndefinite && object.slot != NounSlot::kDefinite)
        return Rule::kNoContrast;
      if (work.picture.says(option.text, object.head)) return Rule::kSaid;
      const auto context = vocabulary_.contexts.find(
          relation.verb.empty() ? object_context(option.text) : verbal_context(option.text));
      const bool fits = context && vocabulary_.seen[*context].contains(*object_word);
      const std::string whole = relation.verb + " " + std::string(option.text);
      const bool verb_fits =
          relation.verb.empty() || vocabulary_.contexts.find(object_context(whole));
      return fits && verb_fits ? std::nullopt : std::optional(Rule::kDoesNotGo);
    });
    work.nodes.push_back(std::move(node));
  }
}

void OptionFinder::add_places(Work& work) {
  const auto& relations = work.reading.relations;
  for (std::size_t i = 0; i < relations.size(); ++i) {
    const RelationNode& relation = relations[i];
    if (relation.repeated || relation.object == kNoNode || vocabulary_.places.empty()) continue;
    if (!is_place_preposition(relation.preposition)) continue;
    const ObjectNode& object = work.reading.objects[relation.object];
    if (relation.preposition_span.end + 1 != object.phrase_begin) continue;
    if (is_no_thing(object.head) || is_quoted(work.caption, relation.preposition_span.begin))
      continue;
    if (is_fixed(work, object) || work.caption.substr(object.span.end).starts_with(" of "))
      continue;
    NodeOptions node{.kind = NodeKind::kPlace,
                     .span = {relation.preposition_span.begin, object.span.end},
                     .index = i,
                     .object = relation.object,
                     .subject = relation.subject};
    draw_places(work, relation, node);
    work.nodes.push_back(std::move(node));
  }
}

void OptionFinder::draw_places(Work& work, const RelationNode& relation, NodeOptions& node) {
  const ObjectNode& object = work.reading.objects[relation.object];
  const auto from = vocabulary_.objects.find(object.lemma);
  // A thing beside or on another may well be in any place besides; only places exclude places.
  if (!from || !vocabulary_.objects[*from].is_setting()) return;
  // Of these the static rules have already judged which may stand for the noun.
  ObjectSet allowed(vocabulary_.objects.size());
  for (const Choice& choice : candidates_.objects[*from].choices) allowed.insert(choice.word);
  const std::string before_noun =
      lower_case_of(work.caption.substr(node.span.begin, object.span.begin - node.span.begin));
  ++place_now_;
  for (std::size_t draw = 0; draw < kPlaceDraws && node.options.size() < work.most; ++draw) {
    const auto target =
        static_cast<float>(work.random.u32() >> 8U) * 0x1.0p-24F * place_sums_.back();
    const auto found = std::upper_bound(place_sums_.begin(), place_sums_.end(), target);
    const auto index = std::min(static_cast<std::size_t>(found - place_sums_.begin()),
                                vocabulary_.places.size() - 1);
    if (std::exchange(place_marks_[index], place_now_) == place_now_) continue;
    const PlaceWords& place = vocabulary_.places[index];
    if (!allowed.contains(place.object)) {
      ++refused_[Rule::kNoContrast];
    } else if (const auto rule = work.picture.object(place.object)) {
      ++refused_[*rule];
    } else if (!place_fits(work, relation, place, before_noun)) {
      ++refused_[Rule::kDoesNotGo];
    } else {
      node.options.push_back({.text = place.text, .word = static_cast<WordId>(index)});
    }
  }
}

bool OptionFinder::place_fits(const Work& work, const RelationNode& relation,
                              const PlaceWords& place, std::string_view before_noun) {
  // With the same words before the noun it would be the noun that is replaced.
  if (std::string_view(place.text).substr(0, place.noun_begin) == before_noun) return false;
  const std::string& preposition = vocabulary_.prepositions[place.preposition].text;
  if (relation.verb.empty() && is_way_preposition(preposition)) return false;
  if (!relation.verb.empty()) {
    const ObjectSet* seen = vocabulary_.seen_in(object_context(relation.verb + " " + preposition));
    return seen != nullptr && seen->contains(place.object);
  }
  const auto subject = vocabulary_.objects.find(work.reading.objects[relation.subject].lemma);
  const ObjectSet* seen = vocabulary_.seen_in("s " + preposition);
  return subject && seen != nullptr && seen->contains(*subject);
}

std::vector<NodeOptions> OptionFinder::find(std::string_view caption, const CaptionReading& reading,
                                            const PictureWords& picture, std::size_t most,
                                            trainer::Random& random) {
  Work work{.caption = caption,
            .reading = reading,
            .picture = picture,
            .most = most,
            .random = random,
            .nodes = {},
            .drawn = {}};
  add_objects(work);
  add_attributes(work);
  add_verbs(work);
  add_prepositions(work);
  add_places(work);
  return std::move(work.nodes);
}

}  // namespace unimo::stages
