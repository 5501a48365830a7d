#include "stages/region_files/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/region_files/msgpack_arrays.h"

namespace unimo::stages {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using trainer::TensorType;

NumberArray matrix() {
  return array_of(TensorType::kF32, {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
}

std::string npy_of(const std::string& header, const std::string& values, char version = 1) {
  std::string file = "\x93NUMPY";
  file += version;
  file += '\0';
  file += static_cast<char>(header.size());
  file += '\0';
  if (version > 1) file += std::string(2, '\0');
  return file + header + values;
}

TEST(Npy, HeadersAreAsNumpyWritesThem) {
  const std::string file = format_npy(matrix());
  EXPECT_EQ(file.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_THAT(file, HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"));
  EXPECT_EQ(file.size(), 128U + 24U);
  EXPECT_EQ(file[127], '\n');
  EXPECT_EQ(parse_npy(file).value(), matrix());
}

TEST(Npy, OneSidedShapesHaveTheirComma) {
  const auto list = array_of(TensorType::kF16, {2}, std::vector<float>{1, 2});
  EXPECT_THAT(format_npy(list), HasSubstr("'shape': (2,)"));
  EXPECT_EQ(parse_npy(format_npy(list)).value(), list);
}

TEST(Npy, FortranOrderIsTurnedAround) {
  const std::string header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n";
  const auto array = parse_npy(npy_of(header, "\x01\x02\x03\x04\x05\x06")).value();
  EXPECT_THAT(floats_of(*array), ElementsAre(1, 3, 5, 2, 4, 6));
}

TEST(Npy, TheSecondVersionHasAWiderLength) {
  const std::string header = "{'descr': '<i2', 'fortran_order': False, 'shape': (1,), }\n";
  const auto array = parse_npy(npy_of(header, std::string("\x05\x00", 2), 2)).value();
  EXPECT_THAT(*whole_numbers_of(*array), ElementsAre(5));
}

TEST(Npy, NumbersOfEveryTypeBecomeFloats) {
  const std::vector<std::pair<const char*, std::string>> sevens = {
      {"<i8", std::string("\x07\0\0\0\0\0\0\0", 8)},
      {"<u4", std::string("\x07\0\0\0", 4)},
      {"<i2", std::string("\x07\0", 2)},
      {"|u1", "\x07"},
      {"<f8", std::string("\0\0\0\0\0\0\x1C\x40", 8)},
      {"<f4", std::string("\0\0\xE0\x40", 4)},
      {"<f2", std::string("\0\x47", 2)}};
  for (const auto& [type, bytes] : sevens) {
    const std::string header =
        fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': (), }}\n", type);
    EXPECT_THAT(floats_of(**parse_npy(npy_of(header, bytes))), ElementsAre(7)) << type;
  }
}

TEST(Npy, ObjectsTextsAndBigEndianNumbersArePassedOver) {
  for (const char* type : {"|O", "<U3", ">f4", "|V8"}) {
    const std::string header =
        fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': (), }}\n", type);
    EXPECT_FALSE(parse_npy(npy_of(header, "cos\nsystem\n")).value().has_value()) << type;
  }
}

TEST(Npy, DamageIsNamed) {
  const auto message = [](const std::string& file) { return parse_npy(file).error().message; };
  EXPECT_THAT(message("PK"), HasSubstr("no .npy array"));
  EXPECT_THAT(message(format_npy(matrix()).substr(0, 60)), HasSubstr("cut in its header"));
  EXPECT_THAT(message(format_npy(matrix()).substr(0, 140)), HasSubstr("12 bytes of values"));
  EXPECT_THAT(message(npy_of("{'descr': '<f4', 'shape': (2, -3), }\n", "")), HasSubstr("shape"));
  EXPECT_THAT(message(npy_of("{'descr': '<f4', 'shape': (99999999999, 99999999999), }\n", "")),
              HasSubstr("needs"));
}

TEST(Npz, GivesBackWhatWasWritten) {
  const std::vector<std::int64_t> ids = {7, -8};
  const NumberArrays arrays = {{"x", matrix()}, {"ids", array_of({2}, ids)}};
  EXPECT_EQ(parse_npz(format_npz(arrays), "a.npz").value(), arrays);
}

TEST(Npz, EveryCutIsSeen) {
  const std::string file = format_npz({{"x", matrix()}, {"y", matrix()}});
  for (std::size_t size = 0; size < file.size(); ++size)
    EXPECT_FALSE(parse_npz(file.substr(0, size), "a.npz").has_value()) << size;
}

TEST(Npz, ChangedValuesAreSeenByTheirChecksum) {
  std::string file = format_npz({{"x", matrix()}});
  file[file.find('\n') + 2] ^= 1;
  EXPECT_FALSE(parse_npz(file, "a.npz").has_value());
}

TEST(MsgpackArrays, AreAsMsgpackNumpyWritesThem) {
  const auto one = array_of(TensorType::kF16, {1}, std::vector<float>{1});
  const std::string expected = std::string("\x81\xA1", 2) + "a" + "\x85" + "\xC4\x02" + "nd" +
                               "\xC3" + "\xC4\x04" + "type" + "\xA3" + "<f2" + "\xC4\x04" + "kind" +
                               std::string("\xC4\x00", 2) + "\xC4\x05" + "shape" + "\x91\x01" +
                               "\xC4\x04" + "data" + "\xC4\x02" + std::string("\x00\x3C", 2);
  EXPECT_EQ(format_msgpack_arrays({{"a", one}}), expected);
}

TEST(MsgpackArrays, GiveBackWhatWasWritten) {
  const NumberArrays arrays = {{"a_name_that_is_longer_than_thirty_one_characters", matrix()},
                               {"wide", array_of(TensorType::kF32, {300, 70},
                                                 std::vector<float>(std::size_t{300} * 70, 0.5F))}};
  EXPECT_EQ(parse_msgpack_arrays(format_msgpack_arrays(arrays)).value(), arrays);
}

TEST(MsgpackArrays, WhatIsNoArrayIsPassedOver) {
  // {"a": [1, nil, -1, 1.5], "b": {"nd": False}, 3: "x"}
  const std::string bytes(
      "\x83\xA1"
      "a\x94\x01\xC0\xFF\xCA\x3F\xC0\x00\x00\xA1"
      "b\x81\xA2nd\xC2\x03\xA1x",
      22);
  EXPECT_TRUE(parse_msgpack_arrays(bytes).value().empty());
}

TEST(MsgpackArrays, NestingHasALimit) {
  EXPECT_FALSE(parse_msgpack_arrays("\x81\xA1"
                                    "a" +
                                    std::string(100'000, '\x91'))
                   .has_value());
}

}  // namespace
}  // namespace unimo::stages
