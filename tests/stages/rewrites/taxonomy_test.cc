#include "stages/rewrites/taxonomy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "orchestrator/base/file.h"
#include "tests/evaluators/wordnet_folder.h"

namespace unimo::stages {
namespace {

using eval::PartOfSpeech;
using testing::HasSubstr;

TEST(Taxonomy, FindsSynonymsHypernymsAndHyponyms) {
  UNIMO_NEEDS_WORDNET();
  const Taxonomy taxonomy = Taxonomy::load(eval::wordnet_folder()).value();
  EXPECT_TRUE(taxonomy.related("sofa", "couch", PartOfSpeech::kNoun));
  EXPECT_TRUE(taxonomy.related("dog", "animal", PartOfSpeech::kNoun));
  EXPECT_TRUE(taxonomy.related("vehicle", "fire truck", PartOfSpeech::kNoun));
  EXPECT_TRUE(taxonomy.related("poodle", "dog", PartOfSpeech::kNoun));
  EXPECT_TRUE(taxonomy.related("walk", "move", PartOfSpeech::kVerb));
  EXPECT_TRUE(taxonomy.related("big", "large", PartOfSpeech::kAdjective));
  EXPECT_FALSE(taxonomy.related("cat", "horse", PartOfSpeech::kNoun));
  EXPECT_FALSE(taxonomy.related("red", "blue", PartOfSpeech::kAdjective));
}

TEST(Taxonomy, TellsWhatNounsAreFirstOfAll) {
  UNIMO_NEEDS_WORDNET();
  const Taxonomy taxonomy = Taxonomy::load(eval::wordnet_folder()).value();
  EXPECT_EQ(taxonomy.kinds("woman"), kPersonKind);
  EXPECT_EQ(taxonomy.kinds("giraffe") & kLivingKinds, kAnimalKind);
  EXPECT_EQ(taxonomy.kinds("banana") & kThingKind, 0);
  for (const char* clothes : {"jacket", "bathing suit", "boot", "helmet"})
    EXPECT_NE(taxonomy.kinds(clothes) & kClothingKind, 0) << clothes;
  for (const char* vehicle : {"motorcycle", "bus", "boat"})
    EXPECT_EQ(taxonomy.kinds(vehicle) & kVehicleKind, kVehicleKind) << vehicle;
  for (const char* place : {"beach", "kitchen", "street", "river", "building", "snow", "field"})
    EXPECT_EQ(taxonomy.kinds(place) & kPlaceKind, kPlaceKind) << place;
  EXPECT_EQ(taxonomy.kinds("sofa"), kFurnitureKind);
  EXPECT_EQ(taxonomy.kinds("laptop") & kPlaceKind, 0);
}

TEST(Taxonomy, LeavesNamesOutOfWhatNounsAre) {
  UNIMO_NEEDS_WORDNET();
  const Taxonomy taxonomy = Taxonomy::load(eval::wordnet_folder()).value();
  EXPECT_EQ(taxonomy.kinds("jersey") & kPlaceKind, 0);  // nor the state
  EXPECT_EQ(taxonomy.kinds("crane") & kPersonKind, 0);  // nor the writer
}

TEST(Taxonomy, KnowsCompoundsByTheirLastWord) {
  UNIMO_NEEDS_WORDNET();
  const Taxonomy taxonomy = Taxonomy::load(eval::wordnet_folder()).value();
  EXPECT_TRUE(taxonomy.related("blue leather sofa", "furniture", PartOfSpeech::kNoun));
  EXPECT_TRUE(taxonomy.meanings("qwxz", PartOfSpeech::kNoun).empty());
  EXPECT_FALSE(taxonomy.related("qwxz", "dog", PartOfSpeech::kNoun));
}

// A folder with WordNet's files of one line each, some of them spoilt.
class TaxonomyFiles : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << text;
  }
  void SetUp() override {
    for (const std::string part : {"noun", "verb", "adj", "adv"}) {
      write("index." + part, "thing n 1 0 1 0 00000001\n");
      write("data." + part, "00000001 03 n 01 thing 0 000 | a thing\n");
      write(part + ".exc", "");
    }
  }
  std::string error() const {
    const auto loaded = Taxonomy::load(folder_.path());
    return loaded ? "" : loaded.error().message;
  }
  TempDir folder_ = TempDir::make("unimo-taxonomy-").value();
};

TEST_F(TaxonomyFiles, AreReadWhenTheyAreWhole) { EXPECT_EQ(error(), ""); }

TEST_F(TaxonomyFiles, AreRefusedByLine) {
  for (const std::string line :
       {"x", "00000001 03 n zz thing 0 000 | g", "00000001 03 n 01 thing 0 002 @ 00000002 n 0000",
        "99999999999 03 n 01 thing 0 000", "00000001 03 n ff thing 0 000",
        "00000001 03 n 01 thing 0 001 @ x n 0000"}) {
    write("data.noun", "  1 licence\n" + line + "\n");
    EXPECT_THAT(error(), HasSubstr("data.noun:2: no line of a WordNet data file")) << line;
  }
}

TEST_F(TaxonomyFiles, MayGoInCircles) {
  write("data.noun",
        "00000001 03 n 01 thing 0 001 @ 00000002 n 0000 | g\n"
        "00000002 03 n 01 other 0 001 @ 00000001 n 0000 | g\n");
  const auto taxonomy = Taxonomy::load(folder_.path());
  ASSERT_TRUE(taxonomy.has_value());
  EXPECT_EQ(taxonomy->with_ancestors({4}).size(), 2U);
}

TEST_F(TaxonomyFiles, AreMissedByName) {
  std::filesystem::remove(folder_.path() / "data.verb");
  EXPECT_THAT(error(), HasSubstr("data.verb"));
}

}  // namespace
}  // namespace unimo::stages
