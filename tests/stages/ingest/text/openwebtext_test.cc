#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/text_corpora.h"
#include "tests/stages/ingest/stream/packers.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;

std::string tar(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string bytes;
  for (const auto& [name, content] : members) bytes += tar_member(name, content);
  return bytes + tar_end();
}

class OpenWebText : public testing::Test {
 protected:
  OpenWebText() {
    params_.cleaning.min_words = 2;
    bench_.input("texts", "in");
  }
  std::vector<DocumentRecord> run() {
    const Status status = bench_.run(run_ingest_openwebtext, params_);
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
  OpenWebTextIngest params_;
};

const std::string kInner =
    tar({{"openwebtext/0000001-ab.txt", "A first page. It is short.\n\nMore.\n"},
         {"openwebtext/0000002-cd.txt", "The second page is here."}});

TEST_F(OpenWebText, ReadsTheTarOfPackedTars) {
  bench_.write("in/openwebtext.tar",
               tar({{"openwebtext/urlsf_subset00-1_data.xz", xz(kInner)},
                    {"openwebtext/urlsf_subset01-7_data.xz",
                     xz(tar({{"0000001-ef.txt", "A third page is here."}}))}}));
  const auto documents = run();
  ASSERT_EQ(documents.size(), 3U);
  EXPECT_EQ(documents[0].id, "urlsf_subset00-1_data/0000001-ab");
  EXPECT_EQ(documents[0].text, "A first page. It is short.\nMore.\n");
  EXPECT_EQ(documents[0].sentences.size(), 3U);
  EXPECT_EQ(documents[2].id, "urlsf_subset01-7_data/0000001-ef");
}

TEST_F(OpenWebText, ReadsPackedMembersAndTextsThemselves) {
  bench_.write("in/urlsf_subset00-1_data.xz", xz(kInner));
  bench_.write("in/pages/0000009-gh.txt", "A page that lies unpacked.\r\n\r\nIts second.\r\n");
  const auto documents = run();
  ASSERT_EQ(documents.size(), 3U);
  EXPECT_EQ(documents[0].id, "pages/0000009-gh");
  EXPECT_EQ(documents[0].text, "A page that lies unpacked.\nIts second.\n");
  EXPECT_EQ(documents[1].id, "urlsf_subset00-1_data/0000001-ab");
}

TEST_F(OpenWebText, KeepsFurnitureUnlessToldOtherwise) {
  bench_.write("in/a.txt", "A page about dogs.\n\nShare this:\n\nAdvertisement\n\nDogs bark.\n");
  EXPECT_EQ(run().at(0).text, "A page about dogs.\nShare this:\nAdvertisement\nDogs bark.\n");
  params_.drop_furniture = true;
  EXPECT_EQ(run().at(0).text, "A page about dogs.\nDogs bark.\n");
  EXPECT_EQ(bench_.count("paragraphs.furniture"), 2);
}

TEST_F(OpenWebText, QuarantinesPagesThatAreNotUtf8) {
  bench_.write("in/a.xz", xz(tar({{"good.txt", "A good page here."},
                                  {"latin.txt", "A bad caf\xE9 page."},
                                  {"wide.txt", std::string("\xFF\xFE"
                                                           "a\0b\0",
                                                           6)}})));
  params_.max_bad_share = 1;
  EXPECT_EQ(run().size(), 1U);
  EXPECT_EQ(bench_.count("quarantine.invalid_utf8"), 1);
  EXPECT_EQ(bench_.count("quarantine.utf16"), 1);
  const auto lines = read_lines(bench_.output() / "quarantine.jsonl").value();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0] + lines[1], HasSubstr("a.xz: latin.txt"));
  EXPECT_THAT(lines[0] + lines[1], HasSubstr("byte 9 of the document is 0xE9"));
}

TEST_F(OpenWebText, AMemberThatIsCutNamesItself) {
  const std::string packed = xz(kInner);
  bench_.write("in/owt.tar",
               tar({{"urlsf_subset00-1_data.xz", packed.substr(0, packed.size() - 20)}}));
  const Status status = bench_.run(run_ingest_openwebtext, params_);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("urlsf_subset00-1_data.xz"));
}

TEST_F(OpenWebText, RefusesMembersThatLeaveTheirFolder) {
  bench_.write("in/owt.tar", tar({{"/etc/0000001-ab.txt", "An absolute name."}}));
  const Status status = bench_.run(run_ingest_openwebtext, params_);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("/etc/0000001-ab.txt"));
}

TEST_F(OpenWebText, SetsItsCountAgainstTheOfficialOneWhenAllSubsetsAreThere) {
  for (int i = 0; i < 20; ++i) {
    bench_.write(fmt::format("in/urlsf_subset{:02}-1_data.xz", i),
                 xz(tar({{"a.txt", fmt::format("This is page number {}.", i)}})));
  }
  EXPECT_EQ(run().size(), 20U);
  Json statistics = read_json(bench_.output() / "statistics.json").value();
  EXPECT_FALSE(statistics.contains("official"));
  bench_.write("in/urlsf_subset20-1_data.xz", xz(tar({{"a.txt", "This is the last page."}})));
  EXPECT_EQ(run().size(), 21U);
  statistics = read_json(bench_.output() / "statistics.json").value();
  EXPECT_EQ(statistics["official"]["documents"]["found"], 21);
  EXPECT_EQ(statistics["official"]["documents"]["official"], 8013769);
}

}  // namespace
}  // namespace unimo::stages
