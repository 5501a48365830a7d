// Rewrites of the mini-world's captions against what is really in the scene.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "stages/miniworld/captions.h"
#include "stages/miniworld/scene.h"
#include "stages/pack/tfidf.h"
#include "stages/rewrites/rewriter.h"
#include "tests/evaluators/wordnet_folder.h"
#include "tests/stages/rewrites/miniworld_words.h"
#include "trainer/data/random.h"

namespace unimo::stages {
namespace {

bool has_attribute(const SceneObject& object, std::string_view written) {
  const std::string texture = texture_word(written);
  const std::string_view attribute = texture;
  for (std::size_t i = 0; i < kColours; ++i)
    if (word(static_cast<Colour>(i)) == attribute)
      return static_cast<std::size_t>(object.colour) == i;
  const auto is = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, attribute) != words.end();
  };
  if (is({"small", "little", "tiny"})) return object.size == Size::kSmall;
  if (is({"large", "big", "huge"})) return object.size == Size::kLarge;
  if (is({"striped"})) return object.texture == Texture::kStriped;
  if (is({"dotted", "spotted"})) return object.texture == Texture::kDotted;
  if (is({"checkered"})) return object.texture == Texture::kCheckered;
  return true;
}

// Whether the picture may show what the caption says, as far as things, attributes, places and
// relations go.
class Truth {
 public:
  Truth(const Scene& scene, std::string_view caption)
      : scene_(scene), reading_(read_caption(caption, nullptr)) {}

  bool may_hold() const {
    for (std::size_t i = 0; i < reading_.objects.size(); ++i)
      if (!may_be_there(i)) return false;
    return std::ranges::all_of(reading_.relations,
                               [&](const RelationNode& node) { return may_relate(node); });
  }

 private:
  std::vector<std::size_t> matches(std::size_t node) const {
    std::vector<std::size_t> found;
    const auto thing = thing_of(reading_.objects[node].head);
    for (std::size_t i = 0; thing && i < scene_.objects.size(); ++i) {
      const SceneObject& object = scene_.objects[i];
      const bool fits = std::ranges::all_of(reading_.attributes,
                                            [&](const AttributeNode& attribute) {
                                              return attribute.object != node ||
                                                     has_attribute(object, attribute.lemma);
                                            }) &&
                        std::ranges::all_of(reading_.relations, [&](const RelationNode& predicate) {
                          const bool describes =
                              predicate.subject == node && predicate.object == kNoNode;
                          return !describes || has_attribute(object, predicate.verb);
                        });
      if (object.thing == *thing && fits) found.push_back(i);
    }
    return found;
  }

  bool may_be_there(std::size_t node) const {
    const ObjectNode& object = reading_.objects[node];
    if (thing_of(object.head)) return !matches(node).empty();
    if (object.head == "thing") return counts_right(node);
    const auto places = places_of(object.lemma);
    return places.empty() || std::ranges::find(places, scene_.place) != places.end();
  }

  bool counts_right(std::size_t node) const {
    static const Named<std::size_t> numbers = {{"two", 2}, {"three", 3}, {"four", 4}};
    return std::ranges::all_of(reading_.attributes, [&](const AttributeNode& attribute) {
      const auto number = find(numbers, attribute.lemma);
      return attribute.object != node || !number || *number == scene_.objects.size();
    });
  }

  // Whether the scene may be said to have the first so to the second. Which things are inside and
  // on others it tells completely; the directions are those of their places, as people see them.
  bool stands(std::size_t subject, Predicate predicate, std::size_t object) const {
    const SceneObject& a = scene_.objects[subject];
    const SceneObject& b = scene_.objects[object];
    const double right = b.x - a.x, down = b.y - a.y;
    const auto mostly = [](double along, double across) {
      return along > 0 && along >= 0.5 * std::abs(across);
    };
    switch (predicate) {
      case Predicate::kLeftOf: return mostly(right, down);
      case Predicate::kRightOf: return mostly(-right, down);
      case Predicate::kAbove: return mostly(down, right);
      case Predicate::kBelow: return mostly(-down, right);
      default: break;
    }
    return std::ranges::any_of(scene_.relations, [&](const Relation& relation) {
      return relation.subject == subject && relation.object == object &&
             relation.predicate == predicate;
    });
  }

  bool may_relate(const RelationNode& node) const {
    const auto predicate = predicate_of(node.preposition);
    if (node.object == kNoNode || !predicate || !thing_of(reading_.objects[node.object].head))
      return true;
    const auto objects = matches(node.object);
    auto subjects = matches(node.subject);
    // "has its place above", "there is": whatever else is named.
    if (subjects.empty()) {
      for (std::size_t i = 0; i < reading_.objects.size(); ++i)
        if (i != node.object)
          for (const std::size_t match : matches(i)) subjects.push_back(match);
    }
    if (subjects.empty()) return true;
    for (const std::size_t subject : subjects)
      for (const std::size_t object : objects)
        if (subject != object && stands(subject, *predicate, object)) return true;
    return false;
  }

  const Scene& scene_;
  CaptionReading reading_;
};

class MiniWorldTruth : public testing::Test {
 protected:
  void SetUp() override {
    MiniWorld params;
    params.images = 3000;
    params.val_images = params.test_images = 0;
    scenes_ = make_scenes(5, params).value();
    for (const Scene& scene : scenes_) {
      ImageCaptions image{.image = std::to_string(scene.number), .split = "train", .captions = {}};
      for (const SceneCaption& caption : write_captions(scene, 5, params.captions_per_image))
        image.captions.push_back({image.image + "#", caption.text});
      for (const SceneObject& object : scene.objects) image.labels.emplace_back(word(object.thing));
      images_.push_back(std::move(image));
    }
  }

  // No thing, place or number of this world, so not in the picture ("the find").
  static bool puts_in_a_stranger(const CaptionRewrites& rewrites, const Rewrite& rewrite) {
    return std::ranges::any_of(
        std::span(rewrite.replacements).first(rewrite.replaced), [&](const Replacement& one) {
          const bool object = rewrites.nodes[one.node].kind == NodeKind::kObject;
          return object && !thing_of(eval::noun_lemma(one.text)) && places_of(one.text).empty();
        });
  }

  // Prints and counts those of 10,000 rewrites, 5,000 of a level, that may be true.
  int may_be_true(const Taxonomy* taxonomy, bool by_similarity) const {
    const eval::WordNet* wordnet = taxonomy == nullptr ? nullptr : &taxonomy->wordnet();
    const Vocabulary vocabulary = count_vocabulary(images_, {}, wordnet, 1);
    const CandidateOptions options{
        .by_similarity = by_similarity, .objects = {}, .attributes = {}, .relations = {}};
    const Candidates candidates(vocabulary, taxonomy, options, 1);
    ImageRewriter rewriter(vocabulary, candidates, {.seed = 1});
    trainer::Random random({.seed = 3});
    int seen = 0, bad = 0, captions = 0;
    while (seen < 10'000) {
      const std::size_t i = random.below(images_.size());
      std::vector<CaptionReading> readings;
      for (const CaptionText& caption : images_[i].captions)
        readings.push_back(read_caption(caption.text, wordnet));
      const auto all = rewriter.rewrite(images_[i], readings, i * 10);
      const std::size_t at = random.below(all.size());
      if (++captions > 20'000) ADD_FAILURE() << "too few captions have rewrites";
      if (captions > 20'000) break;
      if (all[at].words.empty() || all[at].phrases.empty()) continue;
      for (const auto* list : {&all[at].words, &all[at].phrases}) {
        const Rewrite& one = (*list)[random.below(list->size())];
        ++seen;
        if (!Truth(scenes_[i], one.text).may_hold() || puts_in_a_stranger(all[at], one)) continue;
        ++bad;
        ADD_FAILURE() << "may be true: " << one.text << "\n  of " << scenes_[i].content()
                      << "\n  from " << images_[i].captions[at].text;
      }
    }
    return bad;
  }

  std::vector<Scene> scenes_;
  std::vector<ImageCaptions> images_;
};

TEST_F(MiniWorldTruth, HoldsForTheCaptionsThemselves) {
  int captions = 0, held = 0;
  for (std::size_t i = 0; i < scenes_.size(); ++i) {
    for (const CaptionText& caption : images_[i].captions) {
      ++captions;
      if (Truth(scenes_[i], caption.text).may_hold()) ++held;
    }
  }
  EXPECT_GE(held, captions * 99 / 100) << held << " of " << captions;
}

TEST_F(MiniWorldTruth, OfSimilarWordsNoneIsTrue) { EXPECT_EQ(may_be_true(nullptr, true), 0); }

TEST_F(MiniWorldTruth, OfFrequentWordsNoneIsTrue) { EXPECT_EQ(may_be_true(nullptr, false), 0); }

TEST_F(MiniWorldTruth, WithWordNetNoneIsTrue) {
  UNIMO_NEEDS_WORDNET();
  const Taxonomy taxonomy = Taxonomy::load(eval::wordnet_folder()).value();
  EXPECT_EQ(may_be_true(&taxonomy, true), 0);
}

// As pack finds them.
TEST_F(MiniWorldTruth, OfSentencesOfOtherPicturesNoneIsTrue) {
  std::vector<std::string> texts;
  std::vector<std::uint32_t> image_of;
  for (std::uint32_t i = 0; i < images_.size(); ++i) {
    for (const CaptionText& caption : images_[i].captions) {
      texts.push_back(caption.text);
      image_of.push_back(i);
    }
  }
  const auto nearest = nearest_texts(texts, image_of, {.new_words = 2, .threads = 2});
  trainer::Random random({.seed = 3});
  int bad = 0;
  for (int seen = 0; seen < 10'000;) {
    const std::size_t at = random.below(texts.size());
    if (nearest[at].empty()) continue;
    ++seen;
    const std::string& text = texts[nearest[at][random.below(nearest[at].size())]];
    const Scene& scene = scenes_[image_of[at]];
    if (!Truth(scene, text).may_hold()) continue;
    ++bad;
    fmt::print("may be true: {}\n  of {}\n  from {}\n", text, scene.content(), texts[at]);
  }
  EXPECT_EQ(bad, 0);
}

}  // namespace
}  // namespace unimo::stages
