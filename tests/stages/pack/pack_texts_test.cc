// Texts and documents, what is excluded, threads and stops.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "stages/pack/excluded_texts.h"
#include "tests/stages/pack/pack_fixture.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(Pack, ExcludedTextsStayOutOfThePackAndTheVocabulary) {
  add_texts("web", {"the cat sat on the mat", "a dog ate the bone", "zebras like quiet evenings"});
  EXPECT_TRUE(write_file(folder_.path() / "exclude_texts.txt", "web1\nweb9\nsome-page\t4\n"));
  inputs_["exclude_texts"].push_back({.path = folder_.path() / "exclude_texts.txt"});
  EXPECT_EQ(packed().texts(), 2U);
}

TEST_F(Pack, ListOfExcludedTextsWithAnotherFormIsRefused) {
  add_texts("web", {"the cat sat on the mat"});
  EXPECT_TRUE(write_file(folder_.path() / "exclude_texts.txt", "web1\npage\tseven\n"));
  inputs_["exclude_texts"].push_back({.path = folder_.path() / "exclude_texts.txt"});
  EXPECT_THAT(pack_error(), testing::AllOf(HasSubstr("exclude_texts.txt:2"), HasSubstr("seven")));
}

TEST_F(Pack, TextsGiveTheIdsOfTheTokenizerInEvenParts) {
  const std::string longer = "one dog two dogs three dogs four dogs five dogs six dogs seven dogs";
  add_texts("books", {"a dog sleeps", longer});
  params_.max_text_tokens = 10;
  const PackReader pack = packed();
  const auto ids = pack.tokenizer().encode(longer);
  const std::size_t parts = (ids.size() + 9) / 10;
  ASSERT_EQ(pack.texts(), 1 + parts);
  EXPECT_EQ(pack.text(0)->ids, pack.tokenizer().encode("a dog sleeps"));
  for (std::size_t part = 0; part < parts; ++part) {
    const auto begin = static_cast<std::ptrdiff_t>(ids.size() * part / parts);
    const auto end = static_cast<std::ptrdiff_t>(ids.size() * (part + 1) / parts);
    EXPECT_EQ(pack.text(1 + part)->ids, std::vector(ids.begin() + begin, ids.begin() + end));
  }
  EXPECT_FALSE(pack.info().counts.contains("documents"));
}

TEST_F(Pack, DocumentsBecomeTextsOfTheirSplit) {
  add_documents("web", {"the cat sat.\nit slept.", "a dog ate.", "the house sat."});
  const PackReader pack = packed();
  EXPECT_THAT(texts_of(pack),
              ElementsAre("the cat sat. it slept.", "a dog ate.", "the house sat."));
  EXPECT_THAT(pack.texts_of_split("train"), ElementsAre(0, 1));
  EXPECT_THAT(pack.texts_of_split("val"), ElementsAre(2));
  EXPECT_EQ(pack.info().counts["documents"]["train"], 2);
  EXPECT_EQ(pack.info().counts["sentences"], Json({{"train", 3}, {"val", 1}}));
  EXPECT_EQ(told("documents"), 3);
  EXPECT_EQ(told("sentences"), 4);
}

TEST_F(Pack, DocumentsAloneTrainTheVocabulary) {
  inputs_.clear();
  add_documents("web", {"many words make a text.\na text makes a vocabulary of many words.",
                        "many words make a text."});
  const PackReader pack = packed();
  EXPECT_EQ(pack.texts(), 2U);
  EXPECT_EQ(pack.images(), 0U);
}

TEST_F(Pack, TextsOfAnArtifactComeBeforeItsDocuments) {
  add_documents("web", {"a dog ate.", "the house sat."});
  auto line = *read_file(folder_.path() / "web/documents-00000.jsonl");
  add_texts("books", {"the cat sat", "it slept"});
  ASSERT_TRUE(write_file(folder_.path() / "books/documents-00000.jsonl", line));
  inputs_["texts"].erase(inputs_["texts"].begin());
  EXPECT_THAT(texts_of(packed()),
              ElementsAre("the cat sat", "it slept", "a dog ate.", "the house sat."));
}

TEST_F(Pack, RefusesAnArtifactWithoutTextsAndDocuments) {
  inputs_["texts"] = {inputs_["pairs"][0]};
  EXPECT_THAT(pack_error(), testing::AllOf(HasSubstr("flickr: neither texts"),
                                           HasSubstr("must be a records artifact")));
}

TEST_F(Pack, NamesTheDamagedLineOfADocument) {
  add_documents("web", {"a dog ate.", "the house sat."});
  const fs::path path = folder_.path() / "web/documents-00000.jsonl";
  std::string bytes = *read_file(path);
  ASSERT_TRUE(write_file(path, bytes.substr(0, bytes.size() - 20)));
  EXPECT_THAT(pack_error(), HasSubstr("documents-00000.jsonl:2"));
}

TEST_F(Pack, ExcludedDocumentsAndSentencesStayOut) {
  add_documents("web", {"the cat sat.\nquizzical zebras.\nit slept.", "a dog ate.", "it slept."});
  exclude_texts("web0\t1\nweb1\nbooks9\n");
  const PackReader pack = packed();
  EXPECT_THAT(texts_of(pack), ElementsAre("the cat sat.", "it slept.", "it slept."));
  // The vocabulary has not seen them either: "q" stands in no other text.
  EXPECT_THAT(pack.tokenizer().encode("q"), testing::Contains(trainer::kUnkId));
  EXPECT_EQ(told("documents.excluded"), 1);
  EXPECT_EQ(told("sentences.excluded"), 1);
  EXPECT_EQ(told("texts.excluded"), 0);
  EXPECT_EQ(told("documents"), 2);
}

TEST_F(Pack, AVocabularyTakesTheFrontOfASentenceWithoutEnd) {
  std::string endless;
  while (endless.size() < 4191) endless += "dog ";
  endless.resize(4191);
  add_documents("web", {endless + "\u00e9\u00e9 and quizzical", "a dog ate."});
  const PackReader pack = packed();
  EXPECT_THAT(pack.tokenizer().encode("q"), testing::Contains(trainer::kUnkId));
  // Not cut inside the letter.
  EXPECT_THAT(pack.tokenizer().encode("\u00e9"), testing::Contains(trainer::kUnkId));
}

TEST_F(Pack, IsTheSameWithTwoThreads) {
  add_documents("web", {"the cat sat.\nit slept.", "a dog ate.", "the house sat."});
  add_texts("books", {"One text of many words.", "Another."});
  ASSERT_TRUE(pack("one"));
  cores_ = 2;
  ASSERT_TRUE(pack("two"));
  EXPECT_EQ(tree_digest(*hash_tree(folder_.path() / "one")),
            tree_digest(*hash_tree(folder_.path() / "two")));
}

TEST_F(Pack, StopsWhenAsked) {
  inputs_.clear();
  add_documents("web", {"many words make a text.", "a text makes a vocabulary."});
  const std::string file = (folder_.path() / "job.json").string();
  ASSERT_TRUE(write_job(file, job()));
  const pid_t child = ::fork();
  if (child == 0) {
    const StageEntry entry{"pack", [](StageContext& context) {
                             ::raise(SIGTERM);
                             return run_pack(context);
                           }};
    std::array<std::string, 2> words{"unimo-stage", file};
    std::array<char*, 2> arguments{words[0].data(), words[1].data()};
    ::_exit(run_stage_program(2, arguments.data(), {&entry, 1}));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 8);
  EXPECT_FALSE(fs::exists(folder_.path() / "pack/texts.shard"));
}

TEST(ExcludedTexts, SentencesAreNamedByTheirDocumentAndNumber) {
  const TempDir folder = *TempDir::make("excluded");
  EXPECT_TRUE(write_file(folder.path() / "a.txt", "whole\r\npage\t0\npage\t12\n\n"));
  const std::vector<InputItem> files{{.path = folder.path() / "a.txt"}};
  const auto excluded = ExcludedTexts::read(files).value();
  EXPECT_EQ(excluded.size(), 3U);
  EXPECT_TRUE(excluded.has("whole"));
  EXPECT_FALSE(excluded.has("page"));
  EXPECT_TRUE(excluded.has_sentence("page", 12));
  EXPECT_FALSE(excluded.has_sentence("page", 1));
  EXPECT_FALSE(excluded.has_sentence("whole", 0));
}

}  // namespace
}  // namespace unimo::stages
