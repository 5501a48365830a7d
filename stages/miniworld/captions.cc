#include "stages/miniworld/captions.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "stages/miniworld/phrases.h"

namespace unimo::stages {

namespace {

using Words = std::vector<std::string_view>;

// One sentence in the making.
class Sentence {
 public:
  Sentence(const Scene& scene, Draws& draws) : scene_(scene), draws_(draws), phrases_(draws) {}

  std::string a(std::size_t i, bool full = false) {
    return mentioned(i, phrases_.a(scene_.objects[i], full));
  }
  std::string the(std::size_t i) { return mentioned(i, phrases_.the(scene_.objects[i])); }
  std::string noun(std::size_t i) {
    mention(i);
    return phrases_.noun(scene_.objects[i].thing);
  }
  // Said of the thing in a place of its own: "is red".
  std::string colour(std::size_t i) { return quality(i, word(scene_.objects[i].colour)); }
  std::string size(std::size_t i) { return quality(i, phrases_.size(scene_.objects[i].size)); }
  std::string texture(std::size_t i) {
    return quality(i, phrases_.texture(scene_.objects[i].texture));
  }
  std::string place() {
    caption_.names_place = true;
    return phrases_.place(scene_.place);
  }
  // Half of the time a place, else nothing.
  std::string maybe_place() { return draws_.chance(0.5) ? place() : std::string(); }
  std::string pick(const Words& words) { return std::string(draws_.pick(words)); }
  std::string preposition(Predicate predicate) { return phrases_.preposition(predicate); }

  // "a red ball, a blue cup and a green tree", in an order of its own.
  std::string list() {
    std::vector<std::size_t> order(scene_.objects.size());
    std::iota(order.begin(), order.end(), 0);
    draws_.shuffle(order);
    std::string text;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i > 0) text += i + 1 == order.size() ? " and " : ", ";
      text += a(order[i]);
    }
    return text;
  }

  // The main relation from either side: subject, preposition, object.
  struct Sides {
    std::size_t subject, object;
    Predicate predicate;
  };
  Sides sides() {
    const Relation& relation = scene_.relations[0];
    const Predicate turned = inverse(relation.predicate);
    if (turned == relation.predicate || draws_.chance(0.5))
      return relate({relation.subject, relation.predicate, relation.object});
    return relate({relation.object, turned, relation.subject});
  }
  // The words will say so.
  Sides relate(const Relation& relation) {
    caption_.relations.push_back(relation);
    return {relation.subject, relation.object, relation.predicate};
  }

  const Scene& scene() const { return scene_; }
  Draws& draws() { return draws_; }

  SceneCaption finish(std::string text) {
    caption_.text = capitalised(std::move(text)) + ".";
    std::sort(caption_.objects.begin(), caption_.objects.end());
    return std::move(caption_);
  }

 private:
  // `phrase` is an article, what describes the thing, and its noun.
  std::string mentioned(std::size_t i, std::string phrase) {
    mention(i);
    const std::size_t noun = phrase.rfind(' ');
    for (std::size_t at = phrase.find(' '); at < noun;) {
      const std::size_t end = phrase.find(' ', at + 1);
      quality(i, std::string_view(phrase).substr(at + 1, end - at - 1));
      at = end;
    }
    return phrase;
  }
  std::string quality(std::size_t i, std::string_view word) {
    if (!word.empty()) caption_.attributes.push_back({i, std::string(word)});
    return std::string(word);
  }
  void mention(std::size_t i) {
    if (std::find(caption_.objects.begin(), caption_.objects.end(), i) == caption_.objects.end()) {
      caption_.objects.push_back(i);
    }
  }
  const Scene& scene_;
  Draws& draws_;
  Phrases phrases_;
  SceneCaption caption_;
};

using Kind = std::string (*)(Sentence& s);

// "a red ball to the left of a blue box"; `verb` goes between if there is one.
std::string related(Sentence& s, const std::string& verb = {}) {
  const auto r = s.sides();
  return say({s.a(r.subject), verb, s.preposition(r.predicate), s.a(r.object)});
}

std::string stance(Sentence& s) { return s.pick({"stands", "sits", "rests", "is"}); }

// The thing with its neighbour as an afterthought: "a blue box with a red ball on its left".
std::string with_neighbour(Sentence& s) {
  const Relation& r = s.scene().relations[0];
  s.relate(r);
  switch (r.predicate) {
    case Predicate::kLeftOf: return say({s.a(r.object), "with", s.a(r.subject), "on its left"});
    case Predicate::kRightOf: return say({s.a(r.object), "with", s.a(r.subject), "on its right"});
    case Predicate::kAbove: return say({s.a(r.object), "with", s.a(r.subject), "above it"});
    case Predicate::kBelow: return say({s.a(r.object), "with", s.a(r.subject), "below it"});
    case Predicate::kInside: return say({s.a(r.object), "holds", s.a(r.subject), "inside"});
    case Predicate::kOn: return say({s.a(r.object), "carries", s.a(r.subject), "on its top"});
  }
  return {};
}

std::string predicative(Sentence& s) {
  const std::string size = s.size(0);
  const std::string texture = s.texture(0);
  std::string qualities = s.colour(0);
  if (!texture.empty()) qualities += " and " + texture;
  if (!size.empty()) qualities = size + (texture.empty() ? " and " : ", ") + qualities;
  return say({"the", s.noun(0), s.place(), "is", qualities});
}

std::string two_relations(Sentence& s) {
  // The second relation follows from where things are, if there is one.
  if (s.scene().relations.size() < 2) return say({"a group of things", ":", s.list()});
  const Relation& other = s.scene().relations[1 + s.draws().below(s.scene().relations.size() - 1)];
  const std::string first = related(s, "is");
  s.relate({other.object, inverse(other.predicate), other.subject});
  return say({first, ",", "while", s.a(other.object), "is", s.preposition(inverse(other.predicate)),
              s.the(other.subject)});
}

// Scenes of one thing.
constexpr Kind kSingle[] = {
    [](Sentence& s) {
      return say({s.a(0, true), s.place()});
    },
    [](Sentence& s) {
      return say({"there is", s.a(0, true), s.place()});
    },
    [](Sentence& s) {
      return say({"a picture of", s.a(0, true), s.place()});
    },
    [](Sentence& s) {
      return say({s.place(), ",", "there is", s.a(0, true)});
    },
    [](Sentence& s) {
      return say({s.a(0, true), stance(s), "alone", s.place()});
    },
    [](Sentence& s) {
      return say({"nothing but", s.a(0, true), "can be seen", s.place()});
    },
    [](Sentence& s) {
      return say({"we see one thing only", ":", s.a(0, true), s.place()});
    },
    [](Sentence& s) {
      return say({"someone has left", s.a(0, true), s.place()});
    },
    [](Sentence& s) {
      return say({"a drawing that shows", s.a(0, true), s.place()});
    },
    [](Sentence& s) {
      return say({s.place(), stance(s), s.a(0, true)});
    },
    [](Sentence& s) {
      return say({"the only object here is", s.a(0, true), s.place()});
    },
    predicative,
};

// Scenes of two or more: the main relation, from either side.
constexpr Kind kRelated[] = {
    [](Sentence& s) {
      return say({related(s, "is"), s.maybe_place()});
    },
    [](Sentence& s) { return related(s); },
    [](Sentence& s) {
      return say({"there is", related(s), s.maybe_place()});
    },
    [](Sentence& s) {
      return say({s.place(), ",", related(s, "is")});
    },
    [](Sentence& s) {
      return say({"a picture of", related(s)});
    },
    [](Sentence& s) {
      return say({with_neighbour(s), s.maybe_place()});
    },
    [](Sentence& s) {
      return say({"you can see that", related(s, stance(s))});
    },
    [](Sentence& s) {
      return say({"someone has put", related(s), s.maybe_place()});
    },
    [](Sentence& s) {
      const auto r = s.sides();
      return say(
          {s.preposition(r.predicate), s.a(r.object), "there is", s.a(r.subject), s.maybe_place()});
    },
    [](Sentence& s) {
      const auto r = s.sides();
      return say({"the", s.noun(r.subject), s.preposition(r.predicate), "the", s.colour(r.object),
                  s.noun(r.object), "is", s.colour(r.subject)});
    },
    [](Sentence& s) {
      const auto r = s.sides();
      return say(
          {"find", s.the(r.subject), "that is", s.preposition(r.predicate), s.the(r.object)});
    },
    [](Sentence& s) {
      const auto r = s.sides();
      return say({s.the(r.subject), "has its place", s.preposition(r.predicate), s.the(r.object),
                  s.maybe_place()});
    },
    [](Sentence& s) {
      const auto r = s.sides();
      return say(
          {"look at", s.the(r.object), ":", s.preposition(r.predicate), "it is", s.a(r.subject)});
    },
};

// Scenes of exactly two: the things without their relation, but with the place.
constexpr Kind kPair[] = {
    [](Sentence& s) {
      return say({s.list(), s.place()});
    },
    [](Sentence& s) {
      return say({"two things", s.place(), ":", s.list()});
    },
    [](Sentence& s) {
      return say({s.place(), "we find", s.list()});
    },
    [](Sentence& s) {
      return say({"a scene with", s.list(), s.place()});
    },
    [](Sentence& s) {
      return say({"both", s.the(0), "and", s.the(1), "are", s.place()});
    },
};

// Scenes of three or four: the whole list, or the relation with the rest around it.
constexpr Kind kMany[] = {
    [](Sentence& s) {
      return say({s.list(), s.maybe_place()});
    },
    [](Sentence& s) {
      return say(
          {s.scene().objects.size() == 3 ? "three" : "four", "things", s.place(), ":", s.list()});
    },
    [](Sentence& s) {
      return say({"the picture shows", s.list()});
    },
    [](Sentence& s) {
      return say({s.place(), "there are", s.list()});
    },
    [](Sentence& s) {
      return say({related(s), ",", "with", s.a(2), "nearby"});
    },
    [](Sentence& s) {
      return say({"besides", s.a(2), ",", "there is", related(s)});
    },
    [](Sentence& s) {
      return say({related(s, "is"), ",", "and", s.a(s.scene().objects.size() - 1), "is there too"});
    },
    two_relations,
};

std::vector<Kind> kinds_for(std::size_t objects) {
  if (objects == 1) return {std::begin(kSingle), std::end(kSingle)};
  std::vector<Kind> kinds(std::begin(kRelated), std::end(kRelated));
  if (objects == 2) {
    kinds.insert(kinds.end(), std::begin(kPair), std::end(kPair));
  } else {
    kinds.insert(kinds.end(), std::begin(kMany), std::end(kMany));
  }
  return kinds;
}

}  // namespace

std::size_t caption_kinds(std::size_t objects) { return kinds_for(objects).size(); }

std::vector<SceneCaption> write_captions(const Scene& scene, std::uint64_t seed, int count) {
  Draws draws(seed, "captions", static_cast<std::uint64_t>(scene.number));
  std::vector<Kind> kinds = kinds_for(scene.objects.size());
  draws.shuffle(kinds);
  std::vector<SceneCaption> captions;
  std::set<std::string> texts;
  // There are at least twelve kinds and at most eight captions, and two kinds never give the same
  // words.
  for (std::size_t i = 0; static_cast<int>(captions.size()) < count; ++i) {
    Sentence sentence(scene, draws);
    std::string text = kinds[i % kinds.size()](sentence);
    SceneCaption caption = sentence.finish(std::move(text));
    if (texts.insert(caption.text).second) captions.push_back(std::move(caption));
  }
  return captions;
}

}  // namespace unimo::stages
