#include "stages/fetch/fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/fetch/fetcher.h"
#include "tests/stages/fetch/fetch_bench.h"
#include "tests/stages/fetch/picture_server.h"

namespace unimo::stages {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Fetch : public ::testing::Test {
 protected:
  // Serves `count` different pictures and lists them.
  std::vector<std::string> serve(int count) {
    std::vector<std::string> urls;
    for (int i = 0; i < count; ++i) {
      const std::string path = fmt::format("/{}.jpg", i);
      server_.picture(path, make_picture(i));
      urls.push_back(server_.url(path));
    }
    return urls;
  }
  // The status of one address.
  std::string status_of(const std::string& url, FetchImages params = loopback_params()) {
    FetchBench bench;
    bench.list({url});
    const Status status = bench.run(std::move(params));
    EXPECT_TRUE(status.has_value()) << (status ? "" : status.error().message);
    const auto lines = bench.outcomes();
    EXPECT_EQ(lines.size(), 1u);
    tries_ = lines[0].value("tries", 0);
    return lines[0]["status"];
  }

  PictureServer server_;
  FetchBench bench_;
  int tries_ = 0;
};

TEST_F(Fetch, EveryRowHasItsPictureInTheOrderOfTheList) {
  bench_.list(serve(50));
  server_.latency([](const std::string& path) { return static_cast<int>(path.size() * 7 % 20); });
  ASSERT_TRUE(bench_.run(loopback_params()).has_value());
  const auto lines = bench_.outcomes();
  ASSERT_EQ(lines.size(), 50u);
  for (int i = 0; i < 50; ++i) {
    const Json& line = lines[static_cast<std::size_t>(i)];
    EXPECT_EQ(line["row"], i);
    EXPECT_EQ(line["url"], server_.url(fmt::format("/{}.jpg", i)));
    EXPECT_EQ(line["status"], "ok");
    EXPECT_EQ(line["tries"], 1);
    EXPECT_EQ(line["width"], 40);
    EXPECT_EQ(line["height"], 30);
    EXPECT_EQ(bench_.picture(line), make_picture(i));
    EXPECT_EQ(line["sha256"], sha256_hex(make_picture(i)));
  }
  EXPECT_EQ(bench_.statistics()["outcomes"], Json({{"ok", 50}}));
  EXPECT_EQ(bench_.statistics()["pictures"], 50);
  EXPECT_EQ(bench_.count("outcomes.ok"), 50);
  EXPECT_EQ(bench_.count("pictures"), 50);
  EXPECT_THAT(*read_file(bench_.path("output/outcomes.md")), HasSubstr("| `ok` | 50 | 100.00 % |"));
}

TEST_F(Fetch, TheArtifactDoesNotDependOnTheOrderOfTheAnswers) {
  bench_.list(serve(60));
  server_.latency([](const std::string& path) { return static_cast<int>(path[1] - '0') * 5; });
  ASSERT_TRUE(bench_.run(loopback_params()).has_value());
  const std::string digest = bench_.digest();
  bench_.forget();
  server_.latency([](const std::string& path) { return 45 - static_cast<int>(path[1] - '0') * 5; });
  FetchImages params = loopback_params();
  params.connections = 7;
  ASSERT_TRUE(bench_.run(params).has_value());
  EXPECT_EQ(bench_.digest(), digest);
  EXPECT_EQ(server_.all_asked(), 120);
}

TEST_F(Fetch, StatusCodesThatStayAreNotTriedAgain) {
  server_.status("/gone", 410);
  EXPECT_EQ(status_of(server_.url("/gone")), "http_410");
  EXPECT_EQ(status_of(server_.url("/missing")), "http_404");
  EXPECT_EQ(server_.asked("/gone"), 1);
  EXPECT_EQ(server_.asked("/missing"), 1);
}

TEST_F(Fetch, AnOverloadedHostIsAskedAgainAndGivenUpInTheEnd) {
  server_.status("/busy", 503);
  EXPECT_EQ(status_of(server_.url("/busy")), "http_503");
  EXPECT_EQ(tries_, 3);
  EXPECT_EQ(server_.asked("/busy"), 3);
}

TEST_F(Fetch, RetryAfterInSecondsHoldsTheHost) {
  server_.on("/limited.jpg", [this](const auto&, httplib::Response& answer) {
    if (server_.asked("/limited.jpg") > 1) return answer.set_content(make_picture(1), "image/jpeg");
    answer.status = 429;
    answer.set_header("Retry-After", "1");
  });
  EXPECT_EQ(status_of(server_.url("/limited.jpg")), "ok");
  EXPECT_EQ(tries_, 2);
  const auto times = server_.times("/limited.jpg");
  ASSERT_EQ(times.size(), 2u);
  EXPECT_GE(times[1] - times[0], 950ms);
}

TEST_F(Fetch, RetryAfterAsADateHoldsTheHost) {
  server_.on("/limited.jpg", [this](const auto&, httplib::Response& answer) {
    if (server_.asked("/limited.jpg") > 1) return answer.set_content(make_picture(1), "image/jpeg");
    answer.status = 503;
    const std::time_t until = std::time(nullptr) + 2;
    std::tm parts{};
    gmtime_r(&until, &parts);
    char text[64];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    answer.set_header("Retry-After", text);
  });
  EXPECT_EQ(status_of(server_.url("/limited.jpg")), "ok");
  const auto times = server_.times("/limited.jpg");
  ASSERT_EQ(times.size(), 2u);
  EXPECT_GE(times[1] - times[0], 950ms);  // dates have whole seconds
}

TEST_F(Fetch, RetryAfterIsBounded) {
  server_.on("/limited.jpg", [](const auto&, httplib::Response& answer) {
    answer.status = 429;
    answer.set_header("Retry-After", "86400");
  });
  FetchImages params = loopback_params();
  params.max_wait_s = 0.05;
  EXPECT_EQ(status_of(server_.url("/limited.jpg"), params), "http_429");
  EXPECT_EQ(tries_, 3);
}

TEST_F(Fetch, RedirectsAreFollowed) {
  server_.picture("/end.jpg", make_picture(1));
  server_.redirect("/middle", "/end.jpg");
  server_.redirect("/start", server_.url("/middle"));
  EXPECT_EQ(status_of(server_.url("/start")), "ok");
}

TEST_F(Fetch, ARedirectLoopEnds) {
  server_.redirect("/a", "/b");
  server_.redirect("/b", "/a");
  EXPECT_EQ(status_of(server_.url("/a")), "too_many_redirects");
  EXPECT_EQ(server_.all_asked(), 6);
}

TEST_F(Fetch, ARedirectToAFileOrFtpIsRefused) {
  server_.redirect("/file", "file:///etc/passwd");
  server_.redirect("/ftp", "ftp://127.0.0.1/a.jpg");
  server_.redirect("/nowhere", "");
  EXPECT_EQ(status_of(server_.url("/file")), "bad_redirect");
  EXPECT_EQ(status_of(server_.url("/ftp")), "bad_redirect");
  EXPECT_NE(status_of(server_.url("/nowhere")), "ok");
}

TEST_F(Fetch, PrivateAddressesAreNotConnectedTo) {
  for (const char* host : {"10.0.0.1", "192.168.1.1", "169.254.169.254", "[fd00::1]", "0.0.0.0"})
    EXPECT_EQ(status_of(fmt::format("http://{}/a.jpg", host)), "private_address") << host;
}

TEST_F(Fetch, ARedirectToAPrivateAddressIsNotConnectedTo) {
  server_.redirect("/inside", "http://169.254.169.254/latest/meta-data");
  EXPECT_EQ(status_of(server_.url("/inside")), "private_address");
}

TEST_F(Fetch, LoopbackIsPrivateUnlessAllowed) {
  server_.picture("/a.jpg", make_picture(1));
  FetchImages params = loopback_params();
  params.allow_loopback = false;
  EXPECT_EQ(status_of(server_.url("/a.jpg"), params), "private_address");
  EXPECT_EQ(server_.all_asked(), 0);
}

TEST_F(Fetch, OtherSchemesAreNoAddresses) {
  for (const char* url : {"ftp://127.0.0.1/a.jpg", "file:///etc/passwd", "data:image/gif;base64,R0",
                          "www.host.example/a.jpg", "", "http://"})
    EXPECT_EQ(status_of(url), "bad_url") << url;
}

TEST_F(Fetch, BlanksAndPercentEscapesReachTheHostAsTheyShould) {
  server_.picture("/a b/ü.jpg", make_picture(1));
  EXPECT_EQ(status_of(server_.url("/a b/\xC3\xBC.jpg")), "ok");
  EXPECT_EQ(status_of(server_.url("/a%20b/%C3%BC.jpg")), "ok");
}

TEST_F(Fetch, ARefusedConnectionIsTriedAgainAndNamed) {
  std::string url;
  {
    PictureServer gone;
    url = gone.url("/a.jpg");
  }
  EXPECT_EQ(status_of(url), "connect_failed");
  EXPECT_EQ(tries_, 3);
}

TEST_F(Fetch, AHostThatDoesNotAnswerTimesOut) {
  server_.picture("/a.jpg", make_picture(1));
  server_.latency([](const auto&) { return 400; });
  FetchImages params = loopback_params();
  params.timeout_s = 0.1;
  params.retries = 0;
  EXPECT_EQ(status_of(server_.url("/a.jpg"), params), "timeout");
}

TEST_F(Fetch, ABodyThatDripsTimesOut) {
  server_.on("/drip.jpg", [](const auto&, httplib::Response& answer) {
    answer.set_content_provider(1000, "image/jpeg", [](std::size_t, std::size_t, auto& sink) {
      std::this_thread::sleep_for(50ms);
      return sink.write("x", 1);
    });
  });
  FetchImages params = loopback_params();
  params.retries = 0;
  params.low_speed_s = 1;
  EXPECT_EQ(status_of(server_.url("/drip.jpg"), params), "timeout");
}

TEST_F(Fetch, ABodyThatEndsEarlyIsTriedAgain) {
  const std::string picture = make_picture(1);
  server_.on("/cut.jpg", [this, picture](const auto&, httplib::Response& answer) {
    const bool whole = server_.asked("/cut.jpg") > 1;
    answer.set_content_provider(picture.size(), "image/jpeg",
                                [picture, whole](std::size_t offset, std::size_t, auto& sink) {
                                  if (!whole && offset > 0) return false;
                                  return sink.write(picture.data() + offset,
                                                    whole ? picture.size() - offset : 100);
                                });
  });
  EXPECT_EQ(status_of(server_.url("/cut.jpg")), "ok");
  EXPECT_EQ(tries_, 2);
}

TEST_F(Fetch, ABodyThatNeverIsWholeIsCutOff) {
  server_.on("/cut.jpg", [](const auto&, httplib::Response& answer) {
    answer.set_content_provider(5000, "image/jpeg",
                                [](std::size_t offset, std::size_t, auto& sink) {
                                  return offset == 0 && sink.write("\xFF\xD8\xFF", 3);
                                });
  });
  EXPECT_EQ(status_of(server_.url("/cut.jpg")), "cut_off");
  EXPECT_EQ(tries_, 3);
}

TEST_F(Fetch, APageInsteadOfAPictureIsNoPictureWhateverItsType) {
  server_.picture("/page.jpg", "<!DOCTYPE html><html><body>Gone</body></html>");
  EXPECT_EQ(status_of(server_.url("/page.jpg")), "not_an_image");
}

TEST_F(Fetch, APictureOfAWrongTypeIsAPicture) {
  server_.on("/a", [](const auto&, httplib::Response& answer) {
    answer.set_content(make_picture(1, 40, 30, ".png"), "text/plain");
  });
  EXPECT_EQ(status_of(server_.url("/a")), "ok");
}

TEST_F(Fetch, EmptyCutAndTinyPicturesAreRefused) {
  server_.picture("/empty.jpg", "");
  const std::string whole = make_picture(1, 200, 200);
  server_.picture("/half.jpg", whole.substr(0, whole.size() / 2));
  server_.picture("/tracker.png", make_picture(1, 1, 1, ".png"));
  EXPECT_EQ(status_of(server_.url("/empty.jpg")), "empty");
  EXPECT_EQ(status_of(server_.url("/half.jpg")), "truncated");
  EXPECT_EQ(status_of(server_.url("/tracker.png")), "too_small");
}

TEST_F(Fetch, TooManyPixelsAreRefused) {
  server_.picture("/large.jpg", make_picture(1, 200, 100));
  FetchImages params = loopback_params();
  params.max_pixels = 19'999;
  EXPECT_EQ(status_of(server_.url("/large.jpg"), params), "too_many_pixels");
}

TEST_F(Fetch, TooManyBytesAreRefusedWhetherAnnouncedOrNot) {
  const std::string large = make_picture(1, 400, 400);
  server_.picture("/announced.jpg", large);
  server_.on("/chunked.jpg", [&](const auto&, httplib::Response& answer) {
    answer.set_chunked_content_provider("image/jpeg", [&](std::size_t offset, auto& sink) {
      const std::size_t count = std::min<std::size_t>(1000, large.size() - offset);
      if (count == 0) {
        sink.done();
        return true;
      }
      return sink.write(large.data() + offset, count);
    });
  });
  FetchImages params = loopback_params();
  params.max_bytes = static_cast<std::int64_t>(large.size()) - 1;
  EXPECT_EQ(status_of(server_.url("/announced.jpg"), params), "too_large");
  EXPECT_EQ(status_of(server_.url("/chunked.jpg"), params), "too_large");
  params.max_bytes += 1;
  EXPECT_EQ(status_of(server_.url("/announced.jpg"), params), "ok");
  EXPECT_EQ(status_of(server_.url("/chunked.jpg"), params), "ok");
}

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
