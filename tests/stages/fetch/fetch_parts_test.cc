// The parts of fetch.images that need no network: addresses, politeness, lists, robots tags.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>
#include <set>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/job.h"
#include "stages/fetch/address.h"
#include "stages/fetch/host_queue.h"
#include "stages/fetch/robots_tag.h"
#include "stages/fetch/row_plan.h"
#include "stages/fetch/url_lists.h"

namespace unimo::stages {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string url_of(std::string_view text) {
  const auto address = parse_address(text, FetchImages().rewrites);
  return address ? address->url : "";
}

TEST(Address, BlanksAndBytesBeyondAsciiAreEncodedAndEscapesStay) {
  EXPECT_EQ(url_of(" http://host.example/a b/\xC3\xBC%20.jpg?q=1 2 \r"),
            "http://host.example/a%20b/%c3%bc%20.jpg?q=1+2");
}

TEST(Address, HostsAreLowerCaseAndFragmentsGo) {
  EXPECT_EQ(url_of("http://HOST.Example/A.jpg#top"), "http://host.example/A.jpg");
}

TEST(Address, TheHostThatPausesCountForHasItsPort) {
  EXPECT_EQ(parse_address("http://Host.example:81/a", {})->host, "host.example:81");
  EXPECT_EQ(parse_address("https://host.example/a", {})->host, "host.example");
}

TEST(Address, SbuHostsMoveToTheirNewName) {
  EXPECT_EQ(url_of("http://static.flickr.com/2723/4385058960_b0f291553e.jpg"),
            "https://live.staticflickr.com/2723/4385058960_b0f291553e.jpg");
  EXPECT_EQ(url_of("http://farm3.static.flickr.com:80/1/2_3.jpg"),
            "https://live.staticflickr.com/1/2_3.jpg");
  EXPECT_EQ(url_of("https://farm3.staticflickr.com/1/2_o.jpg"),
            "https://farm3.staticflickr.com/1/2_o.jpg");
}

TEST(Address, OtherSchemesUserNamesAndControlCharactersAreRefused) {
  for (const char* text : {"ftp://host.example/a", "file:///a", "//host.example/a",
                           "host.example/a", "http://me:secret@host.example/a",
                           "http://host.example/a\x01", "http://", "javascript:alert(1)"})
    EXPECT_FALSE(parse_address(text, {})) << text;
  EXPECT_FALSE(parse_address("http://host.example/" + std::string(9000, 'a'), {}));
}

TEST(Address, HostIsUtf8OrNone) {
  EXPECT_EQ(parse_address("http://b\xC3\xBC"
                          "cher.example/a",
                          {})
                ->host,
            "b\xC3\xBC"
            "cher.example");
  EXPECT_FALSE(
      parse_address("http://b\xFC"
                    "cher.example/a",
                    {}));
}

bool may_connect_to(const std::string& text, bool allow_loopback = false) {
  sockaddr_storage storage{};
  if (text.find(':') == std::string::npos) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    EXPECT_EQ(::inet_pton(AF_INET, text.c_str(), &v4.sin_addr), 1) << text;
    std::memcpy(&storage, &v4, sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr), 1) << text;
    std::memcpy(&storage, &v6, sizeof v6);
  }
  return may_connect(reinterpret_cast<const sockaddr&>(storage), allow_loopback);
}

TEST(MayConnect, AddressesInsideNetworksAreClosed) {
  for (const char* text : {"10.1.2.3",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.0.1",
                           "169.254.169.254",
                           "100.64.0.1",
                           "127.0.0.1",
                           "0.0.0.0",
                           "224.0.0.1",
                           "255.255.255.255",
                           "198.18.0.1",
                           "::",
                           "::1",
                           "fe80::1",
                           "fc00::1",
                           "fd12::1",
                           "ff02::1",
                           "::ffff:10.0.0.1",
                           "64:ff9b::a00:1",
                           "2002:a00:1::",
                           "2001:db8::1",
                           "2001::1"})
    EXPECT_FALSE(may_connect_to(text)) << text;
}

TEST(MayConnect, AddressesOfTheWorldAreOpen) {
  for (const char* text : {"8.8.8.8", "172.32.0.1", "100.128.0.1", "11.0.0.1", "2600::1",
                           "2001:4860:4860::8888", "::ffff:8.8.8.8"})
    EXPECT_TRUE(may_connect_to(text)) << text;
}

TEST(MayConnect, LoopbackOpensAloneWhenAllowed) {
  EXPECT_TRUE(may_connect_to("127.8.0.1", true));
  EXPECT_TRUE(may_connect_to("::1", true));
  EXPECT_FALSE(may_connect_to("10.0.0.1", true));
  EXPECT_FALSE(may_connect_to("::", true));
}

TEST(RobotsTag, ForbidsWhatIsSaidToAllOrToUs) {
  for (const char* value :
       {"noai", " NoImageAI \r\n", "nofollow, noimageindex", "unimo: noai", "*: noindex", "none",
        "googlebot: nofollow, unimo: noai", "unavailable_after: 25 Jun 2030 15:00:00 PST, noai"})
    EXPECT_TRUE(robots_tag_forbids(value)) << value;
}

TEST(RobotsTag, AllowsTheRest) {
  for (const char* value : {"", "all", "nofollow", "googlebot: noindex, noai", "noaim",
                            "max-snippet: 10", "unimo: all, otherbot: noai"})
    EXPECT_FALSE(robots_tag_forbids(value)) << value;
}

class HostQueueTest : public ::testing::Test {
 protected:
  static Request request(std::int64_t row, const std::string& host) {
    return {.row = row, .address = {.url = "http://" + host + "/", .host = host}};
  }
  std::vector<std::int64_t> all_at(HostQueue& queue, HostQueue::Time now) {
    std::vector<std::int64_t> rows;
    while (auto next = queue.next(now)) rows.push_back(next->row);
    return rows;
  }
  HostQueue::Time start_{100s};
};

TEST_F(HostQueueTest, HostsTakeTurnsAndKeepTheirOrder) {
  HostQueue queue({.connections = 10, .per_host = 10});
  for (int row = 0; row < 3; ++row) queue.add(request(row, "a"));
  for (int row = 3; row < 5; ++row) queue.add(request(row, "b"));
  EXPECT_THAT(all_at(queue, start_), ElementsAre(0, 3, 1, 4, 2));
}

TEST_F(HostQueueTest, OneHostGetsItsConnectionsAndAnotherGoesOn) {
  HostQueue queue({.connections = 10, .per_host = 2});
  for (int row = 0; row < 4; ++row) queue.add(request(row, "a"));
  queue.add(request(4, "b"));
  EXPECT_THAT(all_at(queue, start_), ElementsAre(0, 4, 1));
  EXPECT_FALSE(queue.next_time());
  queue.done("a");
  EXPECT_THAT(all_at(queue, start_), ElementsAre(2));
}

TEST_F(HostQueueTest, NoMoreConnectionsInAllThanAllowed) {
  HostQueue queue({.connections = 2, .per_host = 2});
  for (int row = 0; row < 4; ++row) queue.add(request(row, std::to_string(row)));
  EXPECT_EQ(all_at(queue, start_).size(), 2u);
  EXPECT_EQ(queue.active(), 2);
  EXPECT_EQ(queue.waiting(), 2);
  queue.done("0");
  EXPECT_EQ(all_at(queue, start_).size(), 1u);
}

TEST_F(HostQueueTest, AHostPausesBetweenRequests) {
  HostQueue queue({.connections = 10, .per_host = 10, .pause = 100ms});
  for (int row = 0; row < 3; ++row) queue.add(request(row, "a"));
  EXPECT_THAT(all_at(queue, start_), ElementsAre(0));
  EXPECT_EQ(queue.next_time(), start_ + 100ms);
  EXPECT_THAT(all_at(queue, start_ + 99ms), ElementsAre());
  EXPECT_THAT(all_at(queue, start_ + 100ms), ElementsAre(1));
  EXPECT_THAT(all_at(queue, start_ + 350ms), ElementsAre(2));
}

TEST_F(HostQueueTest, AHeldHostIsAskedNothingMeanwhile) {
  HostQueue queue({.connections = 10, .per_host = 10});
  queue.add(request(0, "a"));
  queue.hold("a", start_ + 5s);
  queue.add(request(1, "a"));
  queue.add(request(2, "b"));
  EXPECT_THAT(all_at(queue, start_), ElementsAre(2));
  EXPECT_THAT(all_at(queue, start_ + 5s), ElementsAre(0, 1));
}

TEST_F(HostQueueTest, WhatIsTriedAgainWaitsAndThenGoesFirst) {
  HostQueue queue({.connections = 1, .per_host = 1});
  queue.add_later(request(0, "a"), start_ + 1s);
  queue.add(request(1, "a"));
  queue.add(request(2, "a"));
  EXPECT_THAT(all_at(queue, start_), ElementsAre(1));
  EXPECT_FALSE(queue.next_time());
  queue.done("a");
  EXPECT_THAT(all_at(queue, start_ + 2s), ElementsAre(0));
}

TEST_F(HostQueueTest, IdleHostsAreForgottenButNotTheirPauses) {
  HostQueue queue({.connections = 100'000, .per_host = 1, .pause = 10s});
  for (int row = 0; row < 9000; ++row) queue.add(request(row, std::to_string(row)));
  EXPECT_EQ(all_at(queue, start_).size(), 9000u);
  for (int row = 0; row < 9000; ++row) queue.done(std::to_string(row));
  queue.add(request(9000, "17"));
  queue.add(request(9001, "new"));
  EXPECT_THAT(all_at(queue, start_ + 5s), ElementsAre(9001));
  EXPECT_THAT(all_at(queue, start_ + 10s), ElementsAre(9000));
}

class UrlListsTest : public ::testing::Test {
 protected:
  void list(const std::string& name, std::string_view text) {
    ASSERT_TRUE(write_file(folder_.path() / name, text).has_value());
    items_.push_back({.path = folder_.path() / name});
  }
  std::vector<std::string> rows(const UrlListOptions& options = {}) {
    std::vector<std::string> texts;
    const auto lists = UrlLists::find(items_, options);
    EXPECT_TRUE(lists.has_value());
    const Status status = lists->visit([&](const ListedUrl& listed) {
      EXPECT_EQ(listed.row, static_cast<std::int64_t>(texts.size()));
      texts.push_back(listed.bad_row ? "bad" : std::string(listed.text));
      return ok();
    });
    EXPECT_TRUE(status.has_value()) << (status ? "" : status.error().message);
    return texts;
  }
  TempDir folder_ = *TempDir::make("unimo-lists-");
  std::vector<InputItem> items_;
};

TEST_F(UrlListsTest, ATsvWithOneOrThreeColumnsHasABadRow) {
  list("a.tsv", "one\thttp://a/\nhttp://b/\nthree\thttp://c/\tof\r\ntwo \"\thttp://d/");
  EXPECT_THAT(rows(), ElementsAre("http://a/", "bad", "bad", "http://d/"));
}

TEST_F(UrlListsTest, ACsvHasQuotesAndItsColumnIsFoundByName) {
  list("a.csv",
       "ImageID,OriginalURL,Title,Thumbnail300KURL\n"
       "1,http://a/,\"one, \"\"two\"\"\",http://t/\n"
       "2,http://b/\n"
       "3,http://c/,\"over\ntwo lines\",\n");
  EXPECT_THAT(rows(), ElementsAre("http://a/", "bad", "http://c/"));
  EXPECT_THAT(rows({.column = "Thumbnail300KURL"}), ElementsAre("http://t/", "bad", ""));
}

TEST_F(UrlListsTest, ACsvWithoutTheColumnIsAnError) {
  list("a.csv", "ImageID,OriginalURL\n1,http://a/\n");
  const auto lists = UrlLists::find(items_, {.format = "csv", .column = "Adress"});
  ASSERT_TRUE(lists.has_value());
  const Status status = lists->visit([](const ListedUrl&) { return ok(); });
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message, HasSubstr("no column Adress"));
}

TEST_F(UrlListsTest, JsonIsAListOrHasOne) {
  list("a.json", R"( {"user_ids": ["u"], "image_urls": ["http://a/", null], "captions": ["c"]})");
  list("b.json", R"(["http://b/"])");
  EXPECT_THAT(rows(), ElementsAre("http://a/", "bad", "http://b/"));
}

TEST_F(UrlListsTest, JsonWithoutAddressesIsAnError) {
  list("a.json", R"({"urls": []})");
  const Status status = UrlLists::find(items_, {})->visit([](const ListedUrl&) { return ok(); });
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message, HasSubstr("image_urls"));
}

TEST_F(UrlListsTest, EmptyLinesAreRowsBecauseCaptionsLieBeside) {
  list("urls.txt", "\xEF\xBB\xBFhttp://a/\n\nhttp://b/\n");
  EXPECT_THAT(rows(), ElementsAre("http://a/", "", "http://b/"));
}

TEST_F(UrlListsTest, TheFirstRowsOfAllLists) {
  list("a.txt", "http://a/\nhttp://b/\n");
  list("b.txt", "http://c/\nhttp://d/\n");
  EXPECT_THAT(rows({.max_rows = 3}), ElementsAre("http://a/", "http://b/", "http://c/"));
}

TEST_F(UrlListsTest, NoFileIsAnError) {
  EXPECT_FALSE(UrlLists::find(items_, {}).has_value());
  items_.push_back({.path = folder_.path() / "missing.txt"});
  EXPECT_FALSE(UrlLists::find(items_, {}).has_value());
}

// What the corpora's own files give. Nothing of it is asked.
class RealLists : public UrlListsTest {
 protected:
  bool find(const std::string& name) {
    const std::filesystem::path path = std::filesystem::path(UNIMO_SHARED_DATA) / name;
    if (!std::filesystem::exists(path)) return false;
    items_.push_back({.path = path});
    return true;
  }
  std::set<std::string> hosts(const std::vector<std::string>& texts) {
    std::set<std::string> hosts;
    for (const std::string& text : texts) {
      const auto address = parse_address(text, FetchImages().rewrites);
      EXPECT_TRUE(address) << text;
      if (address) hosts.insert(address->host);
    }
    return hosts;
  }
};

TEST_F(RealLists, ConceptualCaptionsHaveAnAddressInEveryRow) {
  if (!find("cc/Validation_GCC-1.1.0-Validation.part_shared.tsv"))
    GTEST_SKIP() << "no Conceptual Captions in " UNIMO_SHARED_DATA;
  const auto texts = rows();
  EXPECT_EQ(texts.size(), 12'667u);
  EXPECT_GT(hosts(texts).size(), 1000u);
  const auto lists = UrlLists::find(items_, {});
  const FetchImages params;
  const auto plan = RowPlan::make(*lists, params.rewrites, folder_.path());
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->rows(), 12'667);
  EXPECT_TRUE(plan->bad().empty());
}

TEST_F(RealLists, SbuListsGiveOneAddressOnTheNewHost) {
  if (!find("sbu/SBU_captioned_photo_dataset_urls.sample.txt") ||
      !find("sbu/sbu-captions-all.sample.json"))
    GTEST_SKIP() << "no SBU in " UNIMO_SHARED_DATA;
  const auto texts = rows();
  EXPECT_EQ(texts.size(), 2u);
  EXPECT_THAT(hosts(texts), ElementsAre("live.staticflickr.com"));
}

TEST_F(RealLists, OpenImagesListsGiveTheirOriginals) {
  if (!find("openimages/images-with-rotation.sample.csv"))
    GTEST_SKIP() << "no OpenImages in " UNIMO_SHARED_DATA;
  const auto texts = rows();
  ASSERT_FALSE(texts.empty());
  for (const std::string& text : texts) EXPECT_THAT(text, HasSubstr("_o.jpg"));
}

TEST_F(UrlListsTest, APlanKnowsWhatRepeats) {
  list("a.txt", "http://a/\nno\nhttp://b/\nhttp://A/#x\nhttp://b/\n http://a/\n");
  const auto lists = UrlLists::find(items_, {});
  const std::vector<HostRewrite> rewrites;
  auto plan = RowPlan::make(*lists, rewrites, folder_.path());
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->addresses(), 2);
  std::vector<std::int64_t> repeated;
  for (std::int64_t row = 0; row < plan->rows(); ++row)
    if (plan->repeats(row)) repeated.push_back(row);
  EXPECT_THAT(repeated, ElementsAre(3, 4, 5));
  EXPECT_EQ(plan->bad().at("bad_url"), 1);
}

}  // namespace
}  // namespace unimo::stages
