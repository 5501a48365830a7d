#include "trainer/weights/caffe_model.h"

#include <gmock/gmock.h>

#include "orchestrator/base/file.h"
#include "tests/trainer/weights/protocol_writer.h"

namespace unimo::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CaffeModel : public ::testing::Test {
 protected:
  Result<WeightFile> open(std::string_view bytes) {
    EXPECT_TRUE(write_file(path(), bytes));
    return open_caffe_model(path());
  }
  std::string error(std::string_view bytes) {
    const auto file = open(bytes);
    return file ? "" : file.error().message;
  }
  std::filesystem::path path() const { return folder_.path() / "net.caffemodel"; }
  TempDir folder_ = TempDir::make("caffe-").value();
};

std::vector<float> floats_of(const WeightFile& file, const std::string& name) {
  std::vector<float> values(static_cast<std::size_t>(file.find(name)->count()));
  EXPECT_TRUE(file.read_floats(name, values));
  return values;
}

const std::vector<WrittenBlob> kLayer = {{{2, 1, 1, 2}, {1, 2, 3, 4}}, {{2}, {5, 6}}};

TEST_F(CaffeModel, GivesBlobsByLayerAndNumber) {
  const auto file =
      open(bytes_field(1, "net") + layer_bytes("conv1", kLayer) + layer_bytes("pool1", {}));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->tensors().size(), 2U);
  EXPECT_THAT(file->find("conv1/0")->shape, ElementsAre(2, 1, 1, 2));
  EXPECT_THAT(floats_of(*file, "conv1/0"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(floats_of(*file, "conv1/1"), ElementsAre(5, 6));
}

TEST_F(CaffeModel, ReadsLayersOfTheOldForm) {
  const auto file =
      open(old_layer_bytes("ip", {{{2, 3}, {1, 2, 3, 4, 5, 6}, true}, {{2}, {7, 8}, true}}));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(file->find("ip/0")->shape, ElementsAre(2, 3));
  EXPECT_THAT(file->find("ip/1")->shape, ElementsAre(2));
  EXPECT_THAT(floats_of(*file, "ip/1"), ElementsAre(7, 8));
}

TEST_F(CaffeModel, RefusesEveryTruncatedNet) {
  const std::string net = layer_bytes("conv1", kLayer);
  for (std::size_t size = 0; size < net.size(); ++size) {
    EXPECT_THAT(error(net.substr(0, size)), HasSubstr("net.caffemodel")) << size;
  }
}

TEST_F(CaffeModel, RefusesAShapeThatTheNumbersDoNotFill) {
  EXPECT_THAT(error(layer_bytes("fc", {{{2, 2}, {1, 2, 3}}})),
              HasSubstr("tensor fc/0: 12 bytes for a shape of [2, 2]"));
}

TEST_F(CaffeModel, RefusesNumbersThatAreNotInOnePiece) {
  const std::string blob = bytes_field(7, bytes_field(1, varint(2))) +
                           bytes_field(5, packed_floats({1})) + bytes_field(5, packed_floats({2}));
  EXPECT_THAT(error(bytes_field(100, bytes_field(1, "a") + bytes_field(7, blob))),
              HasSubstr("tensor a/0: its numbers do not stand in one piece"));
}

TEST_F(CaffeModel, RefusesALayerThatIsThereTwice) {
  EXPECT_THAT(error(layer_bytes("a", kLayer) + layer_bytes("a", kLayer)),
              HasSubstr("layer a is there twice"));
}

TEST_F(CaffeModel, RefusesANetWithoutWeights) {
  EXPECT_THAT(error(layer_bytes("data", {})), HasSubstr("without weights"));
  EXPECT_THAT(error(""), HasSubstr("without weights"));
}

TEST_F(CaffeModel, TellsWhereBytesAreNoProtocolBuffer) {
  EXPECT_THAT(error("\x07garbage"), HasSubstr("byte 0: a field of number 0"));
  EXPECT_THAT(error(std::string(11, '\xFF')), HasSubstr("byte 0: a number of more than 64 bits"));
  EXPECT_THAT(error("\x0B"), HasSubstr("byte 0: a field of wire type 3"));
}

// A length of nearly 2^64 must not wrap around.
TEST_F(CaffeModel, RefusesALengthBeyondTheFile) {
  const std::string huge = varint(100U << 3 | 2U) + varint(~0ULL - 3) + "abc";
  EXPECT_THAT(error(huge), HasSubstr("where 3 are left"));
}

}  // namespace
}  // namespace unimo::trainer
