// Fills a folder with the fixture, for looking at the dashboard by eye and by browser: `web-fixture
// DIR [PHOTOS]`.
#include <fmt/format.h>

#include <cstdio>

#include "orchestrator/base/json.h"
#include "orchestrator/store/store.h"
#include "tests/web/fixture.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: web-fixture DIR [folder of photographs]\n");
    return 2;
  }
  const auto fixture = unimo::web::make_fixture(
      argv[1], {.photos = argc > 2 ? argv[2] : "", .now_ms = unimo::now_ms()});
  if (!fixture) {
    fmt::print(stderr, "web-fixture: {}\n", fixture.error().message);
    return 1;
  }
  const unimo::Json names = {{"first", fixture->first},       {"second", fixture->second},
                             {"failed", fixture->failed},     {"interrupted", fixture->interrupted},
                             {"running", fixture->running},   {"records", fixture->records},
                             {"captions", fixture->captions}, {"retrieval", fixture->retrieval},
                             {"report", fixture->report},     {"regions", fixture->regions}};
  fmt::print("{}\n", names.dump());
  return 0;
}
