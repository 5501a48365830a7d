// What is read in the mini-world's captions against what they were written to say.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "stages/miniworld/captions.h"
#include "stages/rewrites/caption_reading.h"
#include "tests/stages/rewrites/miniworld_words.h"

namespace unimo::stages {
namespace {

// "ball", "ball is red", "ball above box", "thing in meadow".
using Tuples = std::set<std::string>;

// The nouns of the places' phrases with what is said of them, and how things stand to them.
struct PlacePhrase {
  std::string_view phrase;
  Tuples tuples;
};
const std::vector<PlacePhrase>& place_phrases() {
  static const std::vector<PlacePhrase> all = {
      {"in a meadow", {"meadow", "thing in meadow"}},
      {"on the grass", {"grass", "thing on grass"}},
      {"in a green field", {"field", "field is green", "thing in field"}},
      {"on a grassy hill", {"hill", "hill is grassy", "thing on hill"}},
      {"on a beach", {"beach", "thing on beach"}},
      {"at the beach", {"beach", "thing at beach"}},
      {"by the sea", {"sea", "thing by sea"}},
      {"on the shore", {"shore", "thing on shore"}},
      {"in the snow", {"snow", "thing in snow"}},
      {"on a snowy day", {"day", "day is snowy", "thing on day"}},
      {"in a snowy landscape", {"landscape", "landscape is snowy", "thing in landscape"}},
      {"while snow is falling", {"snow"}},
      {"at night", {"night", "thing at night"}},
      {"under a night sky", {"night sky", "thing under night sky"}},
      {"in the moonlight", {"moonlight", "thing in moonlight"}},
      {"on a dark night", {"night", "night is dark", "thing on night"}},
      {"in a room", {"room", "thing in room"}},
      {"indoors", {}},
      {"inside a room with a wooden floor",
       {"room", "thing inside room", "floor", "floor is wooden", "room with floor"}},
      {"in front of a wall", {"wall", "thing in front of wall"}},
      {"in the desert", {"desert", "thing in desert"}},
      {"among sand dunes", {"sand dune", "thing among sand dune"}},
      {"in a sandy desert", {"desert", "desert is sandy", "thing in desert"}},
      {"under an orange sky", {"sky", "sky is orange", "thing under sky"}}};
  return all;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string related(Thing subject, Predicate predicate, Thing object) {
  return fmt::format("{} {} {}", word(subject), word(predicate), word(object));
}

// What the caption was written to say.
Tuples said(const Scene& scene, const SceneCaption& caption) {
  Tuples tuples;
  const auto thing = [&](std::size_t i) { return scene.objects[i].thing; };
  for (const std::size_t i : caption.objects) tuples.emplace(word(thing(i)));
  for (const SaidAttribute& one : caption.attributes)
    tuples.insert(fmt::format("{} is {}", word(thing(one.object)), one.word));
  for (const Relation& one : caption.relations)
    tuples.insert(related(thing(one.subject), one.predicate, thing(one.object)));
  const std::string text = lower(caption.text);
  for (const PlacePhrase& place : place_phrases())
    if (caption.names_place && text.find(place.phrase) != std::string::npos)
      tuples.insert(place.tuples.begin(), place.tuples.end());
  return tuples;
}

// What the reader understood, in the scene's words; nouns that are neither things nor places of the
// world ("a picture", "someone") are left out.
class Understood {
 public:
  explicit Understood(const std::string& caption) : reading_(read_caption(caption, nullptr)) {}

  Tuples tuples() {
    for (std::size_t i = 0; i < reading_.objects.size(); ++i) add_name(i);
    for (const AttributeNode& node : reading_.attributes) {
      if (const std::string name = name_of(node.object); !name.empty())
        tuples_.insert(fmt::format("{} is {}", name, texture_word(node.lemma)));
    }
    for (const RelationNode& node : reading_.relations) add_relation(node);
    return tuples_;
  }

 private:
  std::string name_of(std::size_t object) const {
    const ObjectNode& node = reading_.objects[object];
    if (const auto thing = thing_of(node.head)) return std::string(word(*thing));
    return places_of(node.lemma).empty() ? std::string() : node.lemma;
  }
  void add_name(std::size_t object) {
    if (const std::string name = name_of(object); !name.empty()) tuples_.insert(name);
  }

  void add_relation(const RelationNode& node) {
    if (node.object == kNoNode) {
      const std::string name = name_of(node.subject), texture = texture_word(node.verb);
      if (!name.empty() && texture != node.verb)
        tuples_.insert(fmt::format("{} is {}", name, texture));
      return;
    }
    const auto subject = thing_of(reading_.objects[node.subject].head);
    const auto object = thing_of(reading_.objects[node.object].head);
    if (object) {
      add_thing_relation(node, subject, *object);
    } else if (const std::string place = name_of(node.object); !place.empty()) {
      const std::string name = name_of(node.subject);
      const bool thing = subject || name.empty();
      tuples_.insert(fmt::format("{} {} {}", thing ? "thing" : name, node.preposition, place));
    }
  }

  // "holds a ball inside", "carries a ball on its top" are said of what is inside or on.
  void add_thing_relation(const RelationNode& node, std::optional<Thing> subject, Thing object) {
    if (subject && node.preposition.empty() && node.verb == "hold")
      tuples_.insert(related(object, Predicate::kInside, *subject));
    if (subject && node.preposition.empty() && node.verb == "carry")
      tuples_.insert(related(object, Predicate::kOn, *subject));
    const auto predicate = predicate_of(node.preposition);
    if (!predicate) {
      add_side(node);
      return;
    }
    if (!subject) subject = owner_of(node.subject);
    if (subject) tuples_.insert(related(*subject, *predicate, object));
  }

  // "a box with a ball on its left".
  void add_side(const RelationNode& owner) {
    if (owner.preposition != "with") return;
    for (const RelationNode& node : reading_.relations) {
      if (node.object == kNoNode || node.preposition != "on") continue;
      const std::string& side = reading_.objects[node.object].head;
      const auto subject = thing_of(reading_.objects[node.subject].head);
      const auto object = thing_of(reading_.objects[owner.subject].head);
      if (!subject || !object) continue;
      if (side == "left") tuples_.insert(related(*subject, Predicate::kLeftOf, *object));
      if (side == "right") tuples_.insert(related(*subject, Predicate::kRightOf, *object));
    }
  }

  // The ball of "a ball has its place above a box".
  std::optional<Thing> owner_of(std::size_t object) const {
    for (const RelationNode& node : reading_.relations)
      if (node.object == object && node.verb == "have")
        if (const auto thing = thing_of(reading_.objects[node.subject].head)) return thing;
    return std::nullopt;
  }

  CaptionReading reading_;
  Tuples tuples_;
};

std::string joined(const Tuples& tuples) {
  std::string text;
  for (const std::string& tuple : tuples) text += (text.empty() ? "" : ", ") + tuple;
  return text;
}

TEST(MiniWorldReading, FindsWhatCaptionsWereWrittenToSay) {
  MiniWorld params;
  params.images = 2000;
  params.val_images = params.test_images = 0;
  std::size_t right = 0, understood_all = 0, said_all = 0;
  int shown = 0;
  const std::vector<Scene> scenes = make_scenes(11, params).value();
  for (const Scene& scene : scenes) {
    for (const SceneCaption& caption : write_captions(scene, 11, params.captions_per_image)) {
      const Tuples gold = said(scene, caption);
      const Tuples understood = Understood(caption.text).tuples();
      std::size_t both = 0;
      for (const std::string& tuple : understood) both += gold.count(tuple);
      right += both;
      understood_all += understood.size();
      said_all += gold.size();
      if ((both == gold.size() && both == understood.size()) || ++shown > 60) continue;
      fmt::print("{}\n  said {}\n  read {}\n", caption.text, joined(gold), joined(understood));
    }
  }
  const double precision = static_cast<double>(right) / static_cast<double>(understood_all);
  const double recall = static_cast<double>(right) / static_cast<double>(said_all);
  const double f1 = 2 * precision * recall / (precision + recall);
  fmt::print("mini-world tuples: precision {:.4f}, recall {:.4f}, F1 {:.4f} of {}\n", precision,
             recall, f1, said_all);
  EXPECT_GE(f1, 0.98);
}

}  // namespace
}  // namespace unimo::stages
