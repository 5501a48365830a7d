// What becomes of whole lists: hosts and their shares, repeated addresses, limits, mirrors.
#include "stages/fetch/fetcher.h"
#include "tests/stages/fetch/fetch_fixture.h"

namespace unimo::stages {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(Fetch, ARobotsTagIsHonouredUnlessSwitchedOff) {
  server_.on("/a.jpg", [](const auto&, httplib::Response& answer) {
    answer.set_header("X-Robots-Tag", "noai, noimageai");
    answer.set_content(make_picture(1), "image/jpeg");
  });
  EXPECT_EQ(status_of(server_.url("/a.jpg")), "robots");
  FetchImages params = loopback_params();
  params.robots_tag = false;
  EXPECT_EQ(status_of(server_.url("/a.jpg"), params), "ok");
}

TEST_F(Fetch, TheUserAgentNamesTheProjectAndAContact) {
  server_.picture("/a.jpg", make_picture(1));
  FetchImages params = loopback_params();
  params.contact = "https://host.example/about";
  EXPECT_EQ(status_of(server_.url("/a.jpg"), params), "ok");
  EXPECT_EQ(server_.last_header("User-Agent"), "unimo/1.0 (+https://host.example/about)");
}

TEST_F(Fetch, HostsThatMovedAreAskedWhereTheyAre) {
  server_.picture("/2723/4385058960_b0f291553e.jpg", make_picture(1));
  FetchImages params = loopback_params();
  params.rewrites = {{.from = "farm*.static.host.example", .to = server_.host(), .https = false}};
  EXPECT_EQ(status_of("https://Farm3.static.host.example/2723/4385058960_b0f291553e.jpg", params),
            "ok");
}

TEST_F(Fetch, AHostGetsNoMoreConnectionsThanItsShare) {
  bench_.list(serve(30));
  server_.latency([](const auto&) { return 10; });
  FetchImages params = loopback_params();
  params.per_host = 3;
  ASSERT_TRUE(bench_.run(params).has_value());
  EXPECT_EQ(server_.most_at_once(), 3);
}

TEST_F(Fetch, AHostGetsItsPause) {
  bench_.list(serve(8));
  FetchImages params = loopback_params();
  params.pause_ms = 40;
  ASSERT_TRUE(bench_.run(params).has_value());
  const auto times = server_.all_times();
  ASSERT_EQ(times.size(), 8u);
  EXPECT_GE(times.back() - times.front(), 7 * 40ms - 20ms);
}

TEST_F(Fetch, OneAddressInSeveralRowsIsAskedOnce) {
  auto urls = serve(3);
  urls.push_back(urls[1] + "#again");
  urls.push_back("  " + urls[1] + " ");
  urls.push_back(server_.url("/missing"));
  urls.push_back(server_.url("/missing"));
  bench_.list(urls);
  ASSERT_TRUE(bench_.run(loopback_params()).has_value());
  EXPECT_EQ(server_.asked("/1.jpg"), 1);
  EXPECT_EQ(server_.asked("/missing"), 1);
  const auto lines = bench_.outcomes();
  ASSERT_EQ(lines.size(), 7u);
  for (const std::size_t row : {3u, 4u}) {
    EXPECT_EQ(lines[row]["status"], "ok");
    EXPECT_EQ(lines[row]["offset"], lines[1]["offset"]);
    EXPECT_EQ(bench_.picture(lines[row]), make_picture(1));
  }
  EXPECT_EQ(lines[6]["status"], "http_404");
  EXPECT_EQ(bench_.statistics()["addresses"], 4);
  EXPECT_EQ(bench_.statistics()["pictures"], 3);
}

TEST_F(Fetch, OnePictureUnderManyAddressesIsAPlaceholderAndKeptOnce) {
  std::vector<std::string> urls = serve(1);
  for (int i = 0; i < 4; ++i) {
    server_.picture(fmt::format("/unavailable{}.jpg", i), make_picture(77));
    urls.push_back(server_.url(fmt::format("/unavailable{}.jpg", i)));
  }
  for (int i = 0; i < 3; ++i) {
    server_.picture(fmt::format("/logo{}.jpg", i), make_picture(78));
    urls.push_back(server_.url(fmt::format("/logo{}.jpg", i)));
  }
  // The same address again is not another one.
  urls.push_back(urls.back());
  bench_.list(urls);
  FetchImages params = loopback_params();
  params.placeholder_limit = 3;
  ASSERT_TRUE(bench_.run(params).has_value());
  EXPECT_THAT(bench_.statuses(), ElementsAre("ok", "placeholder", "placeholder", "placeholder",
                                             "placeholder", "ok", "ok", "ok", "ok"));
  EXPECT_EQ(bench_.statistics()["pictures"], 3);
  EXPECT_EQ(bench_.picture(bench_.outcomes()[4]), make_picture(77));
  EXPECT_EQ(bench_.count("outcomes.placeholder"), 4);
}

TEST_F(Fetch, LargePicturesAreMadeSmallerAndSmallOnesStay) {
  server_.picture("/large.png", make_picture(1, 300, 150, ".png"));
  server_.picture("/small.jpg", make_picture(2, 80, 100));
  bench_.list({server_.url("/large.png"), server_.url("/small.jpg")});
  FetchImages params = loopback_params();
  params.longer_side = 100;
  ASSERT_TRUE(bench_.run(params).has_value());
  const auto lines = bench_.outcomes();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["width"], 100);
  EXPECT_EQ(lines[0]["height"], 50);
  const std::string bytes = bench_.picture(lines[0]);
  EXPECT_TRUE(bytes.starts_with("\xFF\xD8\xFF"));
  EXPECT_EQ(lines[0]["sha256"], sha256_hex(bytes));
  EXPECT_EQ(bench_.picture(lines[1]), make_picture(2, 80, 100));
}

TEST_F(Fetch, TooManyBadRowsAreAnErrorThatNamesTheReasons) {
  auto urls = serve(4);
  for (int i = 0; i < 3; ++i) urls.push_back(server_.url(fmt::format("/missing{}", i)));
  urls.push_back("ftp://127.0.0.1/");
  urls.push_back("no address");
  bench_.list(urls);
  FetchImages params = loopback_params();
  params.max_bad_share = 0.5;
  const Status status = bench_.run(params);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(status.error().message, HasSubstr("5 of 9 rows give no picture"));
  EXPECT_THAT(status.error().message, HasSubstr("http_404 3"));
  EXPECT_THAT(status.error().message, HasSubstr("bad_url 2"));
  params.max_bad_share = 0.6;
  ASSERT_TRUE(bench_.run(params).has_value());
}

TEST_F(Fetch, AfterTooManyBadRowsWhatMayPassIsAskedAgain) {
  auto urls = serve(2);
  server_.status("/busy0", 503);
  server_.status("/busy1", 503);
  for (const char* path : {"/busy0", "/busy1", "/missing"}) urls.push_back(server_.url(path));
  bench_.list(urls);
  FetchImages params = loopback_params();
  params.retries = 0;
  params.per_host = 1;  // so that the missing one is asked last
  params.max_bad_share = 0.5;
  ASSERT_FALSE(bench_.run(params).has_value());
  server_.picture("/busy0", make_picture(10));
  server_.picture("/busy1", make_picture(11));
  ASSERT_TRUE(bench_.run(params).has_value());
  EXPECT_THAT(bench_.statuses(), ElementsAre("ok", "ok", "ok", "ok", "http_404"));
  EXPECT_EQ(server_.asked("/busy0"), 2);
  EXPECT_EQ(server_.asked("/busy1"), 2);
  EXPECT_EQ(server_.asked("/missing"), 1);
}

TEST_F(Fetch, WhenNoHostAnswersTheNetworkIsTakenToBeAway) {
  std::string dead;
  {
    PictureServer gone;
    dead = gone.url("/");
  }
  std::vector<std::string> urls = serve(1);
  for (int i = 0; i < 2600; ++i) urls.push_back(fmt::format("{}{}.jpg", dead, i));
  bench_.list(urls);
  FetchImages params = loopback_params();
  params.retries = 0;
  const Status status = bench_.run(params);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
  EXPECT_THAT(status.error().message, HasSubstr("no host answered"));
}

TEST_F(Fetch, AnswersBeyondTheMemoryWaitAndAllArrive) {
  std::vector<std::string> urls;
  for (int i = 0; i < 24; ++i) {
    const std::string path = fmt::format("/{}.png", i);
    server_.picture(path, make_picture(i, 200, 150, ".png"));  // 90 kB of noise
    urls.push_back(server_.url(path));
  }
  std::map<std::int64_t, std::string> seen;
  Fetcher fetcher({.params = loopback_params(), .threads = 1, .body_budget = 100'000},
                  [&](const FetchedRow& fetched) {
                    seen[fetched.row] = fetched.picture.status;
                    return ok();
                  });
  for (std::size_t i = 0; i < urls.size(); ++i)
    ASSERT_TRUE(fetcher.add(static_cast<std::int64_t>(i), *parse_address(urls[i], {})).has_value());
  ASSERT_TRUE(fetcher.finish().has_value());
  EXPECT_EQ(seen.size(), 24u);
  EXPECT_THAT(seen, Each(::testing::Pair(::testing::_, "ok")));
}

TEST_F(Fetch, ListsOfEveryFormatGoOneAfterTheOther) {
  const auto urls = serve(4);
  bench_.list("captions.tsv", "a dog .\t" + urls[0] + "\nno address\nthree\t" + urls[1] + "\tof\n");
  bench_.list("images.csv", "ImageID,OriginalURL,Title\n1," + urls[1] + ",\"a \"\"b\"\", c\"\n2," +
                                urls[2] + "\n");
  bench_.list("sbu.json", Json{{"captions", {"x"}}, {"image_urls", {urls[3]}}}.dump());
  bench_.list("plain.txt", urls[0] + "\n\n");
  ASSERT_TRUE(bench_.run(loopback_params()).has_value());
  EXPECT_THAT(bench_.statuses(),
              ElementsAre("ok", "bad_row", "bad_row", "ok", "bad_row", "ok", "ok", "bad_url"));
  EXPECT_EQ(bench_.statistics()["rows_of_lists"], Json({3, 2, 1, 2}));
}

TEST_F(Fetch, AMirrorStandsForEveryHost) {
  for (int i = 0; i < 60; ++i) {
    const auto path = bench_.path(fmt::format("web/album {}/{}.jpg", i % 3, i));
    ASSERT_TRUE(make_directories(path.parent_path()).has_value());
    ASSERT_TRUE(write_file(path, make_picture(i)).has_value());
  }
  std::vector<std::string> urls;
  for (int i = 0; i < 60; ++i)
    urls.push_back(fmt::format("https://host{}.example/album%20{}/{}.jpg?size=big", i, i % 3, i));
  urls.push_back("http://host.example/album%200/gone.jpg");
  urls.push_back("http://host.example/../urls.txt");
  bench_.list(urls);
  bench_.input("mirror", bench_.path("web"));
  FetchImages params;  // polite ones, which would take minutes with one host
  params.connections = 500;
  const Status status = bench_.run(params);
  ASSERT_TRUE(status.has_value()) << status.error().message;
  const auto lines = bench_.outcomes();
  for (int i = 0; i < 60; ++i) {
    const Json& line = lines[static_cast<std::size_t>(i)];
    EXPECT_EQ(line["url"], urls[static_cast<std::size_t>(i)]);
    EXPECT_EQ(bench_.picture(line), make_picture(i));
  }
  EXPECT_EQ(lines[60]["status"], "http_404");
  EXPECT_EQ(lines[61]["status"], "http_404");
}

TEST_F(Fetch, AMirrorThatIsNoFolderIsAnError) {
  bench_.list({"http://host.example/1.jpg"});
  bench_.input("mirror", bench_.path("gone"));
  const Status status = bench_.run(loopback_params());
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(status.error().message, HasSubstr("gone is no folder"));
}

TEST_F(Fetch, AListWithoutRowsIsAnError) {
  bench_.list("empty.txt", "");
  const Status status = bench_.run(loopback_params());
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message, HasSubstr("no rows"));
}

}  // namespace
}  // namespace unimo::stages
