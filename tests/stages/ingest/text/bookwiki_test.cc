#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/text_corpora.h"
#include "tests/stages/ingest/text/dump_builder.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;

class BookWiki : public testing::Test {
 protected:
  BookWiki() {
    params_.cleaning.min_words = 2;
    bench_.input("texts", "in");
  }
  std::vector<DocumentRecord> run() {
    const Status status = bench_.run(run_ingest_bookwiki, params_);
    EXPECT_TRUE(status) << (status ? "" : status.error().message);
    std::vector<DocumentRecord> documents;
    if (!status) return documents;
    EXPECT_TRUE(visit_documents(bench_.output(), [&](DocumentRecord& document) {
      documents.push_back(document);
      return ok();
    }));
    return documents;
  }
  StageBench bench_;
  BookWikiIngest params_;
};

std::vector<std::string> sentences(const DocumentRecord& document) {
  std::vector<std::string> texts;
  for (const auto& span : document.sentences)
    texts.push_back(document.text.substr(span.begin, span.end - span.begin));
  return texts;
}

TEST_F(BookWiki, TakesArticlesAndCountsTheOtherPages) {
  bench_.write("in/dump.xml",
               dump_of(page_of(1, "Dog",
                               "A '''dog''' barks. It runs.\n\nIt is [[old]]. "
                               "[[Picture:x.jpg|thumb|no]] [[kind:Dogs]]") +
                       page_of(2, "Hound", "", "    <redirect title=\"Dog\" />\n") +
                       page_of(3, "Talk:Dog", "some talk here", "", 1) +
                       page_of(4, "Old", "#redirect [[Dog]]") + page_of(5, "Void", "{{stub}}")));
  const auto documents = run();
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].id, "1");
  EXPECT_EQ(documents[0].title, "Dog");
  EXPECT_EQ(documents[0].text, "A dog barks. It runs.\nIt is old.\n");
  EXPECT_THAT(sentences(documents[0]),
              testing::ElementsAre("A dog barks.", "It runs.", "It is old."));
  EXPECT_EQ(bench_.count("pages.redirects"), 2);
  EXPECT_EQ(bench_.count("pages.other_namespaces"), 1);
  EXPECT_EQ(bench_.count("documents.empty"), 1);
}

TEST_F(BookWiki, GivesTheSameForAnyNumberOfThreads) {
  std::string pages;
  for (int i = 1; i <= 300; ++i)
    pages +=
        page_of(i, fmt::format("T{}", i), fmt::format("Article {} is {{{{x}}}} here. Yes.", i));
  bench_.write("in/dump.xml", dump_of(pages));
  bench_.cores(1);
  EXPECT_EQ(run().size(), 300U);
  const std::string digest = bench_.digest();
  bench_.cores(4);
  EXPECT_EQ(run().size(), 300U);
  EXPECT_EQ(bench_.digest(), digest);
}

TEST_F(BookWiki, ReadsExtractsWithCarriageReturns) {
  bench_.write(
      "in/AA/wiki_00",
      "<doc id=\"12\" url=\"https://x?curid=12\" title=\"A &amp; &quot;B&quot;\">\r\n"
      "A & \"B\"\r\n\r\nFirst () paragraph ( ). Two.\r\n\r\nSecond one.\r\n\r\n</doc>\r\n"
      "<doc id=\"13\" url=\"https://x?curid=13\" title=\"C\">\r\nC\r\n\r\nSee it.\r\n</doc>\r\n");
  const auto documents = run();
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(documents[0].id, "12");
  EXPECT_EQ(documents[0].title, "A & \"B\"");
  EXPECT_EQ(documents[0].text, "First paragraph. Two.\nSecond one.\n");
  EXPECT_EQ(documents[1].text, "See it.\n");
}

TEST_F(BookWiki, QuarantinesArticlesThatAreCut) {
  bench_.write("in/wiki_00",
               "<doc id=\"1\" url=\"\" title=\"A\">\nA\n\ncut off here\n"
               "<doc id=\"2\" url=\"\" title=\"B\">\nB\n\nwhole one\n</doc>\nstray\nlines\n");
  params_.max_bad_share = 1;
  EXPECT_EQ(run().size(), 1U);
  EXPECT_EQ(bench_.count("quarantine.cut_document"), 1);
  EXPECT_EQ(bench_.count("quarantine.no_article"), 1);
}

TEST_F(BookWiki, ReadsJsonExtracts) {
  bench_.write(
      "in/wiki_00",
      "{\"id\": \"7\", \"url\": \"\", \"title\": \"T\", \"text\": \"Some text.\\nMore of it.\"}\n"
      "{\"id\": \"8\", \"title\"\n");
  params_.max_bad_share = 1;
  const auto documents = run();
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].id, "7");
  EXPECT_EQ(documents[0].text, "Some text.\nMore of it.\n");
  EXPECT_EQ(bench_.count("quarantine.malformed_json"), 1);
}

TEST_F(BookWiki, ReadsSentenceLinesOfBookCorpus) {
  bench_.write("in/books_large_p1.txt",
               "he ran .\n`` stop , '' she said .\nit was late .\nhe did not stop .\n");
  params_.sentences_per_document = 3;
  const auto documents = run();
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(documents[0].id, "books_large_p1.txt:1");
  EXPECT_EQ(documents[0].text, "he ran . \" stop , \" she said . it was late .\n");
  EXPECT_EQ(documents[0].sentences.size(), 3U);
  EXPECT_EQ(documents[1].id, "books_large_p1.txt:4");
  EXPECT_EQ(bench_.count("sentences.ptb_quotes"), 1);
}

TEST_F(BookWiki, JoinsTheLinesOfBooksAndCutsThemAtChapters) {
  bench_.write(
      "in/emma.txt",
      "Header of the library\n*** START OF THE PROJECT GUTENBERG EBOOK EMMA ***\n\nEMMA\n\n"
      "VOLUME I\n\n\nCHAPTER I\n\nEmma was _very_\nclever--\nand rich. She\nwas well-\nknown.\n\n"
      "[Illustration: a house]\n\nSecond paragraph here.\n\nCHAPTER II\n\nMore of it.\n\nTHE "
      "END\n\n"
      "*** END OF THE PROJECT GUTENBERG EBOOK EMMA ***\nLicence text follows here.\n");
  const auto documents = run();
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(documents[0].title, "VOLUME I, CHAPTER I");
  EXPECT_EQ(documents[0].id, "emma.txt:6");
  EXPECT_EQ(documents[0].text,
            "Emma was very clever--and rich. She was well-known.\nSecond paragraph here.\n");
  EXPECT_EQ(documents[1].title, "CHAPTER II");
  EXPECT_EQ(documents[1].text, "More of it.\n");
}

TEST_F(BookWiki, CanBeToldTheFormat) {
  bench_.write("in/a.txt", "he ran .\nshe ran .\nthey ran .\n");
  params_.format = "book";
  const auto documents = run();
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].text, "he ran . she ran . they ran .\n");
}

TEST_F(BookWiki, QuarantinesLatinOneWithItsByte) {
  bench_.write("in/a.txt", "This is a caf\xE9 in Latin 1.\n");
  const Status status = bench_.run(run_ingest_bookwiki, params_);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("invalid_utf8"));
  EXPECT_THAT(status.error().message, HasSubstr("byte 13 of the document is 0xE9"));
  EXPECT_THAT(status.error().message, HasSubstr("a.txt:1"));
}

TEST_F(BookWiki, ComposesAccentsAndTidiesNoBreakBlanks) {
  bench_.write("in/a.txt", "A cafe\xE2\x80\x8B\xCC\x81\xC2\xA0is here.\n");
  const auto documents = run();
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].text, "A caf\xC3\xA9 is here.\n");
  EXPECT_EQ(bench_.count("documents.nfc"), 1);
}

TEST_F(BookWiki, LinesEndAtLineFeedsAlone) {
  bench_.write("in/books.txt",
               "one\x0C two .\nthree\xE2\x80\xA8"
               "four .\nfive\xC2\x85six .\n");
  params_.format = "sentences";
  const auto documents = run();
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].sentences.size(), 3U);
  EXPECT_EQ(documents[0].text, "one two . three four . five six .\n");
}

TEST_F(BookWiki, LeavesOutRepetitionsShortOnesAndOtherScripts) {
  std::string words;
  for (int i = 0; i < 60; ++i) words += fmt::format("word{} ", i * i);
  bench_.write(
      "in/dump.xml",
      dump_of(page_of(1, "A", words + "end.") + page_of(2, "B", "'''" + words + "''' END!") +
              page_of(3, "C", words + "other") + page_of(4, "D", "one") +
              page_of(5, "E", "\xD0\x94\xD0\xB0 \xD0\x9D\xD0\xB5\xD1\x82 \xD0\xB4\xD0\xB0")));
  params_.cleaning.script = "latin";
  params_.cleaning.near_duplicates = true;
  const auto documents = run();
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].id, "1");
  EXPECT_EQ(bench_.count("documents.duplicate"), 1);
  EXPECT_EQ(bench_.count("documents.near_duplicate"), 1);
  EXPECT_EQ(bench_.count("documents.short"), 1);
  EXPECT_EQ(bench_.count("documents.other_script"), 1);
}

TEST_F(BookWiki, SplitsByIdAndSeed) {
  std::string pages;
  for (int i = 1; i <= 400; ++i)
    pages += page_of(i, "T", fmt::format("Article number {} here.", i));
  bench_.write("in/dump.xml", dump_of(pages));
  params_.cleaning.val_share = 0.25;
  EXPECT_EQ(run().size(), 400U);
  EXPECT_GT(bench_.count("documents.val"), 60);
  EXPECT_LT(bench_.count("documents.val"), 140);
}

TEST_F(BookWiki, EndsAtMaxDocuments) {
  std::string pages;
  for (int i = 1; i <= 900; ++i)
    pages += page_of(i, "T", fmt::format("Article number {} here.", i));
  bench_.write("in/dump.xml", dump_of(pages));
  params_.cleaning.max_documents = 5;
  EXPECT_EQ(run().size(), 5U);
}

TEST_F(BookWiki, ACutDumpIsAnErrorThatNamesTheFile) {
  const std::string xml = dump_of(page_of(1, "A", "long enough text"));
  bench_.write("in/dump.xml", xml.substr(0, xml.find("enough")));
  const Status status = bench_.run(run_ingest_bookwiki, params_);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("dump.xml"));
  EXPECT_THAT(status.error().message, HasSubstr("cut"));
}

TEST_F(BookWiki, TheSamePageTwiceIsAnError) {
  bench_.write("in/dump.xml",
               dump_of(page_of(1, "A", "first text") + page_of(1, "A", "second text")));
  const Status status = bench_.run(run_ingest_bookwiki, params_);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("given twice"));
}

TEST_F(BookWiki, PassesOverTheIndexOfADump) {
  bench_.write("in/x-multistream-index.txt", "606:10:AccessibleComputing\n");
  bench_.write("in/a.txt", "A text of words.\n");
  EXPECT_EQ(run().size(), 1U);
  EXPECT_EQ(bench_.count("files.passed_over"), 1);
}

}  // namespace
}  // namespace unimo::stages
