#include "stages/weights/show_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/weights/weights.h"
#include "tests/stages/weights/small_checkpoint.h"
#include "tests/trainer/detector/small_detector.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::filesystem::path kGolden = std::filesystem::path(UNIMO_SHARED_DATA) / "golden/roberta";

#define REQUIRE_GOLDEN() \
  if (!std::filesystem::exists(kGolden)) GTEST_SKIP() << "no golden weights at " << kGolden

TEST(ShowWeights, ACheckpointIsKnownWithItsSizes) {
  StageBench bench;
  write_small_checkpoint(bench, "checkpoint");
  const auto shown = look_at_weights(bench.path("checkpoint"));
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(shown->names, trainer::WeightNames::kUnimo);
  EXPECT_EQ(shown->sizes->heads, 4);
  EXPECT_THAT(shown->mistakes, IsEmpty());
  EXPECT_THAT(to_text(*shown), HasSubstr("UNIMO: 2 layers, hidden 32, 4 heads, ffn 48"));
}

TEST(ShowWeights, ADetectorIsDescribedWithItsLayoutAndTheNamesItHas) {
  StageBench bench;
  std::filesystem::create_directories(bench.path("weights"));
  const auto net = bench.path("weights/net.caffemodel");
  trainer::write_caffe_detector(net, trainer::small_detector(trainer::DetectorKind::kCaffe), 2);
  const auto shown = look_at_weights(net);
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_THAT(shown->mistakes, IsEmpty());
  EXPECT_THAT(to_text(*shown), HasSubstr("region detector, names of Caffe: blocks 1-2-3-2, feature "
                                         "128, 12 anchors, 7 classes, 5 attributes, caffe layout"));
  const Json document = to_json(*shown);
  EXPECT_EQ(document.at("detector").at("classes"), 7);
  EXPECT_EQ(document.at("sizes"), Json());
}

TEST(ShowWeights, ADetectorSaysWhatIsMissing) {
  StageBench bench;
  std::filesystem::create_directories(bench.path("weights"));
  trainer::write_detector(bench.path("weights/model.safetensors"),
                          trainer::small_detector(trainer::DetectorKind::kDetectron2),
                          trainer::DetectorFormat::kDetectron2, "backbone.res3.1.conv1.norm.bias");
  const auto shown = look_at_weights(bench.path("weights"));
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_THAT(shown->mistakes,
              ElementsAre(HasSubstr("tensor backbone.res3.1.conv1.norm.bias is missing")));
}

TEST(ShowWeights, ARobertaSaysWhatEachTensorBecomes) {
  REQUIRE_GOLDEN();
  const auto shown = look_at_weights(kGolden / "safetensors");
  ASSERT_TRUE(shown) << shown.error().message;
  const Json document = to_json(*shown);
  EXPECT_EQ(document.at("model"), "RoBERTa");
  EXPECT_EQ(document.at("values"), 223656);
  EXPECT_EQ(document.at("sizes").at("layers"), 3);
  EXPECT_EQ(document.at("tensors").at(0), (Json{{"name", "lm_head.bias"},
                                                {"dtype", "F32"},
                                                {"shape", {1000}},
                                                {"bytes", 4000},
                                                {"parameter", "mask_lm_out_fc.b_0"}}));
}

TEST(ShowWeights, AllThatIsWrongIsTold) {
  REQUIRE_GOLDEN();
  const auto layers = look_at_weights(kGolden / "bad/extra_layer");
  ASSERT_TRUE(layers) << layers.error().message;
  EXPECT_EQ(layers->mistakes.size(), 16U);
  const auto infinite = look_at_weights(kGolden / "bad/inf_weight");
  ASSERT_TRUE(infinite) << infinite.error().message;
  EXPECT_THAT(infinite->mistakes, ElementsAre(HasSubstr("weights must be finite")));
  const auto heads = look_at_weights(kGolden / "bad/heads_do_not_divide");
  ASSERT_TRUE(heads) << heads.error().message;
  EXPECT_THAT(heads->mistakes, ElementsAre(HasSubstr("num_attention_heads 3")));
}

TEST(ShowWeights, AnEncoderAloneSaysWhatWouldBeNew) {
  REQUIRE_GOLDEN();
  const auto shown = look_at_weights(kGolden / "variants/encoder_only");
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_THAT(shown->new_parts, testing::Contains("mask_lm_trans_fc.w_0"));
  EXPECT_THAT(shown->mistakes, IsEmpty());
}

int exit_code(const std::vector<std::string>& arguments) {
  std::vector<std::string> texts = {"weights-show"};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& text : texts) argv.push_back(text.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = run_weights_show(static_cast<int>(argv.size()), argv.data());
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
  return code;
}

TEST(ShowWeights, TheExitCodeTellsGoodFromDamagedFromAbsent) {
  REQUIRE_GOLDEN();
  EXPECT_EQ(exit_code({(kGolden / "bin").string()}), 0);
  EXPECT_EQ(exit_code({(kGolden / "bin").string(), "--json"}), 0);
  EXPECT_EQ(exit_code({(kGolden / "bad/nan_weight").string()}), 4);
  EXPECT_EQ(exit_code({(kGolden / "bad/pickle_os_system").string()}), 4);
  EXPECT_EQ(exit_code({"/nowhere"}), 2);
  EXPECT_EQ(exit_code({}), 2);
  EXPECT_EQ(exit_code({"a", "b"}), 2);
}

}  // namespace
}  // namespace unimo::stages
