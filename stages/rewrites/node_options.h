// What may stand at each node of a caption instead: the choices of its word that its picture, its
// form and its neighbours allow, in a random order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stages/rewrites/picture_words.h"
#include "trainer/data/random.h"

namespace unimo::stages {

enum class NodeKind { kObject, kAttribute, kVerb, kPreposition, kPlace };
// "object", "attribute", "relation" for verbs and prepositions, "phrase" for a place.
std::string_view name_of(NodeKind kind);

struct Option {
  std::string_view text;  // belongs to the vocabulary; lower case
  WordId word = 0;        // of its list; of a place the index of places
};

// A node and its options.
struct NodeOptions {
  NodeKind kind = NodeKind::kObject;
  eval::Span span;                // what is replaced
  eval::Span article;             // "a" or "an" right before it, else empty
  std::size_t index = 0;          // of the object, attribute or relation
  std::size_t object = kNoNode;   // that it belongs to: itself, its noun, the object of a relation
  std::size_t subject = kNoNode;  // of a relation
  std::vector<Option> options;
};

// One thread.
class OptionFinder {
 public:
  OptionFinder(const Vocabulary& vocabulary, const Candidates& candidates)
      : vocabulary_(vocabulary),
        candidates_(candidates),
        nothing_(vocabulary.objects.size()),
        place_marks_(vocabulary.places.size()) {
    float sum = 0;
    for (const PlaceWords& place : vocabulary.places)
      place_sums_.push_back(sum += static_cast<float>(place.count));
  }

  // Nodes in the order objects, attributes, verbs, prepositions, places; without options or not.
  // At most `most` options of each.
  std::vector<NodeOptions> find(std::string_view caption, const CaptionReading& reading,
                                const PictureWords& picture, std::size_t most,
                                trainer::Random& random);

  // Over all calls.
  const RuleCounts& refused() const { return refused_; }

 private:
  struct Work;  // what one call looks at

  void add_objects(Work& work);
  void add_attributes(Work& work);
  void add_verbs(Work& work);
  void add_prepositions(Work& work);
  void add_places(Work& work);
  std::vector<const ObjectSet*> neighbours(const CaptionReading& reading, std::size_t object) const;
  bool is_idiom(const CaptionReading& reading, std::size_t index, WordId word) const;
  bool is_fixed(const Work& work, const ObjectNode& object) const;
  bool takes_preposition(const CaptionReading& reading, const ObjectNode& object, WordId from,
                         WordId to) const;
  bool has_several(const Work& work, std::size_t object) const;
  bool is_living(const Work& work, std::size_t object) const;
  bool verb_goes(const CaptionReading& reading, RelationNode relation,
                 const std::string& verb) const;
  void draw_places(Work& work, const RelationNode& relation, NodeOptions& node);
  bool place_fits(const Work& work, const RelationNode& relation, const PlaceWords& place,
                  std::string_view before_noun);
  // Keeps those that `refusal` has no rule against, in a random order that favours heavy ones.
  template <class Refusal>
  void keep(Work& work, const WordChoices& choices, NodeOptions& node, const Refusal& refusal);

  const Vocabulary& vocabulary_;
  const Candidates& candidates_;
  ObjectSet nothing_;
  std::vector<float> place_sums_;  // running, for draws by frequency
  std::vector<std::uint64_t> place_marks_;
  std::uint64_t place_now_ = 0;
  RuleCounts refused_;
};

}  // namespace unimo::stages
