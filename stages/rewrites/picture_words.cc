#include "stages/rewrites/picture_words.h"

#include <algorithm>

namespace unimo::stages {

PictureWords::PictureWords(const Vocabulary& vocabulary, const Candidates& candidates,
                           double companion_lift)
    : vocabulary_(vocabulary),
      candidates_(candidates),
      companion_lift_(companion_lift),
      objects_(vocabulary.objects.size()),
      attributes_(vocabulary.attributes.size()),
      verbs_(vocabulary.verbs.size()) {}

void PictureWords::start(std::span<const CaptionReading> captions,
                         std::span<const std::string> labels) {
  objects_.start();
  attributes_.start();
  verbs_.start();
  places_.clear();
  // All that is said comes first, so that it is counted as said.
  for (const CaptionReading& caption : captions) add_words(caption);
  for (const std::string& label : labels) say(label);
  for (const CaptionReading& caption : captions) add_companions(caption);
}

// As whatever it may be, so that what the parser took for something else is not overlooked.
void PictureWords::say(std::string_view word) {
  const auto mark = [](Marks& marks, const std::vector<WordChoices>& choices,
                       std::optional<WordId> number) {
    if (!number) return;
    marks.set(*number, Rule::kSaid);
    for (const WordId other : choices[*number].related) marks.set(other, Rule::kSaid);
  };
  mark(objects_, candidates_.objects, vocabulary_.objects.find(word));
  mark(attributes_, candidates_.attributes, vocabulary_.attributes.find(word));
  mark(verbs_, candidates_.verbs, vocabulary_.verbs.find(word));
}

void PictureWords::add_words(const CaptionReading& caption) {
  for (const std::string& word : caption.words) say(word);
  for (const ObjectNode& node : caption.objects) say(node.lemma);
  for (const AttributeNode& node : caption.attributes) say(node.lemma);
  for (const RelationNode& node : caption.relations) {
    say(node.verb);
    if (node.object != kNoNode && !node.preposition.empty())
      places_.emplace_back(node.preposition, caption.objects[node.object].head);
  }
}

void PictureWords::add_companions(const CaptionReading& caption) {
  for (const ObjectNode& node : caption.objects) {
    const auto word = vocabulary_.objects.find(node.lemma);
    if (!word) continue;
    for (const Companion& companion : vocabulary_.object_companions[*word]) {
      if (companion.lift < companion_lift_) break;
      objects_.set(companion.word, Rule::kLikelyThere);
    }
  }
}

bool PictureWords::says(std::string_view preposition, std::string_view object) const {
  return std::any_of(places_.begin(), places_.end(), [&](const auto& place) {
    return place.first == preposition && place.second == object;
  });
}

}  // namespace unimo::stages
