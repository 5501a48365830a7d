#include "web/request_head.h"

#include <gtest/gtest.h>

#include <string>

namespace unimo::web {
namespace {

using namespace std::string_literals;

int status_of(const std::string& block) {
  const HeadDecision decision = decide_head(block, {});
  return decision.refusal ? decision.refusal->status : 200;
}

TEST(RequestHead, LetsAnOrdinaryRequestThrough) {
  const HeadDecision decision =
      decide_head("GET /runs?a=1 HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n", {});
  ASSERT_FALSE(decision.refusal);
  EXPECT_EQ(decision.head, "GET /runs?a=1 HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n");
}

TEST(RequestHead, RefusesEverythingThatWouldChangeSomething) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "get"}) {
    EXPECT_EQ(status_of(std::string(method) + " / HTTP/1.1\r\nHost: x\r\n\r\n"), 405) << method;
  }
}

TEST(RequestHead, RefusesBodies) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 2147483648\r\n\r\n"), 413);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n"), 417);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"), 200);
}

TEST(RequestHead, RefusesControlCharacters) {
  EXPECT_EQ(status_of("GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n"s), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\nHost: x\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: x\x1b[2J\r\n\r\n"), 400);
}

TEST(RequestHead, RefusesMoreThanItsLimits) {
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 100; ++i) many += "A: b\r\n";
  EXPECT_EQ(status_of(many + "\r\n"), 431);
  EXPECT_EQ(status_of("GET /" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n"), 414);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(20000, 'a') + "\r\n\r\n"),
            431);
}

TEST(RequestHead, WantsExactlyOneHost) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nAccept: x\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
}

TEST(RequestHead, DropsRanges) {
  const HeadDecision decision = decide_head(
      "GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=0-,0-,0-\r\nAccept-Encoding: gzip, br\r\n\r\n",
      {});
  ASSERT_FALSE(decision.refusal);
  EXPECT_EQ(decision.head, "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
}

}  // namespace
}  // namespace unimo::web
