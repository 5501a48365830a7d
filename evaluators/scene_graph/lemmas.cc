#include "evaluators/scene_graph/lemmas.h"

#include <unordered_map>
#include <unordered_set>

#include "evaluators/scene_graph/lexicon.h"
#include "evaluators/scene_graph/wordnet.h"

namespace unimo::eval {

namespace {

// form base form base ...
constexpr const char* kIrregularNouns =
    "men man women woman children child people person feet foot teeth tooth geese goose mice mouse "
    "knives knife wives wife leaves leaf loaves loaf shelves shelf calves calf wolves wolf halves "
    "half scarves scarf hooves hoof lives life thieves thief oxen ox buses bus busses bus lenses "
    "lens gases gas skis ski taxis taxi cookies cookie brownies brownie movies movie pies pie ties "
    "tie hoodies hoodie smoothies smoothie veggies veggie selfies selfie doggies doggie kiddies "
    "kiddie zombies zombie magpies magpie necktie necktie neckties necktie bowties bowtie wheelies "
    "wheelie cacti cactus octopi octopus potatoes potato tomatoes tomato mangoes mango heroes hero "
    "tornadoes tornado buffaloes buffalo quizzes quiz axes axe dice die menus menu emus emu "
    "firemen fireman policemen policeman snowmen snowman fishermen fisherman businessmen "
    "businessman firewomen firewoman policewomen policewoman groomsmen groomsman horsemen horseman "
    "gentlemen gentleman cameramen cameraman servicemen serviceman spectacles spectacle "
    "bookshelves bookshelf themselves themselves "
    "headaches headache caches cache guys guy kiwis kiwi bikinis bikini zucchinis zucchini "
    "paninis panini safaris safari";

constexpr const char* kNoSingular =
    "pants shorts jeans scissors sunglasses goggles clothes tongs binoculars leggings tights "
    "overalls pajamas pyjamas pliers trousers khakis slacks panties sweatpants cross-legs chess "
    "news series species sheep fish deer tennis gas bus lens bias canvas christmas pancreas "
    "atlas pampas texas vegas las kansas paris alas plus minus yes this his its has was is as "
    "us sports bmx glasses eyeglasses tracks' yoga cosmos chaos rhinoceros kudos asparagus "
    "headquarters mathematics gymnastics athletics aerobics graphics politics";

constexpr const char* kIrregularVerbs =
    "sat sit stood stand wore wear worn wear held hold lay lie laid lay lain lie lying lie ate eat "
    "eaten eat ran run went go gone go goes go took take taken take made make came come flew fly "
    "flown fly drove drive driven drive rode ride ridden ride wrote write written write drew draw "
    "drawn draw threw throw thrown throw caught catch fell fall fallen fall saw see seen see gave "
    "give given give got get gotten get kept keep left leave led lead lit light hung hang swung "
    "swing swam swim swum swim drank drink drunk drink sang sing sung sing slept sleep fed feed "
    "fought fight found find built build bought buy brought bring taught teach told tell said say "
    "sold sell sent send spent spend stuck stick struck strike swept sweep thought think "
    "understood "
    "understand won win wound wind bent bend bit bite bitten bite blew blow blown blow broke break "
    "broken break chose choose chosen choose dug dig dove dive did do done do does do forgotten "
    "forget froze freeze frozen freeze grew grow grown grow hid hide hidden hide hit hit hurt hurt "
    "knelt kneel knew know known know leapt leap leant lean lost lose met meet paid pay put put "
    "read read rose rise risen rise set set shook shake shaken shake shone shine shot shoot shown "
    "show shut shut slid slide spoke speak spoken speak spun spin spread spread sprang spring "
    "sprung spring stole steal stolen steal strung string swollen swell tore tear torn tear tying "
    "tie dying die lying lie began begin begun begin became become bore bear bound bind burnt burn "
    "cut cut dealt deal felt feel flung fling hewn hew let let meant mean overlaid overlay "
    "overgrown "
    "overgrow sawn saw sewn sew sank sink sunk sink slung sling spat spit split split swore swear "
    "wept weep woven weave crept creep clung cling bred breed beat beat beaten beat rang ring rung "
    "ring withdrawn withdraw had have having have has have dyeing dye skiing ski skied ski skis "
    "ski "
    "petting pet petted pet undone undo strewn strew shorn shear hung hang backlit backlight";

using Forms = std::unordered_map<std::string_view, std::string_view>;
using Words = std::unordered_set<std::string_view>;

std::string_view next_word(std::string_view& text) {
  const std::size_t blank = text.find(' ');
  const std::string_view word = text.substr(0, blank);
  text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
  return word;
}

Forms make_forms(std::string_view text) {
  Forms forms;
  while (!text.empty()) {
    const std::string_view form = next_word(text);
    forms[form] = next_word(text);
  }
  return forms;
}

Words make_words(std::string_view text) {
  Words words;
  while (!text.empty()) words.insert(next_word(text));
  return words;
}

const Forms& irregular_nouns() {
  static const Forms forms = make_forms(kIrregularNouns);
  return forms;
}

const Forms& irregular_verbs() {
  static const Forms forms = make_forms(kIrregularVerbs);
  return forms;
}

const Words& no_singular() {
  static const Words words = make_words(kNoSingular);
  return words;
}

bool ends_with_any(std::string_view word, std::initializer_list<std::string_view> endings) {
  for (const std::string_view ending : endings) {
    if (word.size() > ending.size() && word.ends_with(ending)) return true;
  }
  return false;
}

std::string without(std::string_view word, std::size_t letters, std::string_view ending = "") {
  return std::string(word.substr(0, word.size() - letters)) + std::string(ending);
}

// The s of "buses" and "glass" belongs to the word.
bool ends_like_plural(std::string_view noun) {
  return noun.size() > 3 && noun.back() == 's' && !ends_with_any(noun, {"ss", "us", "is", "'s"});
}

std::string regular_singular(std::string_view noun) {
  if (noun.size() > 4 && noun.ends_with("ies")) return without(noun, 3, "y");
  if (ends_with_any(noun, {"sses", "shes", "ches", "xes", "zzes"})) return without(noun, 2);
  return without(noun, 1);
}

bool is_known_verb(std::string_view lemma, const WordNet* wordnet) {
  if ((word_classes(lemma) & kAnyVerb) != 0) return true;
  return wordnet != nullptr && wordnet->has(lemma, PartOfSpeech::kVerb);
}

bool is_vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

bool ends_doubled(std::string_view stem) {
  return stem.size() > 2 && stem[stem.size() - 1] == stem[stem.size() - 2] &&
         !is_vowel(stem.back());
}

// Whether an unknown stem once had an e: "-iv", "-uc", "-ng" of "plung" have, "-ing" of "ring" not.
bool wants_e(std::string_view stem) {
  if (ends_with_any(stem, {"v",  "c",  "u",  "z",  "rs", "dg", "ng", "at",  "iz",  "is",
                           "ut", "bl", "zl", "gl", "tl", "pl", "dl", "tur", "sur", "cur"}))
    return true;
  const std::size_t n = stem.size();
  return n == 3 && !is_vowel(stem[0]) && is_vowel(stem[1]) && !is_vowel(stem[2]) &&
         stem[2] != 'w' && stem[2] != 'y' && stem[2] != 'x';
}

// The base of what stands before -ing or -ed.
std::string base_of_stem(std::string_view stem, const WordNet* wordnet, bool& known) {
  known = true;
  if (ends_doubled(stem)) {
    std::string single = without(stem, 1);
    if (is_known_verb(single, wordnet)) return single;
  }
  std::string plain(stem);
  if ((word_classes(plain) & (kVerbWord | kNounVerbWord)) != 0) return plain;
  if (is_known_verb(plain + "e", wordnet)) return plain + "e";
  if (is_known_verb(plain, wordnet)) return plain;
  known = false;
  if (ends_doubled(stem) && !ends_with_any(stem, {"ll", "ss", "zz", "ff"})) return without(stem, 1);
  return wants_e(stem) ? plain + "e" : plain;
}

VerbReading with_ending(std::string_view word, std::size_t ending, VerbForm form,
                        const WordNet* wordnet) {
  VerbReading reading{.form = form};
  reading.lemma = base_of_stem(word.substr(0, word.size() - ending), wordnet, reading.known);
  return reading;
}

VerbReading third_person(std::string_view word, const WordNet* wordnet) {
  std::string lemma = without(word, 1);
  if (word.size() > 4 && word.ends_with("ies")) lemma = without(word, 3, "y");
  if (ends_with_any(word, {"sses", "shes", "ches", "xes", "zzes", "oes"})) lemma = without(word, 2);
  if (!is_known_verb(lemma, wordnet)) return {};
  return {.form = VerbForm::kThirdPerson, .lemma = lemma, .known = true};
}

bool has_vowel(std::string_view text) {
  for (const char c : text) {
    if (is_vowel(c) || c == 'y') return true;
  }
  return false;
}

}  // namespace

bool is_plural(std::string_view noun) {
  const auto irregular = irregular_nouns().find(noun);
  if (irregular != irregular_nouns().end()) return irregular->second != noun;
  return !no_singular().contains(noun) && ends_like_plural(noun);
}

std::string noun_lemma(std::string_view noun, const WordNet* wordnet) {
  const auto irregular = irregular_nouns().find(noun);
  if (irregular != irregular_nouns().end()) return std::string(irregular->second);
  if (no_singular().contains(noun)) return std::string(noun);
  if (wordnet != nullptr) {
    const std::string_view base = wordnet->irregular(noun, PartOfSpeech::kNoun);
    if (!base.empty()) return std::string(base);
  }
  if (!ends_like_plural(noun)) return std::string(noun);
  // "bases" in WordNet's eyes may be a word of its own; a plural is what captions mean.
  return regular_singular(noun);
}

VerbReading verb_reading(std::string_view word, const WordNet* wordnet) {
  const auto irregular = irregular_verbs().find(word);
  if (irregular != irregular_verbs().end()) {
    const VerbForm form = word.ends_with("ing") && word != "sing" ? VerbForm::kIng
                          : word == "goes" || word == "does" || word == "has" || word == "skis"
                              ? VerbForm::kThirdPerson
                              : VerbForm::kPast;
    return {.form = form, .lemma = std::string(irregular->second), .known = true};
  }
  // Its exceptions have rare forms of common nouns too ("stove", "ground").
  if (wordnet != nullptr && word_classes(word) == 0 && !wordnet->has(word, PartOfSpeech::kNoun)) {
    const std::string_view base = wordnet->irregular(word, PartOfSpeech::kVerb);
    if (!base.empty() && !word.ends_with("s")) {
      const VerbForm form = word.ends_with("ing") ? VerbForm::kIng : VerbForm::kPast;
      return {.form = form, .lemma = std::string(base), .known = true};
    }
  }
  if (is_known_verb(word, wordnet)) {
    return {.form = VerbForm::kBase, .lemma = std::string(word), .known = true};
  }
  if (word.size() > 4 && word.ends_with("ing") && has_vowel(word.substr(0, word.size() - 3))) {
    return with_ending(word, 3, VerbForm::kIng, wordnet);
  }
  if (word.size() > 4 && word.ends_with("ied")) {
    return {.form = VerbForm::kPast, .lemma = without(word, 3, "y"), .known = true};
  }
  if (word.size() > 3 && word.ends_with("ed") && !word.ends_with("eed") &&
      has_vowel(word.substr(0, word.size() - 2))) {
    return with_ending(word, 2, VerbForm::kPast, wordnet);
  }
  if (word.size() > 2 && word.back() == 's' && !word.ends_with("ss")) {
    return third_person(word, wordnet);
  }
  return {};
}

}  // namespace unimo::eval
