#include "stages/ingest/stream/json_stream.h"

#include <gmock/gmock.h>

#include "tests/stages/ingest/stream/packers.h"

namespace unimo::stages {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class JsonStream : public testing::Test {
 protected:
  // "section/key[index] element" of each element.
  std::vector<std::string> elements(std::string_view bytes, const StreamOptions& options = {}) {
    path_ = files_.write("corpus.json", bytes);
    std::vector<std::string> all;
    places_.clear();
    const Status status =
        stream_json_views(path_, options, [&](const JsonPlace& place, JsonView item) {
          all.push_back(fmt::format("{}{}{}[{}] {}", place.section, place.key.empty() ? "" : "/",
                                    place.key, place.index, item.dump()));
          places_.push_back(fmt::format("{}:{}", place.line, place.offset));
          return ok();
        });
    error_ = status ? "" : status.error().message;
    return all;
  }
  void expect_error(std::string_view bytes, std::int64_t line, std::int64_t byte,
                    const std::string& what) {
    elements(bytes);
    EXPECT_THAT(error_, HasSubstr(fmt::format("corpus.json:{}: byte {}: ", line, byte))) << bytes;
    EXPECT_THAT(error_, HasSubstr(what)) << bytes;
  }
  Files files_;
  std::filesystem::path path_;
  std::string error_;
  std::vector<std::string> places_;
};

TEST_F(JsonStream, GivesTheElementsOfEachList) {
  EXPECT_THAT(elements(R"({"info": {"year": 2014}, "images": [{"id": 1}, {"id": 2}], "n": 3,
"annotations": [ {"caption": "a [dog], \"{\\"} ], "empty": []})"),
              ElementsAre("images[0] {\"id\":1}", "images[1] {\"id\":2}",
                          R"(annotations[0] {"caption":"a [dog], \"{\\"})"));
  EXPECT_EQ(error_, "");
  EXPECT_THAT(places_, ElementsAre("1:36", "1:47", "2:84"));
}

TEST_F(JsonStream, GivesTheElementsOfAListAtTheTop) {
  EXPECT_THAT(elements(" [1, -2.5, \"x\", null, true, [], {}, [[1]]]\n"),
              ElementsAre("[0] 1", "[1] -2.5", "[2] \"x\"", "[3] null", "[4] true", "[5] []",
                          "[6] {}", "[7] [[1]]"));
  EXPECT_THAT(elements("[]"), ElementsAre());
  EXPECT_THAT(elements("{}"), ElementsAre());
  EXPECT_EQ(error_, "");
}

TEST_F(JsonStream, DataBesideAVersionIsASection) {
  EXPECT_THAT(elements(R"({"version": "1.1", "data": [{"title": "x"}]})"),
              ElementsAre(R"(data[0] {"title":"x"})"));
}

TEST_F(JsonStream, ObjectsKeyedByTextsAreElementsWhole) {
  EXPECT_THAT(
      elements(R"({"7": {"a": 1}, "8": {"a": 2}, "n": 3})", {.objects = TopObjects::kWhole}),
      ElementsAre("7[0] {\"a\":1}", "8[0] {\"a\":2}", "n[0] 3"));
}

TEST_F(JsonStream, MembersOfTopObjectsAreElements) {
  EXPECT_THAT(elements(R"({"annotations": {"7": [1], "8": {"a": 2}}, "version": 3, "none": {}})",
                       {.objects = TopObjects::kMembers}),
              ElementsAre("annotations/7[0] [1]", "annotations/8[1] {\"a\":2}", "version[0] 3"));
}

TEST_F(JsonStream, IsTheSameAtAnySizeOfReads) {
  std::string text = "[";
  for (int i = 0; i < 3000; ++i) {
    text += fmt::format("{}{{\"id\": {}, \"{}\": \"{}\\\\\\\"]}}\"}}", i > 0 ? ",\n" : "", i,
                        std::string(static_cast<std::size_t>(i % 130), 'k'),
                        std::string(static_cast<std::size_t>(i % 71), '{'));
  }
  text += "]";
  const Json expected = Json::parse(text);
  for (const std::size_t at_once : {1UL, 63UL, 64UL, 65UL, 100'000UL}) {
    // A source that gives little at a time.
    class Dripping : public ByteSource {
     public:
      Dripping(std::string_view bytes, std::size_t most) : bytes_(bytes), most_(most) {}
      Result<std::size_t> read(std::span<char> into) override {
        const std::size_t got = std::min({most_, into.size(), bytes_.size()});
        std::copy_n(bytes_.begin(), got, into.begin());
        bytes_.remove_prefix(got);
        return got;
      }
      const std::string& name() const override { return name_; }
      std::int64_t consumed() const override { return 0; }
      std::int64_t file_size() const override { return 0; }

     private:
      std::string_view bytes_;
      std::size_t most_;
      std::string name_ = "dripping";
    };
    Dripping source(text, at_once);
    Json seen = Json::array();
    const Status status = stream_json_views(source, {}, [&](const JsonPlace&, JsonView item) {
      seen.push_back(item.json());
      return ok();
    });
    EXPECT_TRUE(status) << status.error().message;
    EXPECT_TRUE(seen == expected) << at_once;
  }
}

TEST_F(JsonStream, PackedDocumentsAreRead) {
  const std::string text = R"({"images": [{"id": 1}]})";
  for (const std::string& packed : {gzip(text), bzip2(text), xz(text), zstd(text)})
    EXPECT_THAT(elements(packed), ElementsAre("images[0] {\"id\":1}"));
}

TEST_F(JsonStream, JsonFormLeavesOutSkippedKeys) {
  path_ =
      files_.write("a.json", R"({"a": [{"id": 1, "segmentation": [[1, 2]], "in": {"id": 2}}]})");
  std::vector<std::string> all;
  EXPECT_TRUE(stream_json(path_, {.skip_keys = {"segmentation"}},
                          [&](std::string_view section, std::size_t index, Json& item) {
                            all.push_back(fmt::format("{}[{}] {}", section, index, item.dump()));
                            return ok();
                          }));
  EXPECT_THAT(all, ElementsAre(R"(a[0] {"id":1,"in":{"id":2}})"));
}

TEST_F(JsonStream, JsonFormGivesWhatNlohmannGives) {
  const std::string text =
      R"([{"u": 18446744073709551615, "i": -9223372036854775808, "z": 0, "d": 1.5e300,
           "s": "\u00e9\ud83d\ude00\n", "b": [true, false, null], "big": 123456789012345678901}])";
  const Json expected = Json::parse(text);
  path_ = files_.write("a.json", text);
  EXPECT_TRUE(stream_json(path_, {}, [&](std::string_view, std::size_t, Json& item) {
    EXPECT_EQ(item, expected[0]);
    EXPECT_TRUE(item["z"].is_number_unsigned());
    return ok();
  }));
}

TEST_F(JsonStream, ErrorOfTheVisitorIsReturned) {
  path_ = files_.write("a.json", "[1, 2]");
  const Status status = stream_json_views(path_, {}, [](const JsonPlace&, JsonView) -> Status {
    return fail(ErrorCode::kCancelled, "stop");
  });
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
}

TEST_F(JsonStream, BytesThatAreNotUtf8SpoilTheirElementOnly) {
  EXPECT_THAT(elements("[\"caf\xE9\", \"ok\", {\"a\": \"\xC3\"}]"),
              ElementsAre("[0] \"caf\xEF\xBF\xBD\"", "[1] \"ok\"", "[2] {\"a\":\"\xEF\xBF\xBD\"}"));
  EXPECT_EQ(error_, "");
}

TEST_F(JsonStream, LoneSurrogatesBecomeReplacementCharacters) {
  EXPECT_THAT(
      elements(R"(["x\ud83d", "\ude00y", "\ud83d\ude00", "\\ud83d", "\ud83d\ud83d\ude00"])"),
      ElementsAre("[0] \"x\xEF\xBF\xBD\"", "[1] \"\xEF\xBF\xBDy\"", "[2] \"\xF0\x9F\x98\x80\"",
                  R"([3] "\\ud83d")", "[4] \"\xEF\xBF\xBD\xF0\x9F\x98\x80\""));
  EXPECT_EQ(error_, "");
}

TEST_F(JsonStream, ByteOrderMarkIsAnError) {
  expect_error("\xEF\xBB\xBF[]", 1, 0, "byte order mark");
}

TEST_F(JsonStream, Utf16IsAnErrorWithAndWithoutMark) {
  expect_error("\xFF\xFE[", 1, 0, "is UTF-16");
  expect_error(std::string_view("\0[\0]", 4), 1, 0, "is UTF-16");
  expect_error(std::string_view("[\0]\0", 4), 1, 0, "is UTF-16");
}

TEST_F(JsonStream, NotANumberIsAnErrorWithLineAndByte) {
  expect_error("[\n1,\n NaN]", 3, 6, "");
  expect_error("{\"a\": [{\"x\":\nNaN}]}", 2, 13, "not valid JSON");
  expect_error("{\"info\": NaN}", 1, 9, "not valid JSON");
}

TEST_F(JsonStream, TruncatedDocumentIsAnErrorWhereverItEnds) {
  const std::string text = R"({"info": {"y": "a"}, "a": [{"b": [1, "x\"y"]}, 2], "c": 1})";
  for (std::size_t size = 1; size < text.size(); ++size) {
    elements(std::string_view(text).substr(0, size));
    EXPECT_NE(error_, "") << text.substr(0, size);
  }
  expect_error("[1, {\"a\":\n 1", 2, 12, "begins at byte 4: it was cut");
  expect_error("[1, \"abc", 1, 8, "begins at byte 4: it was cut");
  expect_error("[1", 1, 2, "it was cut");
}

TEST_F(JsonStream, WrongTokensAtTheTopAreErrors) {
  expect_error("[1 2]", 1, 3, "needs a comma or ]");
  expect_error("[1,]", 1, 3, "");
  expect_error("[,1]", 1, 1, "");
  expect_error("[1}", 1, 2, "needs a comma or ]");
  expect_error("{\"a\" 1}", 1, 5, "needs a colon");
  expect_error("{a: 1}", 1, 1, "needs a key");
  expect_error("{\"a\": 1,}", 1, 8, "needs a key");
  expect_error("{\"a\": }", 1, 6, "");
  expect_error("[1] x", 1, 4, "behind the end");
  expect_error("[1][2]", 1, 3, "behind the end");
  expect_error("[{\"a\": [1}]]", 1, 9, "[0]: ");
  expect_error("[tru]", 1, 4, "[0]: ");
  expect_error("[\"\x01\"]", 1, 2, "");
}

TEST_F(JsonStream, OtherShapesAreErrors) {
  expect_error("3", 1, 0, "neither an object of lists nor a list");
  expect_error("", 1, 0, "is empty");
  expect_error(" \n", 2, 2, "is empty");
}

TEST_F(JsonStream, KeyThatStandsTwiceIsAnErrorAtAnyDepth) {
  expect_error("{\"a\": [],\n\"a\": []}", 2, 10, "the key \"a\" stands twice");
  expect_error(R"([{"id": 1, "id": 2}])", 1, 1, "the key \"id\" stands twice");
  expect_error(R"([[{"x": {"y": [{"k": 1, "j": 2, "k": 3}]}}]])", 1, 1, "[0]: the key \"k\"");
  expect_error(R"([{"a": 1, "\u0061": 2}])", 1, 1, "the key \"a\" stands twice");
  std::string many = "[{\"k7\": 0";
  for (int i = 0; i < 100; ++i) many += fmt::format(", \"k{}\": {}", i, i);
  expect_error(many + "}]", 1, 1, "the key \"k7\" stands twice");
}

TEST_F(JsonStream, EqualKeysInDifferentObjectsAreFine) {
  elements(R"([{"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 2}]}])");
  EXPECT_EQ(error_, "");
}

TEST_F(JsonStream, DeepNestingIsAnErrorAndNoCrash) {
  elements("[" + std::string(5'000'000, '['));
  EXPECT_NE(error_, "");
  elements("[" + std::string(100'000, '[') + std::string(100'000, ']') + "]");
  EXPECT_NE(error_, "");
}

TEST_F(JsonStream, ElementOverTheLimitIsAnErrorWithPlace) {
  const std::string large = "{\"x\": \"" + std::string(3'000'000, 'x') + "\"}";
  elements("[1,\n" + large + "]", {.max_element_bytes = 1'000'000});
  EXPECT_THAT(error_, HasSubstr("corpus.json:2: byte 4: a value of more than 1000000 bytes"));
  EXPECT_EQ(elements("[1,\n" + large + "]", {.max_element_bytes = 4'000'000}).size(), 2U);
  EXPECT_EQ(error_, "");
}

TEST_F(JsonStream, WhatIsPassedOverMayBeLargerThanAnElement) {
  const std::string large = "{\"x\": [\"" + std::string(3'000'000, 'x') + "\"]}";
  EXPECT_THAT(elements("{\"info\": " + large + ",\n\"a\": [1]}", {.max_element_bytes = 1'000'000}),
              ElementsAre("a[0] 1"));
  EXPECT_EQ(error_, "");
}

TEST_F(JsonStream, BadElementsGoToTheCallerThatAsks) {
  std::vector<std::string> flaws;
  StreamOptions options;
  options.on_bad = [&](const JsonPlace& place, const Error& flaw) {
    flaws.push_back(fmt::format("{}[{}] {}", place.section, place.index, flaw.message));
    return ok();
  };
  EXPECT_THAT(elements(R"({"a": [1, {"x": NaN}, {"k": 1, "k": 2}, 2]})", options),
              ElementsAre("a[0] 1", "a[3] 2"));
  EXPECT_EQ(error_, "");
  EXPECT_THAT(flaws, ElementsAre(AllOf(HasSubstr("a[1] "), HasSubstr("corpus.json:1: byte 1")),
                                 AllOf(HasSubstr("a[2] "), HasSubstr("stands twice"))));
}

class JsonLines : public JsonStream {
 protected:
  std::vector<std::string> lines(std::string_view bytes, const StreamOptions& options = {}) {
    path_ = files_.write("dev.jsonl", bytes);
    std::vector<std::string> all;
    const Status status =
        stream_json_lines(path_, options, [&](const JsonPlace& place, JsonView item) {
          all.push_back(fmt::format("{}:{} {}", place.index, place.line, item.dump()));
          return ok();
        });
    error_ = status ? "" : status.error().message;
    return all;
  }
};

TEST_F(JsonLines, AreElementsWithTheirLineNumbers) {
  EXPECT_THAT(lines("\xEF\xBB\xBF{\"a\": 1}\r\n\n  \n[\"\xE2\x80\xA8\"]\n3"),
              ElementsAre("0:1 {\"a\":1}", "1:4 [\"\xE2\x80\xA8\"]", "2:5 3"));
  EXPECT_EQ(error_, "");
}

TEST_F(JsonLines, OfPackedFilesAreRead) {
  EXPECT_THAT(lines(gzip("{}\n{}\n")), ElementsAre("0:1 {}", "1:2 {}"));
}

TEST_F(JsonLines, ThatAreNoJsonAreErrorsWithLineAndByte) {
  EXPECT_THAT(lines("{}\n{\"a\": }\n"), ElementsAre("0:1 {}"));
  EXPECT_THAT(error_, HasSubstr("dev.jsonl:2: byte 9: not valid JSON"));
  lines("{} {}\n");
  EXPECT_THAT(error_, HasSubstr("dev.jsonl:1: byte 3: not valid JSON"));
}

TEST_F(JsonLines, ThatAreNoJsonMayBePassedOver) {
  int bad = 0;
  StreamOptions options;
  options.on_bad = [&](const JsonPlace&, const Error&) {
    ++bad;
    return ok();
  };
  EXPECT_THAT(lines("{\n1\n", options), ElementsAre("1:2 1"));
  EXPECT_EQ(bad, 1);
}

TEST(RealJson, VqaSampleHas38742And8449QuestionsOfTenAnswers) {
  const std::filesystem::path folder = std::filesystem::path(UNIMO_SHARED_DATA) / "vqa";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is absent";
  for (const auto& [part, count] : {std::pair<std::string, std::size_t>("train", 38'742),
                                    std::pair<std::string, std::size_t>("valid", 8'449)}) {
    std::size_t questions = 0, annotations = 0;
    const Status first = stream_json_views(
        folder / ("v2_OpenEnded_mscoco_train2014_questions.subset_" + part + ".json.gz"), {},
        [&](const JsonPlace& place, JsonView item) {
          questions += place.section == "questions" && item["question"].text() ? 1 : 0;
          return ok();
        });
    const Status second = stream_json_views(
        folder / ("v2_mscoco_train2014_annotations.subset_" + part + ".json.gz"), {},
        [&](const JsonPlace& place, JsonView item) {
          annotations += place.section == "annotations" && item["answers"].size() == 10 ? 1 : 0;
          return ok();
        });
    EXPECT_TRUE(first) << first.error().message;
    EXPECT_TRUE(second) << second.error().message;
    EXPECT_EQ(questions, count);
    EXPECT_EQ(annotations, count);
  }
}

}  // namespace
}  // namespace unimo::stages
