#include "stages/tokenize/tokenize.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Tokenize : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kBpe)) GTEST_SKIP() << "no " << kBpe;
  }

  // What comes out for `input`; the error is kept in `error_`.
  std::string run(const std::string& input, const TokenizeOptions& options = {}) {
    static const auto tokenizer = *trainer::load_tokenizer(kBpe);
    const fs::path in = folder_.path() / "in", out = folder_.path() / "out";
    EXPECT_TRUE(write_file_atomic(in, input));
    const int fd = ::open(in.c_str(), O_RDONLY | O_CLOEXEC);
    std::FILE* file = std::fopen(out.c_str(), "wb");
    const Status status = tokenize_stream(*tokenizer, options, fd, "in.txt", file);
    error_ = status ? "" : status.error().message;
    ::close(fd);
    std::fclose(file);
    return *read_file(out);
  }

  int command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "tokenize");
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    return run_tokenize(static_cast<int>(argv.size()), argv.data());
  }

  static constexpr const char* kBpe = UNIMO_SHARED_DATA "/bpe";
  TempDir folder_ = *TempDir::make("tokenize");
  std::string error_;
};

TEST_F(Tokenize, AnswersEveryLine) {
  EXPECT_EQ(run("Hello world\n\n the."), "[31414,232]\n[]\n[5,4]\n");
  EXPECT_EQ(run(""), "");
}

TEST_F(Tokenize, SpeaksGpt2OnBothWays) {
  EXPECT_EQ(run("Hello world\n", {.gpt2 = true}), "[15496,995]\n");
  EXPECT_EQ(run("[15496,995]\n", {.decode = true, .gpt2 = true}), "Hello world\n");
}

TEST_F(Tokenize, KeepsCarriageReturnsAndNul) {
  EXPECT_EQ(run(run(std::string("a\r\n\0b\n", 6)), {.decode = true}), std::string("a\r\n\0b\n", 6));
}

TEST_F(Tokenize, ReadsJsonObjects) {
  EXPECT_EQ(run("{\"text\": \"Hello\\nworld\", \"id\": 3}\n{\"bytes_hex\": \"48656C6c6f\"}",
                {.jsonl = true}),
            "[31414,50118,8331]\n[31414]\n");
}

TEST_F(Tokenize, WritesJsonStringsWhereWanted) {
  EXPECT_EQ(run("[31414,50118,8331]\n[0,2]", {.decode = true, .json = true}),
            "\"Hello\\nworld\"\n\"\"\n");
}

TEST_F(Tokenize, RepairsWhatIsNotUtf8) { EXPECT_EQ(run("a\xFF\n"), run("a\uFFFD\n")); }

TEST_F(Tokenize, HandlesLinesLongerThanABlock) {
  std::string text;
  while (text.size() < 3'000'000) text += " dog";
  const std::string answer = run(text + "\n the\n");
  EXPECT_TRUE(answer.ends_with(",2335]\n[5]\n"));
}

TEST_F(Tokenize, SaysWhichLineIsBadAfterTheGoodOnes) {
  EXPECT_EQ(run("[5]\n[5,50265]\n[5]\n", {.decode = true}), " the\n");
  EXPECT_THAT(error_, HasSubstr("in.txt:2: 50265 is not an id; they are 0 to 50264"));
  run("[5]\n{}\n", {.decode = true});
  EXPECT_THAT(error_, HasSubstr("in.txt:2: wanted a list of ids"));
  run("{\"text\": \"a\"}\n{\"txt\": \"a\"}\n", {.jsonl = true});
  EXPECT_THAT(error_, HasSubstr("in.txt:2: wanted an object with a string text or bytes_hex"));
  run("{\"bytes_hex\": \"4\"}\n", {.jsonl = true});
  EXPECT_THAT(error_, HasSubstr("in.txt:1: bytes_hex \"4\""));
  run("{\"text\": \n", {.jsonl = true});
  EXPECT_THAT(error_, HasSubstr("in.txt:1"));
  run("[-1]\n[1.5]", {.decode = true});
  EXPECT_THAT(error_, HasSubstr("in.txt:1: -1 is not an id"));
}

TEST_F(Tokenize, GivesEveryGoldenCaseThroughTheCommand) {
  const fs::path golden = UNIMO_SHARED_DATA "/golden/tokenizer";
  const std::string answers = run(*read_file(golden / "cases.jsonl"), {.jsonl = true});
  std::ifstream cases(golden / "cases.jsonl");
  std::istringstream lines(answers);
  std::string line, answer;
  int count = 0;
  for (; std::getline(cases, line) && std::getline(lines, answer); ++count) {
    EXPECT_EQ(Json::parse(answer), Json::parse(line)["roberta_ids"]);
  }
  EXPECT_EQ(count, 1538);
}

TEST_F(Tokenize, ExitsWithTwoForBadUsage) {
  EXPECT_EQ(command({}), 2);
  EXPECT_EQ(command({"--bpe"}), 2);
  EXPECT_EQ(command({"--bpe", kBpe, "--colour"}), 2);
  EXPECT_EQ(command({"--bpe", kBpe, "--json"}), 2);
  EXPECT_EQ(command({"--bpe", kBpe, "--jsonl", "--decode"}), 2);
  EXPECT_EQ(command({"--bpe", kBpe, "a", "b"}), 2);
}

TEST_F(Tokenize, ExitsWithZeroWhenDone) {
  const fs::path input = folder_.path() / "empty";
  ASSERT_TRUE(write_file_atomic(input, ""));
  EXPECT_EQ(command({"--bpe", kBpe, "--jsonl", "--gpt2", input.string()}), 0);
}

TEST_F(Tokenize, ExitsWithOneForBadInput) {
  EXPECT_EQ(command({"--bpe", kBpe, (folder_.path() / "absent").string()}), 1);
  EXPECT_EQ(command({"--bpe", folder_.path().string()}), 1);
}

}  // namespace
}  // namespace unimo::stages
