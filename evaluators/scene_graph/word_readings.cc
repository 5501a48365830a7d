#include "evaluators/scene_graph/word_readings.h"

#include <algorithm>
#include <array>
#include <utility>

#include "evaluators/scene_graph/caption_words.h"
#include "evaluators/scene_graph/wordnet.h"

namespace unimo::eval {

namespace {

using Kind = CaptionWord::Kind;

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool has_adjective_ending(std::string_view word) {
  for (const std::string_view ending :
       {"ful", "less", "ous", "ish", "able", "ible", "like", "-sized", "-shaped", "-colored",
        "-style", "-covered", "-haired", "-eyed", "-filled", "-legged", "-sleeved"}) {
    if (word.size() > ending.size() + 2 && word.ends_with(ending)) return true;
  }
  return false;
}

// "in front of" and the like, longest first. Empty when none begins here.
std::size_t fixed_phrase_length(const std::vector<CaptionWord>& words, std::size_t at,
                                WordClasses& classes) {
  for (const FixedPhrase& phrase : fixed_phrases_of(words[at].text)) {
    std::string_view rest = phrase.text;
    std::size_t i = at;
    while (!rest.empty() && i < words.size()) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      if (words[i].text != word || (i > at && words[i].after_mark)) break;
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      ++i;
    }
    if (!rest.empty()) continue;
    classes = phrase.classes;
    return i - at;
  }
  return 0;
}

// "snow covered", "long haired", "tasty looking" before a noun: one adjective of two words.
bool is_compound_adjective(const std::vector<CaptionWord>& words, std::size_t at) {
  static constexpr std::array<std::string_view, 21> kSecond = {
      "covered", "filled", "lined",  "topped",  "clad",    "colored",  "coloured",
      "shaped",  "sized",  "haired", "eyed",    "legged",  "sleeved",  "capped",
      "looking", "tiered", "faced",  "handled", "cheeked", "breasted", "shirted"};
  if (at + 2 >= words.size()) return false;
  for (std::size_t i = at; i < at + 3; ++i) {
    if (words[i].kind != Kind::kWord || (i > at && words[i].after_mark)) return false;
    const WordClasses closed = word_classes(words[i].text) & kClosedClass;
    if ((closed & ~(i == at ? kAdverbWord | kNumberWord : 0)) != 0) return false;
  }
  const std::string& second = words[at + 1].text;
  if (std::find(kSecond.begin(), kSecond.end(), second) == kSecond.end()) return false;
  if (second == "looking" && (word_classes(words[at].text) & kAnyAdjective) == 0) return false;
  if ((word_classes(words[at].text) & kAnimate) != 0) return false;  // "a man covered mud"
  return true;
}

// "on it's back"
bool is_slip_for_its(const std::vector<CaptionWord>& words, std::size_t at) {
  return at > 0 && at + 1 < words.size() && words[at].text == "it" &&
         words[at + 1].kind == CaptionWord::Kind::kOwner &&
         (word_classes(words[at - 1].text) & kPrepositionWord) != 0;
}

Tag fixed_tag(WordClasses classes) {
  if ((classes & kPrepositionWord) != 0) return Tag::kPreposition;
  if ((classes & kConjunctionWord) != 0) return Tag::kConjunction;
  if ((classes & kPronounWord) != 0) return Tag::kPronoun;
  if ((classes & kAdverbWord) != 0) return Tag::kAdverb;
  if ((classes & kAnyAdjective) != 0) return Tag::kAdjective;
  return Tag::kNoun;
}

// `count` words from `at` as one, joined by `joint`.
WordReading joined(const std::vector<CaptionWord>& words, std::size_t at, std::size_t count,
                   const char* joint) {
  WordReading reading;
  reading.word.after_mark = words[at].after_mark;
  reading.word.span = {words[at].span.begin, words[at + count - 1].span.end};
  for (std::size_t i = at; i < at + count; ++i) {
    reading.word.text += (i > at ? joint : "") + words[i].text;
  }
  return reading;
}

WordReading fixed_reading(WordReading reading, WordClasses classes) {
  reading.fixed = true;
  reading.word.classes = classes;
  reading.word.tag = fixed_tag(classes);
  return reading;
}

// Words in no list of ours: nouns, unless WordNet's hand-tagged texts rather have it otherwise.
void ask_wordnet(const WordNet& wordnet, WordReading& reading) {
  const std::string& text = reading.word.text;
  const int as_noun = wordnet.tagged_senses(noun_lemma(text, &wordnet), PartOfSpeech::kNoun);
  if (wordnet.tagged_senses(text, PartOfSpeech::kAdjective) > as_noun) reading.adjective = true;
  reading.also_noun = as_noun >= 0;
  const bool finite =
      reading.verb.form == VerbForm::kBase || reading.verb.form == VerbForm::kThirdPerson;
  reading.strong_verb =
      finite && as_noun < 0 && wordnet.has(reading.verb.lemma, PartOfSpeech::kVerb);
}

void read_open_classes(WordReading& reading, const WordNet* wordnet) {
  const WordClasses classes = reading.word.classes;
  reading.verb = verb_reading(reading.word.text, wordnet);
  if (reading.verb.form != VerbForm::kNone) reading.verb_classes = word_classes(reading.verb.lemma);
  reading.material = (classes & kMaterialWord) != 0;
  reading.adjective = (classes & (kAnyAdjective & ~kMaterialWord)) != 0;
  reading.also_noun = (classes & (kAnimate | kNounWord)) != 0;
  const bool listed = classes != 0 || (reading.verb_classes & kAnyVerb) != 0;
  if (!listed && has_adjective_ending(reading.word.text)) reading.adjective = true;
  if (!listed && wordnet != nullptr) ask_wordnet(*wordnet, reading);
  const bool finite =
      reading.verb.form == VerbForm::kBase || reading.verb.form == VerbForm::kThirdPerson;
  if (finite && (reading.verb_classes & kAnyVerb) != 0) {
    reading.weak_verb = (reading.verb_classes & kNounVerbWord) != 0;
    reading.strong_verb = !reading.weak_verb;
  }
  reading.nounlike = (classes & kClosedClass & ~kNumberWord & ~kQuantityWord) == 0 &&
                     !(reading.strong_verb && !reading.adjective && (classes & kNounWord) == 0);
}

WordReading single_reading(const CaptionWord& word, const WordNet* wordnet) {
  WordReading reading;
  reading.word.span = word.span;
  reading.word.after_mark = word.after_mark;
  reading.word.text = word.text;
  reading.fixed = word.kind == Kind::kComma || word.kind == Kind::kStop;
  if (word.kind == Kind::kComma) reading.word.tag = Tag::kComma;
  if (word.kind == Kind::kStop) reading.word.tag = Tag::kStop;
  if (word.kind == Kind::kOwner) reading.word.tag = Tag::kOwner;
  if (word.kind != Kind::kWord) {
    reading.nounlike = false;
    return reading;
  }
  reading.word.classes = is_digits(word.text) ? kNumberWord : word_classes(word.text);
  read_open_classes(reading, wordnet);
  return reading;
}

// The reading that begins at `at`; goes behind its words.
WordReading next_reading(const std::vector<CaptionWord>& words, std::size_t& at,
                         const WordNet* wordnet) {
  const std::size_t begin = at;
  WordClasses classes = 0;
  if (is_slip_for_its(words, begin)) {
    at += 2;
    WordReading reading = joined(words, begin, 2, "");
    reading.word.text = "its";
    reading.word.classes = kPossessiveWord;
    reading.nounlike = false;
    return reading;
  }
  if (const std::size_t length = fixed_phrase_length(words, begin, classes); length > 0) {
    at += length;
    WordReading reading = fixed_reading(joined(words, begin, length, " "), classes);
    if (reading.word.text == "close up") reading.word.classes = kFrameNoun;
    return reading;
  }
  if (is_compound_adjective(words, begin)) {
    at += 2;
    return fixed_reading(joined(words, begin, 2, "-"), kAdjectiveWord);
  }
  return single_reading(words[at++], wordnet);
}

}  // namespace

std::vector<WordReading> read_words(std::string_view caption, const WordNet* wordnet) {
  const auto words = caption_words(caption, kMaxCaptionWords);
  std::vector<WordReading> readings;
  readings.reserve(words.size());
  for (std::size_t at = 0; at < words.size();) {
    readings.push_back(next_reading(words, at, wordnet));
  }
  return readings;
}

}  // namespace unimo::eval
