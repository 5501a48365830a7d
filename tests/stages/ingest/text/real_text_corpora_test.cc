// The official samples, when they are there: counts as their makers publish them.
#include <gtest/gtest.h>

#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/text_corpora.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;

const fs::path kData = UNIMO_SHARED_DATA;

std::vector<DocumentRecord> documents_of(const StageBench& bench) {
  std::vector<DocumentRecord> documents;
  EXPECT_TRUE(visit_documents(bench.output(), [&](DocumentRecord& document) {
    documents.push_back(document);
    return ok();
  }));
  return documents;
}

std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

TEST(RealTextCorpora, TheWikipediaDumpHas140PagesAnd82Redirects) {
  const fs::path dump = kData / "wikipedia/enwiki-pages-articles-sample.xml.bz2";
  if (!fs::exists(dump)) GTEST_SKIP() << "no " << dump;
  StageBench bench;
  bench.cores(2);
  bench.input("texts", dump);
  const Status status = bench.run(run_ingest_bookwiki, BookWikiIngest{});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(bench.count("pages.redirects"), 82);
  const auto documents = documents_of(bench);
  EXPECT_EQ(documents.size(), 140U - 82U);
  EXPECT_EQ(documents.at(0).id, "12");
  EXPECT_EQ(documents.at(0).title, "Anarchism");
  EXPECT_TRUE(documents.at(0).text.starts_with(
      "Anarchism is a political philosophy that advocates self-governed societies"));
  EXPECT_FALSE(fs::exists(bench.output() / "quarantine.jsonl"));
  for (const DocumentRecord& document : documents) {
    for (const char* markup : {"{{", "}}", "[[", "<ref", "&nbsp;", "{|", "|-\n", "Category:"})
      EXPECT_EQ(count_of(document.text, markup), 0U) << document.title << " " << markup;
    EXPECT_GT(document.sentences.size(), 1U) << document.title;
  }
}

TEST(RealTextCorpora, TheWikiExtractorFileHas25Documents) {
  const fs::path folder = kData / "wikipedia/wikiextractor";
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << folder;
  StageBench bench;
  bench.input("texts", folder);
  const Status status = bench.run(run_ingest_bookwiki, BookWikiIngest{});
  ASSERT_TRUE(status) << status.error().message;
  const auto documents = documents_of(bench);
  EXPECT_EQ(documents.size(), 25U);
  for (const DocumentRecord& document : documents) {
    EXPECT_EQ(count_of(document.text, "\r"), 0U);
    EXPECT_EQ(count_of(document.text, " ()"), 0U) << document.title;
  }
}

TEST(RealTextCorpora, NovelsBecomeTheirChapters) {
  if (!fs::exists(kData / "books")) GTEST_SKIP() << "no " << kData / "books";
  StageBench bench;
  bench.input("texts", kData / "books");
  const Status status = bench.run(run_ingest_bookwiki, BookWikiIngest{});
  ASSERT_TRUE(status) << status.error().message;
  const auto documents = documents_of(bench);
  // Emma has 55 chapters, Mansfield Park 48, Pride and Prejudice 61, Sense and Sensibility 50.
  EXPECT_EQ(documents.size(), 55U + 48U + 61U + 50U);
  EXPECT_EQ(documents.at(0).title, "VOLUME I, CHAPTER I");
  for (const DocumentRecord& document : documents) {
    EXPECT_EQ(count_of(document.text, "_"), 0U) << document.id;
    EXPECT_EQ(count_of(document.text, "CHAPTER"), 0U) << document.id;
    EXPECT_EQ(count_of(document.text, "FINIS"), 0U) << document.id;
  }
}

TEST(RealTextCorpora, OpenWebTextHas350Documents) {
  const fs::path folder = kData / "openwebtext";
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << folder;
  StageBench bench;
  bench.cores(2);
  OpenWebTextIngest params;
  params.cleaning.exact_duplicates = false;
  for (int i = 1; i <= 4; ++i)
    bench.input("texts", folder / fmt::format("urlsf_subset_sample-{}_data.xz", i));
  const Status status = bench.run(run_ingest_openwebtext, params);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(documents_of(bench).size(), 350U);
  bench.input("texts", folder / "official_names");
  ASSERT_TRUE(bench.run(run_ingest_openwebtext, params));
  EXPECT_EQ(documents_of(bench).size(), 354U);
}

}  // namespace
}  // namespace unimo::stages
