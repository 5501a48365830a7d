#include "trainer/weights/pickle_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trainer/weights/tensor_pickle.h"

namespace unimo::trainer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string error(std::string_view pickle) {
  PickleMachine machine(pickle, "m.bin");
  const auto value = machine.run();
  return value ? "nothing" : value.error().message;
}

TEST(PickleMachine, RefusesEveryNameThatIsNotOfTensors) {
  EXPECT_THAT(error("\x80\x02"
                    "cos\nsystem\n(X\x04\x00\x00\x00truetR."),
              HasSubstr("it names os.system; only tensors are read, nothing was run"));
  EXPECT_THAT(error("cbuiltins\neval\n."), HasSubstr("it names builtins.eval"));
  EXPECT_THAT(error("ctorch\nload\n."), HasSubstr("it names torch.load"));
  // A name is compared as a whole: a dot more in one half does not make it another.
  EXPECT_THAT(error("ctorch.Float\nStorage\n."), HasSubstr("it names torch.Float.Storage"));
}

TEST(PickleMachine, RefusesOpcodesThatTorchDoesNotWrite) {
  for (const char* pickle : {"i", "o", "\x93", "\x81", "\x92", "P", "V", "F", "I", "S", "0"})
    EXPECT_THAT(error(std::string(pickle) + "os\nsystem\n."), HasSubstr("is none that torch.save"));
  EXPECT_THAT(error("\x80\x04."), HasSubstr("protocol 4"));
}

TEST(PickleMachine, CallsOnlyWhatDescribesTensors) {
  EXPECT_THAT(error("ctorch\nFloatStorage\n)R."), HasSubstr("with arguments"));
  EXPECT_THAT(error("K\x01)R."), HasSubstr("a number where a name must stand"));
  EXPECT_THAT(error("ccollections\nOrderedDict\nK\x01\x85R."), HasSubstr("with arguments"));
}

TEST(PickleMachine, RefusesAStackThatDoesNotHoldWhatIsTaken) {
  for (const char* pickle : {".", "s.", "t.", "u.", "R.", "Q.", "b.", "q\x01.", "(\x85.", "]u.",
                             "}K\x01"
                             "a.",
                             "h\x07.",
                             "(K\x01"
                             "e."})
    EXPECT_NE(error(pickle), "nothing") << pickle;
}

TEST(PickleMachine, SaysWhereAPickleWasCutOff) {
  EXPECT_THAT(error("\x80\x02X\x09\x00"), HasSubstr("byte 2 of the pickle: it ends in the middle"));
  EXPECT_THAT(error("X"), HasSubstr("it ends in the middle"));
  EXPECT_THAT(error("ctorch"), HasSubstr("it ends in the middle"));
}

TEST(PickleMachine, AListThatHoldsItselfIsNoDanger) {
  PickleMachine machine(
      "]q\x01h\x01"
      "a.",
      "m.bin");
  const auto value = machine.run();
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_THAT(machine.value(*value).items, ElementsAre(*value));
}

TEST(PickleMachine, ReadsNumbersOfAnyLength) {
  PickleMachine machine(
      std::string_view("(J\xfe\xff\xff\xff\x8a\x01\xff\x8a\x02\xff\x00\x8a\x00t.", 17), "m.bin");
  const auto value = machine.run();
  ASSERT_TRUE(value) << value.error().message;
  std::vector<std::int64_t> numbers;
  for (const auto item : machine.value(*value).items) numbers.push_back(machine.value(item).number);
  EXPECT_THAT(numbers, ElementsAre(-2, -1, 255, 0));
}

TEST(TensorPickle, WantsADictionaryOfTensors) {
  std::size_t used = 0;
  EXPECT_THAT(read_tensor_pickle("K\x01.", "m.bin", used).error().message,
              HasSubstr("holds a number, not a dictionary"));
  EXPECT_THAT(
      read_tensor_pickle(std::string_view("}X\x05\x00\x00\x00"
                                          "epochK\x03s.",
                                          15),
                         "m.bin", used)
          .error()
          .message,
      HasSubstr("epoch is a number, not a tensor: give what torch.save(model.state_dict()"));
}

}  // namespace
}  // namespace unimo::trainer
