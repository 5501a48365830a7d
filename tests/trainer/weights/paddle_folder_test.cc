#include "trainer/weights/paddle_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/trainer/weights/damage.h"
#include "tests/trainer/weights/torch_writer.h"

namespace unimo::trainer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What SerializeToStream writes for a float tensor [2, 3]: version, no LoD, version, description.
std::string head(std::string_view description) {
  std::string out;
  put(out, std::uint32_t{0});
  put(out, std::uint64_t{0});
  put(out, std::uint32_t{0});
  put(out, static_cast<std::int32_t>(description.size()));
  return out.append(description);
}
const std::string kTwoByThree = head("\x08\x05\x10\x02\x10\x03");
const std::vector<float> kSix = {1, 2, 3, 4, 5, 6};

class PaddleFolder : public WeightFolder {
 protected:
  Result<ReadTensors> read() const { return read_everything(open_paddle_folder(path("params"))); }
  std::string error() const {
    const auto all = read();
    return all ? "nothing" : all.error().message;
  }
};

TEST_F(PaddleFolder, WritesTheBytesThatPaddleWrites) {
  std::filesystem::create_directories(path("params"));
  ASSERT_TRUE(write_paddle_folder(path("params"),
                                  std::vector<FloatTensor>{{"word_embedding", {2, 3}, kSix}}));
  EXPECT_EQ(read_file(path("params/word_embedding")).value(), kTwoByThree + float_bytes(kSix));
}

TEST_F(PaddleFolder, MatricesOfLayersAreTurnedAround) {
  std::filesystem::create_directories(path("params"));
  ASSERT_TRUE(
      write_paddle_folder(path("params"), std::vector<FloatTensor>{{"word_embedding", {2, 3}, kSix},
                                                                   {"image_emb.w_0", {2, 3}, kSix},
                                                                   {"image_emb.b_0", {6}, kSix},
                                                                   {"cls_out_2_w", {3, 2}, kSix}}));
  // On the disk it is [in, out].
  EXPECT_EQ(read_file(path("params/image_emb.w_0")).value(),
            head("\x08\x05\x10\x03\x10\x02") + float_bytes({1, 4, 2, 5, 3, 6}));
  const auto all = read();
  ASSERT_TRUE(all) << all.error().message;
  for (const char* name : {"word_embedding", "image_emb.w_0", "image_emb.b_0", "cls_out_2_w"})
    EXPECT_EQ(all->at(name).values, kSix) << name;
  EXPECT_THAT(all->at("image_emb.w_0").shape, ElementsAre(2, 3));
}

TEST_F(PaddleFolder, PackedSidesAndLevelsOfDetailAreRead) {
  write("params/packed", head(std::string_view("\x08\x05\x12\x02\x02\x03", 6)) + float_bytes(kSix));
  std::string levels;
  put(levels, std::uint32_t{0});
  put(levels, std::uint64_t{1});
  put(levels, std::uint64_t{16});
  levels.append(16, '\x07');
  write("params/levels", levels + kTwoByThree.substr(12) + float_bytes(kSix));
  const auto all = read();
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->at("packed"), (ReadTensor{{2, 3}, kSix}));
  EXPECT_EQ(all->at("levels"), (ReadTensor{{2, 3}, kSix}));
}

TEST_F(PaddleFolder, OtherTypesBecomeFloats) {
  std::string halves, doubles = head("\x08\x06\x10\x02");
  put(halves, std::uint16_t{0x3C00});
  put(halves, std::uint16_t{0xC000});
  write("params/half", head("\x08\x04\x10\x02") + halves);
  put(doubles, 1.5);
  put(doubles, -2.5);
  write("params/double", doubles);
  const auto all = read();
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_THAT(all->at("half").values, ElementsAre(1, -2));
  EXPECT_THAT(all->at("double").values, ElementsAre(1.5F, -2.5F));
}

TEST_F(PaddleFolder, WhatIsNoParameterIsNamed) {
  write("params/word_embedding", kTwoByThree + float_bytes(kSix));
  write("params/README.md", "# Weights of a model");
  EXPECT_THAT(error(), HasSubstr("README.md: not a parameter that Paddle saved"));
}

TEST_F(PaddleFolder, AParameterThatWasCutOffIsNamed) {
  write("params/word_embedding", kTwoByThree + float_bytes({1, 2, 3, 4, 5}));
  EXPECT_THAT(
      error(),
      HasSubstr(
          "word_embedding: 20 bytes of numbers do not fit F32 of shape [2, 3], which needs 24"));
}

TEST_F(PaddleFolder, ShapesThatNoMemoryHoldsAreRefused) {
  write("params/w", head("\x08\x05\x10\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x10\x10"));
  EXPECT_THAT(error(), HasSubstr("its shape is too large"));
  write("params/w", head("\x08\x05\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));  // -1
  EXPECT_THAT(error(), HasSubstr("its shape is too large"));
}

// There is no checksum: a changed number stays a number.
TEST_F(PaddleFolder, AnyDamageGivesAnErrorOrOneOtherNumber) {
  const std::string bytes = kTwoByThree + float_bytes(kSix);
  damage(bytes, [&](std::string_view damaged, const std::string& what) {
    write("params/word_embedding", damaged);
    const auto all = read();
    if (!all) return;
    const ReadTensor& read = all->at("word_embedding");
    ASSERT_EQ(read.shape, (std::vector<std::int64_t>{2, 3})) << what;
    int different = 0;
    for (std::size_t i = 0; i < kSix.size(); ++i) different += read.values[i] != kSix[i] ? 1 : 0;
    EXPECT_LE(different, 1) << what;
  });
}

}  // namespace
}  // namespace unimo::trainer
