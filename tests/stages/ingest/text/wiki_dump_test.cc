#include "stages/ingest/text/wiki_dump.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/stages/ingest/text/dump_builder.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;

// Bytes in memory, given in small pieces so that names and entities are cut in two.
class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string bytes, std::size_t piece = 7)
      : bytes_(std::move(bytes)), piece_(piece) {}
  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t count = std::min({piece_, into.size(), bytes_.size() - given_});
    std::copy_n(bytes_.data() + given_, count, into.data());
    given_ += count;
    return count;
  }
  const std::string& name() const override { return name_; }
  std::int64_t consumed() const override { return static_cast<std::int64_t>(given_); }
  std::int64_t file_size() const override { return static_cast<std::int64_t>(bytes_.size()); }

 private:
  std::string name_ = "dump.xml", bytes_;
  std::size_t piece_, given_ = 0;
};

struct Read {
  WikiSite site;
  std::vector<WikiPage> pages;
  Status status;
};

Read read(const std::string& xml, std::size_t max_page_bytes = 1 << 20) {
  Read result;
  TextSource source(xml);
  WikiDumpVisitor visitor;
  visitor.site = [&](const WikiSite& site) {
    result.site = site;
    return ok();
  };
  visitor.page = [&](WikiPage& page) {
    result.pages.push_back(page);
    return ok();
  };
  visitor.max_page_bytes = max_page_bytes;
  result.status = visit_wiki_dump(source, visitor);
  return result;
}

TEST(WikiDump, GivesEachPageWithItsOwnIdAndText) {
  const std::string xml = dump_of(page_of(12, "A &amp; B", "x &amp;nbsp; &lt;b&gt;\ny") +
                                  page_of(13, "C", "", "    <redirect title=\"A\" />\n") +
                                  page_of(14, "Talk:D", "d", "", 1));
  const Read result = read(xml);
  ASSERT_TRUE(result.status) << result.status.error().message;
  EXPECT_EQ(result.site.database, "testwiki");
  EXPECT_EQ(result.site.namespaces.at(6), "Picture");
  ASSERT_EQ(result.pages.size(), 3U);
  EXPECT_EQ(result.pages[0].id, "12");
  EXPECT_EQ(result.pages[0].title, "A & B");
  EXPECT_EQ(result.pages[0].text, "x &nbsp; <b>\ny");
  EXPECT_EQ(result.pages[0].model, "wikitext");
  EXPECT_EQ(result.pages[0].offset, static_cast<std::int64_t>(xml.find("<page>")));
  EXPECT_FALSE(result.pages[0].redirect);
  EXPECT_TRUE(result.pages[1].redirect);
  EXPECT_EQ(result.pages[2].space, 1);
}

TEST(WikiDump, KeepsTheLastOfSeveralRevisions) {
  std::string page = page_of(1, "A", "old");
  const std::size_t end = page.find("  </page>");
  page.insert(end, "    <revision><id>99</id><text>new</text></revision>\n");
  const Read result = read(dump_of(page));
  ASSERT_TRUE(result.status);
  EXPECT_EQ(result.pages.at(0).text, "new");
  EXPECT_EQ(result.pages.at(0).revisions, 2);
}

TEST(WikiDump, SaysWhereACutDumpEnds) {
  const std::string xml = dump_of(page_of(1, "Good", "a") + page_of(2, "Cut page", "bbbbbbbb"));
  const Read result = read(xml.substr(0, xml.find("bbbb") + 4));
  ASSERT_FALSE(result.status);
  EXPECT_EQ(result.status.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(result.status.error().message, HasSubstr("inside the page \"Cut page\""));
  EXPECT_THAT(result.status.error().message, HasSubstr("download the file again"));
  EXPECT_THAT(result.status.error().message, HasSubstr("byte "));
  EXPECT_EQ(result.pages.size(), 1U);
}

TEST(WikiDump, NamesTheByteOfBadUtf8) {
  const std::string xml = dump_of(page_of(1, "Latin", "caf\xE9 olé"));
  const Read result = read(xml);
  ASSERT_FALSE(result.status);
  EXPECT_THAT(result.status.error().message, HasSubstr("byte " + std::to_string(xml.find('\xE9'))));
}

TEST(WikiDump, RefusesDocumentTypes) {
  const Read result = read("<!DOCTYPE x [<!ENTITY a \"b\">]><mediawiki></mediawiki>");
  ASSERT_FALSE(result.status);
  EXPECT_THAT(result.status.error().message, HasSubstr("document type declaration"));
}

TEST(WikiDump, TellsPagesThatAreTooLarge) {
  const Read result =
      read(dump_of(page_of(1, "Big", std::string(5000, 'x')) + page_of(2, "Small", "y")), 1000);
  ASSERT_TRUE(result.status);
  ASSERT_EQ(result.pages.size(), 2U);
  EXPECT_TRUE(result.pages[0].too_large);
  EXPECT_TRUE(result.pages[0].text.empty());
  EXPECT_FALSE(result.pages[1].too_large);
  EXPECT_EQ(result.pages[1].text, "y");
}

TEST(WikiDump, EndsWithTheVisitorsError) {
  TextSource source(dump_of(page_of(1, "A", "a") + page_of(2, "B", "b")));
  int seen = 0;
  WikiDumpVisitor visitor;
  visitor.page = [&](WikiPage&) -> Status {
    ++seen;
    return fail(ErrorCode::kCancelled, "stopped");
  };
  const Status status = visit_wiki_dump(source, visitor);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(seen, 1);
}

TEST(WikiDump, IsToldByItsBeginning) {
  EXPECT_TRUE(is_wiki_dump("<mediawiki xmlns="));
  EXPECT_TRUE(is_wiki_dump("\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<mediawiki>"));
  EXPECT_FALSE(is_wiki_dump("<?xml version=\"1.0\"?><html>"));
  EXPECT_FALSE(is_wiki_dump("plain text"));
}

}  // namespace
}  // namespace unimo::stages
