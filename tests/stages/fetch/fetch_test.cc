// What becomes of single addresses: answers, redirects, refusals, pictures.
#include "stages/fetch/fetcher.h"
#include "tests/stages/fetch/fetch_fixture.h"

namespace unimo::stages {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

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

}  // namespace
}  // namespace unimo::stages
