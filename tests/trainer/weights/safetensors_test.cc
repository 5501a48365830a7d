#include "trainer/weights/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/trainer/weights/damage.h"

namespace unimo::trainer {
namespace {

using testing::HasSubstr;

class Safetensors : public WeightFolder {
 protected:
  std::filesystem::path file() const { return path("m.safetensors"); }
};

TEST_F(Safetensors, AnyDamageGivesAnErrorOrOneOtherNumber) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  ASSERT_TRUE(write_safetensors(file(), std::vector<FloatTensor>{{"ab", {2, 3}, values}}, {}));
  const std::string bytes = read_file(file()).value();
  damage(bytes, [&](std::string_view damaged, const std::string& what) {
    write("m.safetensors", damaged);
    const auto all = read_everything(open_safetensors(file()));
    // A letter of the name may change: then the model misses a tensor.
    if (!all || !all->contains("ab")) return;
    int different = 0;
    ASSERT_EQ(all->at("ab").shape, (std::vector<std::int64_t>{2, 3})) << what;
    for (std::size_t i = 0; i < values.size(); ++i)
      different += all->at("ab").values[i] != values[i] ? 1 : 0;
    EXPECT_LE(different, 1) << what;
  });
}

TEST_F(Safetensors, ValuesThatAreNotFiniteAreNamedWithTheirPlace) {
  std::vector<float> values(300000, 1.0F);
  values[200001] = -std::numeric_limits<float>::infinity();
  ASSERT_TRUE(write_safetensors(file(), std::vector<FloatTensor>{{"w", {3, 100000}, values}}, {}));
  const auto opened = open_safetensors(file());
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_THAT(opened->check_floats("w").error().message,
              HasSubstr("tensor w: value 200001 (at [2, 1]) is -inf"));
}

TEST_F(Safetensors, ManyTensorsAreReadOnlyWhenAllAreGood) {
  const std::vector<float> good(100, 1.0F);
  std::vector<float> bad(100, 1.0F);
  bad[7] = NAN;
  ASSERT_TRUE(write_safetensors(
      file(), std::vector<FloatTensor>{{"a", {100}, good}, {"b", {100}, bad}, {"c", {100}, bad}},
      {}));
  const auto opened = open_safetensors(file());
  std::vector<float> out(300, 7.0F);
  const auto part = [&](std::size_t i) { return std::span(out).subspan(100 * i, 100); };
  const Status read = read_tensors(
      *opened, std::vector<TensorTarget>{{"a", part(0)}, {"b", part(1)}, {"c", part(2)}});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("tensor b: value 7 is nan"));
  EXPECT_THAT(read.error().message, HasSubstr("tensor c: value 7 is nan"));
  EXPECT_THAT(out, testing::Each(7.0F));
  ASSERT_TRUE(read_tensors(*opened, std::vector<TensorTarget>{{"a", part(0)}}));
  EXPECT_EQ(out[0], 1.0F);
}

TEST_F(Safetensors, AFileThatShrinksWhileItIsReadIsAnError) {
  const std::vector<float> values(1000, 1.0F);
  ASSERT_TRUE(write_safetensors(file(), std::vector<FloatTensor>{{"w", {1000}, values}}, {}));
  const auto opened = open_safetensors(file());
  std::filesystem::resize_file(file(), 500);
  EXPECT_THAT(opened->check_floats("w").error().message, HasSubstr("ended while it was read"));
}

TEST(TensorTypes, NarrowOnesAreExactAndWideOnesRounded) {
  const std::vector<std::uint16_t> half = {0x3C00, 0x0001, 0xFBFF, 0x7C00};
  std::vector<float> out(4);
  widen_floats(TensorType::kF16, reinterpret_cast<const char*>(half.data()), out);
  EXPECT_THAT(out, testing::ElementsAre(1, 0x1p-24F, -65504, INFINITY));
  const std::vector<std::uint16_t> brain = {0x3F80, 0xC020, 0x0001, 0x7F7F};
  widen_floats(TensorType::kBf16, reinterpret_cast<const char*>(brain.data()), out);
  EXPECT_THAT(out, testing::ElementsAre(1, -2.5F, 0x1p-133F, 0x1.FEp127F));
  const std::vector<double> wide = {0.1, 1e300};
  out.resize(2);
  widen_floats(TensorType::kF64, reinterpret_cast<const char*>(wide.data()), out);
  EXPECT_THAT(out, testing::ElementsAre(0.1F, INFINITY));
}

}  // namespace
}  // namespace unimo::trainer
