// What METEOR reads and how it prepares words: files good and bad, normaliser, stems, synonyms,
// paraphrases.
#include "evaluators/meteor_resources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "evaluators/line_file.h"
#include "evaluators/snowball_english.h"
#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "tests/evaluators/golden.h"

namespace unimo::eval {

namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

fs::path meteor_folder() { return fs::path(UNIMO_SHARED_DATA) / "meteor"; }

// A folder with one small file of each kind.
class MeteorFolder : public testing::Test {
 protected:
  fs::path put(const std::string& name, const std::string& text) {
    const fs::path file = folder_.path() / name;
    EXPECT_TRUE(make_directories(file.parent_path()));
    EXPECT_TRUE(write_file(file, text));
    return file;
  }
  void SetUp() override {
    put("english.synsets", "dog\n1 2\nhound\n2\nrun\n7\nfox\n9\n");
    put("english.exceptions", "run\nran\nfox\nvixens\ndog\nvixens\n");
    put("english.function.words", "the\na\n");
    put("english.nonbreaking.prefixes", "# titles\nMr\n\nNo #NUMERIC_ONLY#\n");
  }
  fs::path folder() const { return folder_.path(); }
  std::string mistake() {
    const auto resources = read_meteor_resources(meteor_files(folder()));
    EXPECT_FALSE(resources);
    return resources ? "" : resources.error().message;
  }
  MeteorResources resources() { return read_meteor_resources(meteor_files(folder())).value(); }

 private:
  TempDir folder_ = TempDir::make("meteor").value();
};

std::vector<std::vector<std::string>> table(const std::string& name) {
  std::vector<std::vector<std::string>> rows;
  const std::vector<std::string> lines = read_lines(golden(name)).value();
  for (const std::string& line : lines) {
    const std::size_t tab = line.find('\t');
    rows.push_back({line.substr(0, tab), line.substr(tab + 1)});
  }
  return rows;
}

}  // namespace

TEST(MeteorNormalizer, NormalizesAsTheOfficialProgram) {
  UNIMO_NEEDS_GOLDEN("meteor/normalizer.tsv");
  const auto prefixes =
      NonbreakingPrefixes::read(meteor_folder() / "english.nonbreaking.prefixes").value();
  for (const auto& row : table("meteor/normalizer.tsv")) {
    EXPECT_EQ(meteor_normalized(row[0], prefixes), row[1]);
  }
}

TEST_F(MeteorFolder, NormalizesByItsListOfPrefixes) {
  const MeteorResources r = resources();
  const auto normal = [&](std::string_view text) { return meteor_normalized(text, r.prefixes); };
  EXPECT_EQ(normal("Mr. Smith of the U.S. Army."), "mr. smith of the us army .");
  EXPECT_EQ(normal("No. 5, No. Yes"), "no. 5 , no . yes");
  EXPECT_EQ(normal("a red-and-white dog's 1990's 1,000 (isn't)"),
            "a red and white dog 's 1990 's 1,000 ( isn 't )");
  EXPECT_EQ(normal("wait... what.. ``yes'' \u2018no\u2019 a-b-c"),
            "wait ... what .. \" yes \" ' no ' a b-c");
  EXPECT_EQ(normal("\u0416\u03A9\u4E2D\u00C9 x\u00A0y"), "\u0436 \u03C9 \u4E2D \u00E9 x y");
  EXPECT_EQ(normal(" \t\n"), "");
}

TEST(SnowballEnglish, StemsAsTheOfficialProgram) {
  UNIMO_NEEDS_GOLDEN("meteor/snowball_english.tsv");
  for (const auto& row : table("meteor/snowball_english.tsv")) {
    EXPECT_EQ(snowball_english(row[0]), row[1]);
  }
}

TEST(SnowballEnglish, KnowsItsSpecialCases) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},
      {"s", "s"},
      {"skies", "sky"},
      {"news", "news"},
      {"inning", "inning"},
      {"innings", "inning"},
      {"dog's'", "dog"},
      {"'em", "em"},
      {"generate", "generat"},
      {"sayings", "say"},
      {"hopping", "hop"},
      {"hoped", "hope"},
      {"agreed", "agre"},
      {"flies", "fli"},
      {"ties", "tie"},
      {"youth", "youth"},
      {"\u00E9t\u00E9s", "\u00E9t\u00E9s"}};
  for (const auto& [word, stem] : cases) EXPECT_EQ(snowball_english(word), stem) << word;
}

TEST(MeteorSynonyms, AreThoseOfTheOfficialProgram) {
  UNIMO_NEEDS_GOLDEN("meteor/synset_ids.tsv");
  const auto synonyms = MeteorSynonyms::read(meteor_folder() / "english.synsets.gz",
                                             meteor_folder() / "english.exceptions")
                            .value();
  EXPECT_EQ(synonyms.words(), 147'306U);
  for (const auto& row : table("meteor/synset_ids.tsv")) {
    std::string ids;
    for (const SynsetId id : synonyms.synsets_of(row[0])) {
      ids += (ids.empty() ? "" : " ") + std::to_string(id);
    }
    EXPECT_EQ(ids, row[1]) << row[0];
  }
}

TEST_F(MeteorFolder, FindsSynonymsByBaseForms) {
  const MeteorResources r = resources();
  EXPECT_THAT(r.synonyms.synsets_of("dogs"), ElementsAre(1, 2));       // by its ending
  EXPECT_THAT(r.synonyms.synsets_of("ran"), ElementsAre(7));           // by the exceptions
  EXPECT_THAT(r.synonyms.synsets_of("vixens"), ElementsAre(1, 2, 9));  // of several bases
  EXPECT_THAT(r.synonyms.synsets_of("cat"), ElementsAre());
}

TEST_F(MeteorFolder, TakesWordnetsOwnIndexInstead) {
  fs::remove(folder() / "english.synsets");
  put("dict/index.noun", "  1 licence\ndog n 2 1 @ 2 0 00000001 00000002  \n");
  put("dict/index.verb", "dog v 1 0 1 0 00000009\n");
  put("dict/index.adj", "");
  put("dict/index.adv", "");
  EXPECT_THAT(resources().synonyms.synsets_of("dog"), ElementsAre(1, 2, 9));
  put("dict/index.adv", "ever r 3 0 3 0 1\n");
  EXPECT_THAT(mistake(), HasSubstr("index.adv:1: not an entry"));
}

TEST_F(MeteorFolder, ReadsATableOfParaphrases) {
  put("paraphrase-en.gz", "0.5\na lot of\nmany\n0.1\na lot of\n  much\n1\na\nmany\n");
  const MeteorResources r = resources();
  const ParaphraseTable& t = *r.paraphrases;
  EXPECT_EQ(t.pairs(), 3U);
  const auto phrase = [&](const std::vector<std::string>& words) {
    auto place = ParaphraseTable::kStart;
    for (const std::string& word : words) place = t.extended(place, t.word(word));
    return place;
  };
  EXPECT_THAT(t.paraphrases(phrase({"a", "lot", "of"})),
              ElementsAre(phrase({"many"}), phrase({"much"})));
  EXPECT_THAT(t.paraphrases(phrase({"a"})), ElementsAre(phrase({"many"})));
  EXPECT_THAT(t.paraphrases(phrase({"a", "lot"})), ElementsAre());
  EXPECT_THAT(t.paraphrases(phrase({"many"})), ElementsAre());
  EXPECT_EQ(phrase({"lot"}), ParaphraseTable::kNoPhrase);
  EXPECT_EQ(phrase({"unknown"}), ParaphraseTable::kNoPhrase);
}

TEST_F(MeteorFolder, NamesEveryFileThatIsMissing) {
  fs::remove(folder() / "english.exceptions");
  fs::remove(folder() / "english.function.words");
  const std::string message = mistake();
  EXPECT_THAT(message, HasSubstr("english.exceptions"));
  EXPECT_THAT(message, HasSubstr("english.function.words"));
}

TEST_F(MeteorFolder, NamesTheLineThatIsWrong) {
  put("english.synsets", "dog\n1 2\nhound\n2 x\n");
  EXPECT_THAT(mistake(), HasSubstr("english.synsets:4: \"x\" is no synset number"));
  put("english.synsets", "dog\n1 2\nhound\n");
  EXPECT_THAT(mistake(), HasSubstr("english.synsets:3: the word \"hound\" has no line"));
  put("english.synsets", "dog\n1\n");
  put("paraphrase-en.gz", "0.5\na\nb\n0.5\na\n");
  EXPECT_THAT(mistake(), HasSubstr("paraphrase-en.gz:5: an empty or missing phrase"));
  put("paraphrase-en.gz", "0.5\n\nb\n");
  EXPECT_THAT(mistake(), HasSubstr("an empty or missing phrase"));
}

TEST_F(MeteorFolder, ReadsTheFoldersOfTheJar) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"english.synsets", "synonym/english.synsets"},
           {"english.exceptions", "synonym/english.exceptions"},
           {"english.function.words", "function/english.words"},
           {"english.nonbreaking.prefixes", "nonbreaking/english.prefixes"}}) {
    fs::create_directories((folder() / to).parent_path());
    fs::rename(folder() / from, folder() / to);
  }
  EXPECT_EQ(resources().synonyms.words(), 4U);
  EXPECT_TRUE(resources().function_words.words.contains("the"));
}

TEST_F(MeteorFolder, HasLinesWhateverTheirEnds) {
  const fs::path file = put("lines", "one\r\n\nthree");
  LineFile lines = LineFile::open(file).value();
  std::vector<std::string> seen;
  for (std::string_view line; lines.next(line);) seen.emplace_back(line);
  EXPECT_THAT(seen, ElementsAre("one", "", "three"));
  EXPECT_TRUE(lines.end());
  EXPECT_EQ(lines.digest(), sha256_hex("one\r\n\nthree"));
  EXPECT_EQ(lines.place(), file.string() + ":3");
}

TEST_F(MeteorFolder, SaysThatAPackedFileStopsShort) {
  const fs::path packed = meteor_folder() / "english.synsets.gz";
  if (!fs::exists(packed)) GTEST_SKIP() << "no packed file at " << packed;
  const std::string bytes = read_file(packed).value();
  fs::remove(folder() / "english.synsets");
  put("english.synsets.gz", bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(mistake(), HasSubstr("english.synsets.gz: damaged after line"));
  std::string flipped = bytes;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 0x55);
  put("english.synsets.gz", flipped);
  EXPECT_FALSE(mistake().empty());
}

}  // namespace unimo::eval
