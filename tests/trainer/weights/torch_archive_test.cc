#include "trainer/weights/torch_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/trainer/weights/damage.h"
#include "tests/trainer/weights/torch_writer.h"

namespace unimo::trainer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<float> kSix = {1, 2, 3, 4, 5, 6};

std::string archive(const std::vector<WrittenTensor>& tensors,
                    const std::vector<float>& values = kSix, const ZipOptions& options = {}) {
  return zipped({{"m/data.pkl", pickled_dictionary(tensors)},
                 {"m/byteorder", "little"},
                 {"m/data/0", float_bytes(values)},
                 {"m/version", "3\n"}},
                options);
}

class TorchArchive : public WeightFolder {
 protected:
  Result<ReadTensors> read(std::string_view bytes) const {
    return read_everything(open_torch_archive(write("m.bin", bytes)));
  }
  std::string error(std::string_view bytes) const {
    const auto all = read(bytes);
    return all ? "nothing" : all.error().message;
  }
};

TEST_F(TorchArchive, ViewsOfOneStorageAreReadWithOffsetsAndStrides) {
  const auto all = read(archive({{"whole", "0", 6, 0, {2, 3}, {3, 1}},
                                 {"turned", "0", 6, 0, {3, 2}, {1, 3}},
                                 {"column", "0", 6, 1, {2}, {3}},
                                 {"cube", "0", 6, 0, {1, 3, 2}, {6, 1, 3}},
                                 {"scalar", "0", 6, 5, {}, {}},
                                 {"empty", "0", 6, 6, {0, 3}, {3, 1}}}));
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_THAT(all->at("whole").values, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(all->at("turned").values, ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(all->at("column").values, ElementsAre(2, 5));
  EXPECT_THAT(all->at("cube").values, ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(all->at("scalar").values, ElementsAre(6));
  EXPECT_TRUE(all->at("empty").values.empty());
}

// {"model": tensors, "iteration": 7, "rate": 0.5}
TEST_F(TorchArchive, TensorsUnderModelAreRead) {
  std::string inner = pickled_dictionary({{"w", "0", 6, 0, {6}, {1}}});
  inner = inner.substr(2, inner.size() - 3);  // without its frame
  const std::string half("G\x3f\xe0\0\0\0\0\0\0", 9);
  const std::string whole = "\x80\x02}(" + pickled_text("model") + inner +
                            pickled_text("iteration") + pickled_number(7) + pickled_text("rate") +
                            half + "u.";
  const auto all = read(zipped({{"m/data.pkl", whole},
                                {"m/byteorder", "little"},
                                {"m/data/0", float_bytes(kSix)},
                                {"m/version", "3\n"}}));
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), 1U);
  EXPECT_THAT(all->at("w").values, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(TorchArchive, Zip64IsRead) {
  const auto all = read(archive({{"w", "0", 6, 0, {6}, {1}}}, kSix, {.zip64 = true}));
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_THAT(all->at("w").values, ElementsAre(1, 2, 3, 4, 5, 6));
}

// The form before torch 1.6: magic number, version, sizes of types, dictionary, keys, storages.
std::string old_form() {
  std::string out("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
  out += "\x80\x02M\xe9\x03.\x80\x02}.";
  out += pickled_dictionary({{"w", "0", 6, 0, {2, 3}, {3, 1}}, {"t", "0", 6, 0, {3, 2}, {1, 3}}});
  out += "\x80\x02](" + pickled_text("0") + "e.";
  put(out, std::int64_t{6});
  return out + float_bytes(kSix);
}

TEST_F(TorchArchive, TheOldFormIsRead) {
  const auto all = read(old_form());
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->at("w").values, kSix);
  EXPECT_THAT(all->at("t").values, ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST_F(TorchArchive, EveryBeginningOfTheOldFormIsRefused) {
  const std::string bytes = old_form();
  for (std::size_t i = 0; i < bytes.size(); ++i)
    EXPECT_FALSE(read(std::string_view(bytes).substr(0, i))) << i;
  EXPECT_THAT(error(bytes + "x"), HasSubstr("1 bytes after the last storage"));
}

TEST_F(TorchArchive, ParametersAreTensors) {
  const std::string tensor = pickled({"w", "0", 6, 0, {6}, {1}});
  const std::string name = pickled_text("w");
  const std::string parameter = "\x80\x02}(" + name + "ctorch._utils\n_rebuild_parameter\n(" +
                                tensor.substr(name.size()) + "\x88}tRu.";
  const auto all = read(zipped({{"m/data.pkl", parameter}, {"m/data/0", float_bytes(kSix)}}));
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->at("w").values, kSix);
}

TEST_F(TorchArchive, TensorsOutsideTheirStorageAreRefusedByName) {
  const std::string outside = "tensor w (storage data/0): shape";
  EXPECT_THAT(error(archive({{"w", "0", 6, 1, {6}, {1}}})), HasSubstr(outside));
  EXPECT_THAT(error(archive({{"w", "0", 6, 0, {2}, {6}}})), HasSubstr(outside));
  EXPECT_THAT(error(archive({{"w", "0", 6, 7, {0}, {1}}})), HasSubstr(outside));
  // A single value that is said to be a million.
  EXPECT_THAT(error(archive({{"w", "0", 6, 0, {1000, 1000}, {0, 0}}})), HasSubstr(outside));
}

TEST_F(TorchArchive, StoragesThatAreNotAsLongAsSaidAreRefused) {
  EXPECT_THAT(error(archive({{"w", "0", 7, 0, {6}, {1}}})), HasSubstr("its storage is too short"));
  EXPECT_THAT(error(archive({{"w", "0", 5, 0, {5}, {1}}})), HasSubstr("its storage is too long"));
  EXPECT_THAT(error(archive({{"w", "1", 6, 0, {6}, {1}}})),
              HasSubstr("data/1): its storage is missing"));
  EXPECT_THAT(error(archive({{"w", "0", -6, 0, {6}, {1}}})), HasSubstr("not described"));
}

TEST_F(TorchArchive, CompressedEntriesAreRefused) {
  EXPECT_THAT(error(archive({{"w", "0", 6, 0, {6}, {1}}}, kSix, {.method = 8})),
              HasSubstr("is compressed"));
}

TEST_F(TorchArchive, NumbersOfTheOtherByteOrderAreRefused) {
  EXPECT_THAT(error(zipped({{"m/data.pkl", pickled_dictionary({})}, {"m/byteorder", "big"}})),
              HasSubstr("big-endian"));
}

TEST_F(TorchArchive, ValuesThatAreNotFiniteAreNamedWithTheirPlace) {
  const auto message = error(archive({{"w", "0", 6, 0, {2, 3}, {3, 1}}}, {1, 2, 3, 4, NAN, 6}));
  EXPECT_THAT(message, HasSubstr("tensor w: value 4 (at [1, 1]) is nan"));
}

TEST_F(TorchArchive, ChangedNumbersAreFoundByTheirChecksum) {
  std::string bytes = archive({{"w", "0", 6, 0, {6}, {1}}});
  bytes[bytes.find(float_bytes({3}))] ^= 1;
  EXPECT_THAT(error(bytes), HasSubstr("tensor w: its bytes have CRC"));
}

TEST_F(TorchArchive, AnyDamageGivesAnErrorOrTheSameData) {
  const std::string bytes =
      archive({{"w", "0", 6, 0, {2, 3}, {3, 1}}, {"t", "0", 6, 0, {3, 2}, {1, 3}}});
  const auto whole = read(bytes);
  ASSERT_TRUE(whole) << whole.error().message;
  damage(bytes, [&](std::string_view damaged, const std::string& what) {
    const auto all = read(damaged);
    EXPECT_TRUE(!all || *all == *whole) << what;
  });
}

}  // namespace
}  // namespace unimo::trainer
