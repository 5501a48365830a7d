// A stage `fetch.images` and the server that it asks.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "stages/fetch/fetch.h"
#include "tests/stages/fetch/fetch_bench.h"
#include "tests/stages/fetch/picture_server.h"

namespace unimo::stages {

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

}  // namespace unimo::stages
