// The damaged and unusual files whose faults are known, and the two sound forms of one model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "orchestrator/base/json.h"
#include "trainer/weights/roberta.h"
#include "trainer/weights/weight_source.h"

namespace unimo::trainer {
namespace {

using testing::HasSubstr;

class GoldenWeights : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(golden())) GTEST_SKIP() << "no golden weights at " << golden();
  }
  static std::filesystem::path golden() {
    return std::filesystem::path(UNIMO_SHARED_DATA) / "golden/roberta";
  }
  static Json cases(const std::string& folder) {
    return read_json(golden() / folder / "MANIFEST.json")->at("cases");
  }
  // Everything that loading does, but for the model: container, configuration, names, shapes,
  // values.
  static Status check(const std::filesystem::path& folder) {
    const WeightSource source = UNIMO_TRY(open_weights(folder));
    const ModelConfig config = UNIMO_TRY(read_roberta_config(*source.config));
    UNIMO_TRY(map_roberta(source.file, text_parameters(config)));
    for (const std::string& mistake : bad_tensors(source.file))
      return fail(ErrorCode::kInvalid, "{}", mistake);
    return ok();
  }
};

// What a message must say besides the names in the manifest.
const std::map<std::string, std::string> kSense = {
    {"truncated_data", "the data ends early"},
    {"truncated_header", "points beyond the end of the file"},
    {"header_beyond_file", "points beyond the end of the file"},
    {"header_length_huge", "is absurd"},
    {"header_length_zero", "the header is empty"},
    {"empty_file", "too short for a safetensors file"},
    {"five_bytes", "too short for a safetensors file"},
    {"header_not_json", "the header is not a JSON object"},
    {"header_not_utf8", "not valid UTF-8"},
    {"overlapping_offsets", "overlap"},
    {"overlapping_by_one_value", "overlap"},
    {"hole_between_tensors", "has a hole of 64 bytes"},
    {"trailing_bytes", "40 bytes longer than its header says"},
    {"offsets_reversed", "the offsets are reversed"},
    {"offsets_negative", "not two whole non-negative numbers"},
    {"unknown_dtype", "unknown dtype \"F23\""},
    {"dtype_size_mismatch", "do not fit dtype F16 and shape"},
    {"shape_size_mismatch", "do not fit dtype F32 and shape"},
    {"shape_overflow", "the shape is too large"},
    {"duplicate_name", "twice"},
    {"duplicate_name_two_meanings", "twice"},
    {"missing_tensor", "is missing"},
    {"extra_tensor", "unexpected tensor"},
    {"extra_layer", "unexpected tensor"},
    {"mis_shaped", "shape [41, 16] found, [40, 16] wanted"},
    {"transposed", "is it stored as [in, out]?"},
    {"rank", "found, ["},
    {"nan_weight", "is nan: weights must be finite"},
    {"inf_weight", "is -inf: weights must be finite"},
    {"integer_weight", "a floating-point type is wanted"},
    {"heads_do_not_divide", "is not a multiple of num_attention_heads 3"},
    {"config_not_json", "config.json"},
    {"pickle_os_system", "it names os.system; only tensors are read, nothing was run"},
    {"pickle_posix_system", "it names posix.system; only tensors are read, nothing was run"},
    {"pickle_stack_global", "protocol 4"},
    {"pickle_harmless_call", "it names builtins.len; only tensors are read, nothing was run"},
    {"bin_truncated", "the archive has no central directory"},
    {"bin_storage_short", "its storage is too short"},
    {"bin_storage_missing", "its storage is missing"},
    {"bin_nan", "(at [2, 3]) is nan"},
    {"bin_is_safetensors", "not a torch archive"}};

TEST_F(GoldenWeights, DamagedFilesAreRefusedWithTheirFault) {
  for (const Json& entry : cases("bad")) {
    const auto name = entry.at("case").get<std::string>();
    SCOPED_TRACE(name);
    const Status status = check(golden() / "bad" / name);
    ASSERT_FALSE(status) << "was accepted";
    const std::string& message = status.error().message;
    ASSERT_TRUE(kSense.contains(name)) << message;
    EXPECT_THAT(message, HasSubstr(kSense.at(name)));
    const Json& names = entry.at("should_name_one_of");
    EXPECT_TRUE(names.empty() ||
                std::ranges::any_of(names,
                                    [&](const Json& one) {
                                      return message.find(one.get<std::string>()) !=
                                             std::string::npos;
                                    }))
        << message;
  }
  EXPECT_EQ(kSense.size(), 41U);
}

TEST_F(GoldenWeights, UnusualFilesAreTaken) {
  for (const Json& entry : cases("variants")) {
    const auto name = entry.at("case").get<std::string>();
    const Status status = check(golden() / "variants" / name);
    EXPECT_TRUE(status) << name << ": " << status.error().message;
  }
}

TEST_F(GoldenWeights, BothFormsHoldTheSameBits) {
  const auto safetensors = open_weights(golden() / "safetensors");
  const auto archive = open_weights(golden() / "bin");
  ASSERT_TRUE(safetensors && archive);
  for (const auto& [name, tensor] : safetensors->file.tensors()) {
    const StoredTensor* other = archive->file.find(name);
    ASSERT_NE(other, nullptr) << name;
    ASSERT_EQ(other->shape, tensor.shape) << name;
    std::vector<float> a(static_cast<std::size_t>(tensor.count())), b(a.size());
    ASSERT_TRUE(safetensors->file.read_floats(name, a));
    ASSERT_TRUE(archive->file.read_floats(name, b));
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0) << name;
  }
  // The archive has the tied output table as well.
  EXPECT_EQ(archive->file.tensors().size(), safetensors->file.tensors().size() + 2);
}

TEST_F(GoldenWeights, AnEncoderAloneLacksTheHead) {
  const auto source = open_weights(golden() / "variants/encoder_only");
  const auto config = read_roberta_config(*source->config);
  const auto map = map_roberta(source->file, text_parameters(*config));
  ASSERT_TRUE(map) << map.error().message;
  EXPECT_THAT(map->missing, testing::Contains("mask_lm_trans_fc.w_0"));
  EXPECT_EQ(map->missing.size(), 5U);
}

}  // namespace
}  // namespace unimo::trainer
