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
      verbs_(vocabulary.verbs.size()),
      several_(vocabulary.objects.size()),
      things_(vocabulary.objects.size()) {}

void PictureWords::start(std::span<const CaptionReading> captions, const ImageCaptions& image) {
  objects_.start();
  attributes_.start();
  verbs_.start();
  several_.start();
  places_.clear();
  // All that is said comes first, so that it is counted as said.
  for (const CaptionReading& caption : captions) add_words(caption);
  for (const std::string& label : image.labels) say_label(label);
  for (const std::string& attribute : image.attributes) say(attribute);
  count_again();
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

void PictureWords::say_label(std::string_view label) {
  say(label);
  const std::size_t blank = label.rfind(' ');
  if (blank != std::string_view::npos) say(label.substr(blank + 1));
  count(label, 1);
}

// What was counted of one caption is no more than what another speaks of.
void PictureWords::count_again() {
  for (const WordId object : counted_) things_[object] = 0;
  counted_.clear();
}

void PictureWords::count(std::string_view object, int things) {
  auto word = vocabulary_.objects.find(object);
  const std::size_t blank = object.rfind(' ');
  if (!word && blank != std::string_view::npos)
    word = vocabulary_.objects.find(object.substr(blank + 1));
  if (!word) return;
  const auto add = [&](WordId kind) {
    if (things_[kind] == 0) counted_.push_back(kind);
    things_[kind] += things;
    if (things_[kind] > 1) several_.set(kind, Rule::kSeveralThere);
  };
  add(*word);
  for (const WordId kind : candidates_.objects[*word].related) add(kind);
}

void PictureWords::add_words(const CaptionReading& caption) {
  for (const std::string& word : caption.words) say(word);
  for (const ObjectNode& node : caption.objects) {
    say(node.lemma);
    count(node.lemma, node.slot == NounSlot::kPlural ? 2 : 1);
  }
  count_again();
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
