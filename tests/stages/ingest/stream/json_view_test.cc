#include "stages/ingest/stream/json_view.h"

#include <gmock/gmock.h>

#include "stages/ingest/stream/json_stream.h"
#include "tests/stages/ingest/stream/packers.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::Eq;

// Looks at one element.
void look(std::string_view json, const std::function<void(JsonView)>& see) {
  const Files files;
  const auto path = files.write("a.json", "[" + std::string(json) + "]");
  const Status status = stream_json_views(path, {}, [&](const JsonPlace&, JsonView item) {
    see(item);
    return ok();
  });
  ASSERT_TRUE(status) << status.error().message;
}

TEST(JsonView, GivesMembersByTypeAndNothingOtherwise) {
  look(R"({"t": "x", "i": -3, "d": 3.0, "b": false, "n": null, "l": [1]})", [](JsonView item) {
    EXPECT_THAT(item["t"].text(), Eq("x"));
    EXPECT_THAT(item["i"].whole(), Eq(-3));
    EXPECT_THAT(item["i"].number(), Eq(-3.0));
    EXPECT_THAT(item["d"].number(), Eq(3.0));
    EXPECT_THAT(item["b"].boolean(), Eq(false));
    EXPECT_TRUE(item["n"].is_null());
    EXPECT_TRUE(item["l"].is_list());
    EXPECT_FALSE(item["i"].text());
    EXPECT_FALSE(item["d"].whole());
    EXPECT_FALSE(item["t"].whole());
    EXPECT_FALSE(item["t"].number());
    EXPECT_FALSE(item["n"].boolean());
  });
}

TEST(JsonView, AbsentPathsStayAbsent) {
  look(R"({"a": {"b": 1}})", [](JsonView item) {
    EXPECT_THAT(item["a"]["b"].whole(), Eq(1));
    EXPECT_FALSE(item["x"]["y"]["z"].text());
    EXPECT_FALSE(item["a"]["b"]["c"]);
    EXPECT_EQ(item["x"].kind(), JsonKind::kAbsent);
    EXPECT_EQ(item["x"].size(), 0U);
    EXPECT_EQ(item["x"].dump(), "nothing");
    for (const JsonView inner : item["x"].items()) FAIL() << inner.dump();
    for (const auto& [key, value] : item["x"].members()) FAIL() << key << value.dump();
  });
}

TEST(JsonView, ListsAndObjectsAreWalkedInOrder) {
  look(R"({"z": [1, [2, 3], "x"], "a": {}, "m": 2})", [](JsonView item) {
    std::vector<std::string> keys, items;
    for (const auto& [key, value] : item.members()) keys.emplace_back(key);
    for (const JsonView inner : item["z"].items()) items.push_back(inner.dump());
    EXPECT_THAT(keys, ElementsAre("z", "a", "m"));
    EXPECT_THAT(items, ElementsAre("1", "[2,3]", "\"x\""));
    EXPECT_EQ(item.size(), 3U);
    EXPECT_EQ(item["z"].size(), 3U);
    for (const JsonView inner : item["a"].items()) FAIL() << inner.dump();
  });
}

TEST(JsonView, NeedsTellWhatIsThere) {
  look(R"({"caption": 3, "id": "x"})", [](JsonView item) {
    EXPECT_EQ(item.need_text("id").value(), "x");
    EXPECT_EQ(item.need_whole("caption").value(), 3);
    EXPECT_EQ(item.need_number("caption").value(), 3.0);
    EXPECT_EQ(item.need_text("caption").error().message,
              "needs a text \"caption\", has a whole number");
    EXPECT_EQ(item.need_whole("none").error().message,
              "needs a whole number \"none\", has nothing");
  });
}

TEST(JsonView, IdsAreTextsOrNumbers) {
  look(R"({"a": "x7", "b": 18446744073709551615, "c": 1.5})", [](JsonView item) {
    EXPECT_THAT(item["a"].id_text(), Eq("x7"));
    EXPECT_THAT(item["b"].id_text(), Eq("18446744073709551615"));
    EXPECT_FALSE(item["b"].whole());
    EXPECT_FALSE(item["c"].id_text());
    EXPECT_FALSE(item["d"].id_text());
  });
}

TEST(JsonView, DumpIsCutAtACharacter) {
  look(R"("ééééé")", [](JsonView item) {
    EXPECT_EQ(item.dump(), "\"ééééé\"");
    EXPECT_EQ(item.dump(4), "\"é…");
  });
}

}  // namespace
}  // namespace unimo::stages
