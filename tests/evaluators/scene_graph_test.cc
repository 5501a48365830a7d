// The caption parser: single rules by example, gold captions, and what must hold for any text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "evaluators/scene_graph/caption_words.h"
#include "evaluators/scene_graph/lemmas.h"
#include "evaluators/scene_graph/scene_graph.h"
#include "evaluators/scene_graph/wordnet.h"
#include "orchestrator/base/file.h"
#include "tests/evaluators/golden.h"
#include "tests/evaluators/wordnet_folder.h"

namespace unimo::eval {

namespace {

using TupleSet = std::set<std::string>;  // "dog", "dog, brown", "dog, chase, ball"

TupleSet tuples_of(const SceneGraph& graph) {
  TupleSet tuples;
  for (const SceneObject& object : graph.objects) tuples.insert(object.lemma);
  for (const SceneAttribute& attribute : graph.attributes) {
    tuples.insert(graph.objects[attribute.object].lemma + ", " + attribute.lemma);
  }
  for (const SceneRelation& relation : graph.relations) {
    tuples.insert(graph.objects[relation.subject].lemma + ", " + relation.lemma() + ", " +
                  graph.objects[relation.object].lemma);
  }
  return tuples;
}

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(' ') + 1 - begin));
}

TupleSet split_tuples(std::string_view line) {
  TupleSet tuples;
  while (!line.empty()) {
    const std::size_t bar = line.find('|');
    tuples.insert(trimmed(line.substr(0, bar)));
    line.remove_prefix(bar == std::string_view::npos ? line.size() : bar + 1);
  }
  return tuples;
}

void expect_tuples(std::string_view caption, std::string_view expected) {
  EXPECT_EQ(tuples_of(parse_caption(caption)), split_tuples(expected)) << caption;
}

struct GoldCaption {
  std::string caption;
  TupleSet tuples;
  bool unseen = false;  // no rule was mended with it
};

std::vector<GoldCaption> gold_captions() {
  std::vector<GoldCaption> gold;
  bool unseen = false;
  const auto lines =
      read_lines(std::string(UNIMO_SOURCE_DIR) + "/tests/evaluators/scene_graph_gold.txt");
  for (const std::string& line : lines.value()) {
    if (line.starts_with('#')) {
      unseen = unseen || line == "# unseen";
    } else if (line.starts_with("  ")) {
      gold.back().tuples = split_tuples(line);
    } else {
      gold.push_back({line, {}, unseen});
    }
  }
  return gold;
}

struct Agreement {
  std::size_t right = 0, found = 0, wanted = 0;
  void add(const TupleSet& parsed, const TupleSet& gold) {
    found += parsed.size();
    wanted += gold.size();
    right += static_cast<std::size_t>(std::count_if(
        parsed.begin(), parsed.end(), [&](const auto& t) { return gold.contains(t); }));
  }
  double precision() const { return static_cast<double>(right) / static_cast<double>(found); }
  double recall() const { return static_cast<double>(right) / static_cast<double>(wanted); }
};

TupleSet of_length(const TupleSet& tuples, long words) {
  TupleSet chosen;
  for (const std::string& tuple : tuples) {
    if (std::count(tuple.begin(), tuple.end(), ',') == words - 1) chosen.insert(tuple);
  }
  return chosen;
}

// Prints precision and recall by kind of tuple; returns those of all.
Agreement agreement(const std::vector<GoldCaption>& gold, bool unseen, const WordNet* wordnet) {
  static constexpr std::array<const char*, 4> kNames = {"all", "objects", "attributes",
                                                        "relations"};
  std::array<Agreement, 4> kinds;
  for (const GoldCaption& item : gold) {
    if (item.unseen != unseen) continue;
    const TupleSet parsed = tuples_of(parse_caption(item.caption, wordnet));
    kinds[0].add(parsed, item.tuples);
    for (long words = 1; words <= 3; ++words) {
      kinds[static_cast<std::size_t>(words)].add(of_length(parsed, words),
                                                 of_length(item.tuples, words));
    }
  }
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    std::printf("%s %-10s precision %.3f recall %.3f of %zu\n", unseen ? "unseen" : "seen  ",
                kNames[i], kinds[i].precision(), kinds[i].recall(), kinds[i].wanted);
  }
  return kinds[0];
}

// All captions of COCO's and Flickr8k's files, as they are.
std::vector<std::string> real_captions() {
  const std::filesystem::path data = UNIMO_SHARED_DATA;
  std::vector<std::string> captions;
  for (const char* name : {"captions_val2017.json", "captions_train2017.json"}) {
    const std::filesystem::path file = data / "coco/annotations" / name;
    if (!std::filesystem::exists(file)) continue;
    const Json coco = read_json(file).value();
    for (const Json& entry : coco["annotations"]) {
      captions.push_back(entry["caption"].get<std::string>());
    }
  }
  const auto flickr = read_lines(data / "flickr8k/Flickr8k.token.txt");
  for (const std::string& line : flickr.value()) {
    captions.push_back(line.substr(line.find('\t') + 1));
  }
  return captions;
}

bool has_real_captions() {
  const std::filesystem::path data = UNIMO_SHARED_DATA;
  return std::filesystem::exists(data / "coco/annotations/captions_val2017.json") &&
         std::filesystem::exists(data / "flickr8k/Flickr8k.token.txt");
}

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Nodes are whole, and their spans lie in the caption.
void expect_sound(const SceneGraph& graph, std::string_view caption) {
  const auto expect_span = [&](const Span& span) {
    ASSERT_LT(span.begin, span.end) << caption;
    ASSERT_LE(span.end, caption.size()) << caption;
  };
  for (const SceneObject& object : graph.objects) {
    EXPECT_FALSE(object.lemma.empty() || object.head.empty()) << caption;
    expect_span(object.span);
  }
  for (const SceneAttribute& attribute : graph.attributes) {
    EXPECT_FALSE(attribute.lemma.empty()) << caption;
    ASSERT_LT(attribute.object, graph.objects.size());
    expect_span(attribute.span);
  }
  for (const SceneRelation& relation : graph.relations) {
    EXPECT_FALSE(relation.lemma().empty()) << caption;
    ASSERT_LT(relation.subject, graph.objects.size());
    ASSERT_LT(relation.object, graph.objects.size());
    if (!relation.verb.empty()) expect_span(relation.verb_span);
    if (!relation.preposition.empty()) expect_span(relation.preposition_span);
  }
}

std::string_view read_at(std::string_view caption, const Span& span) {
  return caption.substr(span.begin, span.end - span.begin);
}

bool reads_as_verb(const std::string& word, const std::string& lemma) {
  return word == lemma || verb_reading(word).lemma == lemma;
}

// Every span reads as the words its node claims.
void expect_spans_read_as_nodes(const SceneGraph& graph, std::string_view caption) {
  for (const SceneObject& object : graph.objects) {
    const std::string text = ascii_lower(read_at(caption, object.span));
    EXPECT_TRUE(text.starts_with(object.modifiers)) << caption << ": " << text;
    const std::string last = text.substr(text.find_last_of(' ') + 1);
    const std::string head = object.head.substr(object.head.find_last_of(' ') + 1);
    EXPECT_TRUE(noun_lemma(last) == head || last == head)
        << caption << ": " << text << " is no " << object.head;
  }
  for (const SceneAttribute& attribute : graph.attributes) {
    std::string text = ascii_lower(read_at(caption, attribute.span));
    std::replace(text.begin(), text.end(), ' ', '-');  // "snow covered"
    text.erase(
        std::unique(text.begin(), text.end(), [](char a, char b) { return a == '-' && b == '-'; }),
        text.end());
    std::string lemma = attribute.lemma;
    std::replace(lemma.begin(), lemma.end(), ' ', '-');
    EXPECT_TRUE(text == lemma || reads_as_verb(text, lemma) ||
                attribute.kind == AttributeKind::kCount)
        << caption << ": " << text << " is no " << lemma;
  }
  for (const SceneRelation& relation : graph.relations) {
    const std::string verb = ascii_lower(read_at(caption, relation.verb_span));
    EXPECT_TRUE(relation.verb.empty() || relation.verb == "have" || relation.verb == "be" ||
                reads_as_verb(verb, relation.verb))
        << caption << ": " << verb << " is no " << relation.verb;
    if (relation.preposition.empty()) continue;
    const std::string text = ascii_lower(read_at(caption, relation.preposition_span));
    EXPECT_EQ(text.substr(0, text.find(' ')),
              relation.preposition.substr(0, relation.preposition.find(' ')))
        << caption;
  }
}

}  // namespace

TEST(SceneGraph, TakesAdjectivesNumbersAndMaterialsAsAttributes) {
  expect_tuples("two small brown dogs", "dog | dog, two | dog, small | dog, brown");
  expect_tuples("a stone wall", "wall | wall, stone");
  expect_tuples("a red, white and blue kite", "kite | kite, red | kite, white | kite, blue");
  expect_tuples("a snow covered hill", "hill | hill, snow-covered");
}

TEST(SceneGraph, KeepsNounCompoundsWhole) {
  expect_tuples("a man with tennis rackets", "man | tennis racket | man, with, tennis racket");
  expect_tuples("a living room", "living room");
}

TEST(SceneGraph, TakesPredicatesAsAttributes) {
  expect_tuples("The house is red and white.", "house | house, red | house, white");
  expect_tuples("a dog with its mouth open",
                "dog | mouth | mouth, open | dog, with, mouth | dog, have, mouth");
}

TEST(SceneGraph, RelatesSubjectAndObjectOfVerbs) {
  expect_tuples("A woman is riding a horse", "woman | horse | woman, ride, horse");
  expect_tuples("people sit on a bench", "person | bench | person, sit on, bench");
  expect_tuples("a man has been trying to catch a fish", "man | fish | man, catch, fish");
  expect_tuples("the cat sleeps", "cat | cat, sleep");
}

TEST(SceneGraph, TurnsPassivesWithAnAgentRound) {
  expect_tuples("a kite held by a boy", "kite | boy | boy, hold, kite");
  expect_tuples("a bus parked by a fence", "bus | fence | bus, park by, fence");
}

TEST(SceneGraph, SharesVerbsAmongCoordinatedSubjects) {
  expect_tuples("a dog and a cat sit on a rug",
                "dog | cat | rug | dog, sit on, rug | cat, sit on, rug");
  expect_tuples("a girl sits on a swing and eats an apple",
                "girl | swing | apple | girl, sit on, swing | girl, eat, apple");
}

TEST(SceneGraph, FollowsRelativeClauses) {
  expect_tuples("a shelf with a clock that is broken",
                "shelf | clock | clock, broken | shelf, with, clock");
  expect_tuples("a man who is holding a box", "man | box | man, hold, box");
  expect_tuples("a horse that a man is leading on a beach",
                "horse | man | beach | man, lead on, beach");
}

TEST(SceneGraph, FindsTheOwnerOfThings) {
  expect_tuples("the boy's hat", "boy | hat | boy, have, hat");
  expect_tuples("a girl and her dog", "girl | dog | girl, have, dog");
  expect_tuples("a woman looks at a man while he eats a pear",
                "woman | man | pear | woman, look at, man | man, eat, pear");
}

TEST(SceneGraph, GoesOnWithTheSubjectThatAClauseCameBetween) {
  expect_tuples("The house while snow is falling is small and red.",
                "house | snow | snow, fall | house, small | house, red");
  expect_tuples("a man holds a cup while a dog is sleeping",
                "man | cup | dog | man, hold, cup | dog, sleep");
}

TEST(SceneGraph, LeavesPhotoFramesOut) {
  for (const char* caption : {"a picture of a cat", "There is a cat.",
                              "This is a close up of a cat", "a black and white photo of a cat"}) {
    expect_tuples(caption, "cat");
  }
  expect_tuples("a wall with a picture of a cat",
                "wall | picture | cat | wall, with, picture | picture, of, cat");
}

TEST(SceneGraph, LeavesQuantifyingNounsOut) {
  expect_tuples("a group of people", "person");
  expect_tuples("a couple on a beach", "couple | beach | couple, on, beach");
}

TEST(SceneGraph, SaysWhatHasAContainer) {
  expect_tuples("a cup of tea on a tray", "cup | tea | tray | cup, of, tea | cup, on, tray");
  expect_tuples("a plate with slices of bread and an egg",
                "plate | slice | bread | egg | plate, with, slice | slice, of, bread | "
                "plate, with, egg");
}

TEST(SceneGraph, GivesTheSpanOfEveryNode) {
  const std::string caption = "A Brown dog's tennis balls lie quietly in front of the house.";
  const SceneGraph graph = parse_caption(caption);
  ASSERT_EQ(graph.objects.size(), 3U);
  EXPECT_EQ(read_at(caption, graph.objects[1].span), "tennis balls");
  ASSERT_EQ(graph.attributes.size(), 1U);
  EXPECT_EQ(read_at(caption, graph.attributes[0].span), "Brown");
  ASSERT_EQ(graph.relations.size(), 2U);
  EXPECT_EQ(read_at(caption, graph.relations[0].verb_span), "'s");
  EXPECT_EQ(read_at(caption, graph.relations[1].verb_span), "lie");
  EXPECT_EQ(read_at(caption, graph.relations[1].preposition_span), "in front of");
}

TEST(SceneGraph, NamesTheKindOfAnAttribute) {
  const SceneGraph graph = parse_caption("three large red wooden boats");
  ASSERT_EQ(graph.attributes.size(), 4U);
  EXPECT_EQ(graph.attributes[0].kind, AttributeKind::kCount);
  EXPECT_EQ(graph.attributes[1].kind, AttributeKind::kSize);
  EXPECT_EQ(graph.attributes[2].kind, AttributeKind::kColour);
  EXPECT_EQ(graph.attributes[3].kind, AttributeKind::kOther);
}

TEST(SceneGraph, AgreesWithGoldCaptions) {
  const std::vector<GoldCaption> gold = gold_captions();
  ASSERT_GE(gold.size(), 60U);
  for (const bool unseen : {false, true}) {
    const Agreement all = agreement(gold, unseen, nullptr);
    EXPECT_GE(all.precision(), 0.9);
    EXPECT_GE(all.recall(), 0.9);
  }
}

TEST(SceneGraph, AgreesWithGoldCaptionsWithWordNet) {
  UNIMO_NEEDS_WORDNET();
  const WordNet wordnet = WordNet::load(wordnet_folder()).value();
  const std::vector<GoldCaption> gold = gold_captions();
  for (const bool unseen : {false, true}) {
    const Agreement all = agreement(gold, unseen, &wordnet);
    EXPECT_GE(all.precision(), 0.9);
    EXPECT_GE(all.recall(), 0.9);
  }
}

TEST(SceneGraph, ReadsRealCaptions) {
  if (!has_real_captions()) GTEST_SKIP() << "no captions below " << UNIMO_SHARED_DATA;
  const std::vector<std::string> captions = real_captions();
  std::size_t with_object = 0;
  for (const std::string& caption : captions) {
    const SceneGraph graph = parse_caption(caption);
    expect_sound(graph, caption);
    expect_spans_read_as_nodes(graph, caption);
    with_object += graph.objects.empty() ? 0 : 1;
  }
  const double share = static_cast<double>(with_object) / static_cast<double>(captions.size());
  std::printf("captions %zu with an object %.4f\n", captions.size(), share);
  EXPECT_GE(share, 0.99);
  EXPECT_GE(captions.size(), 50'000U);
}

TEST(SceneGraph, ReadsAnyBytes) {
  const std::vector<std::string> texts = {"",
                                          " ",
                                          "...",
                                          ",,,and and",
                                          "'s",
                                          "' s",
                                          "it's",
                                          "a",
                                          "the of of the",
                                          "and a dog",
                                          std::string("a\0dog", 5),
                                          "\xFF\xFE dog \xC3",
                                          "a caf\xC3\xA9 \xE2\x80\x99s sign",
                                          "of",
                                          "a man's",
                                          "2 2 2",
                                          "to to to run",
                                          "is is is",
                                          "that that that",
                                          "there there is is"};
  for (const std::string& text : texts) expect_sound(parse_caption(text), text);
}

TEST(SceneGraph, ReadsLongTextsInTime) {
  for (const std::string word : {"dog ", "and ", "a dog and ", "red and ", "the ", "'s ", "of a ",
                                 "dog's ", "running ", "close ", "as ", "x", "- "}) {
    std::string text;
    while (text.size() < 1'000'000) text += word;
    expect_sound(parse_caption(text), text);
  }
}

TEST(SceneGraph, ReadsPiecesOfRealCaptions) {
  if (!has_real_captions()) GTEST_SKIP() << "no captions below " << UNIMO_SHARED_DATA;
  const std::vector<std::string> captions = real_captions();
  for (std::size_t i = 0; i < captions.size(); i += 97) {
    for (std::size_t begin = 0; begin < captions[i].size(); begin += 5) {
      const std::string piece = captions[i].substr(begin, 1 + i % 40);
      expect_sound(parse_caption(piece), piece);
    }
  }
}

TEST(CaptionWords, KeepClitics) {
  std::vector<std::string> words;
  for (const CaptionWord& word : caption_words("A man’s T-shirt, the boys' dog .", 99)) {
    words.push_back(word.text);
  }
  EXPECT_EQ(words, (std::vector<std::string>{"a", "man", "'s", "t-shirt", ",", "the", "boys", "'",
                                             "dog", "."}));
}

TEST(Lemmas, OfNounsAreSingular) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"dogs", "dog"},      {"benches", "bench"}, {"men", "man"},     {"cookies", "cookie"},
      {"berries", "berry"}, {"buses", "bus"},     {"glass", "glass"}, {"jeans", "jeans"},
      {"people", "person"}, {"horses", "horse"},  {"shoes", "shoe"},  {"potatoes", "potato"},
      {"shelves", "shelf"}, {"waves", "wave"},    {"bus", "bus"},     {"ski", "ski"}};
  for (const auto& [form, lemma] : pairs) EXPECT_EQ(noun_lemma(form), lemma) << form;
}

TEST(Lemmas, OfVerbsAreBaseForms) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"riding", "ride"},        {"running", "run"}, {"sits", "sit"},     {"carries", "carry"},
      {"watches", "watch"},      {"held", "hold"},   {"stopped", "stop"}, {"rolling", "roll"},
      {"placing", "place"},      {"tied", "tie"},    {"lying", "lie"},    {"skis", "ski"},
      {"surrounded", "surround"}};
  for (const auto& [form, lemma] : pairs) EXPECT_EQ(verb_reading(form).lemma, lemma) << form;
}

TEST(WordNet, KnowsSynonymsAndIrregularForms) {
  UNIMO_NEEDS_WORDNET();
  const WordNet wordnet = WordNet::load(wordnet_folder()).value();
  EXPECT_TRUE(wordnet.share_synset("sofa", "couch"));
  EXPECT_FALSE(wordnet.share_synset("sofa", "chair"));
  EXPECT_FALSE(wordnet.share_synset("sofa", "no such word"));
  EXPECT_EQ(wordnet.irregular("geese", PartOfSpeech::kNoun), "goose");
  EXPECT_TRUE(wordnet.has("tennis racket", PartOfSpeech::kNoun));
  EXPECT_EQ(wordnet.digest().size(), 64U);
}

TEST(WordNet, NamesTheLineThatIsNoIndex) {
  const auto folder = TempDir::make("wordnet").value();
  ASSERT_TRUE(write_file(folder.path() / "index.noun", "  1 licence\ndog n 1 x 1 1 2084071\n"));
  const auto loaded = WordNet::load(folder.path());
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, testing::HasSubstr("index.noun:2"));
}

}  // namespace unimo::eval
