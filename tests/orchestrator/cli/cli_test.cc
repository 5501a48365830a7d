#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/cli/completion.h"
#include "orchestrator/cli/console.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/schema_commands.h"
#include "stages/schema/schemas.h"

namespace unimo {
namespace {

using ::testing::HasSubstr;

TEST(TextTable, CountsLettersAndNotBytesOrColours) {
  TextTable table({"name", "x"});
  table.add({"é", "1"});
  table.add({"\033[32mab\033[0m", "2"});
  EXPECT_EQ(table.text(), "name  x\né     1\n\033[32mab\033[0m    2\n");
}

TEST(Console, WritesDurationsAsPeopleSayThem) {
  EXPECT_EQ(human_duration(4.24), "4.2 s");
  EXPECT_EQ(human_duration(59.6), "1 min 00 s");
  EXPECT_EQ(human_duration(185), "3 min 05 s");
  EXPECT_EQ(human_duration(7620), "2 h 07 min");
}

TEST(Console, ShowsWholeNumbersAndMissingOnes) {
  EXPECT_EQ(human_number(3.0), "3");
  EXPECT_EQ(human_number(0.123456789), "0.123457");
  EXPECT_EQ(human_number(std::nullopt), "nan");
}

TEST(Completion, AnUnknownShellIsAMistake) {
  const auto script = completion_script("tcsh", {});
  ASSERT_FALSE(script.has_value());
  EXPECT_THAT(script.error().message, HasSubstr("bash, zsh and fish"));
}

TEST(Completion, OffersWhatStandsBehindACommand) {
  const std::vector<CommandWords> commands{{"data", "folders", {"--deep"}, {"check"}},
                                           {"list", "runs", {"--limit"}, {}}};
  EXPECT_THAT(*completion_script("bash", commands),
              HasSubstr("data) words=\"--deep\" subcommands=\"check\" ;;"));
  EXPECT_THAT(*completion_script("bash", commands),
              HasSubstr("list) words=\"--limit\" subcommands=\"\" ;;"));
  EXPECT_THAT(*completion_script("fish", commands),
              HasSubstr("'__fish_seen_subcommand_from data' -a check"));
}

TEST(ExitCodes, EveryErrorHasOneThatIsDocumented) {
  for (const ErrorCode code :
       {ErrorCode::kInvalid, ErrorCode::kNotFound, ErrorCode::kConflict, ErrorCode::kIo,
        ErrorCode::kFailed, ErrorCode::kCancelled, ErrorCode::kIntegrity}) {
    EXPECT_THAT(std::string(exit_code::kTable),
                HasSubstr(fmt::format("{:3}  ", exit_code::of(code))));
  }
}

// The documentation of parameters, their reading and their writing are one list; these hold for all
// kinds.
class Schemas : public ::testing::TestWithParam<std::string> {};

TEST_P(Schemas, DefaultsAreWithinTheirOwnRanges) {
  const StageSchema* schema = stages::find_schema(GetParam());
  ASSERT_NE(schema, nullptr);
  std::vector<FieldError> errors;
  const Json complete = schema->resolve(Json::object(), errors);
  schema->resolve(complete, errors);
  for (const FieldError& error : errors) ADD_FAILURE() << error.path << ": " << error.message;
}

TEST_P(Schemas, EveryParameterIsDescribed) {
  for (const FieldDescription& field : stages::find_schema(GetParam())->describe()) {
    EXPECT_FALSE(field.description.empty()) << field.path;
  }
}

TEST_P(Schemas, AnUnknownParameterIsRefusedWithWhatIsKnown) {
  std::vector<FieldError> errors;
  stages::find_schema(GetParam())->resolve(Json{{"no_such_parameter", 1}}, errors);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].path, "no_such_parameter");
}

INSTANTIATE_TEST_SUITE_P(Kinds, Schemas, ::testing::ValuesIn(stages::schema_kinds()),
                         [](const auto& kind) {
                           std::string name = kind.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace unimo
