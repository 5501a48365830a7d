// Every format: what is written is read again, and bad rows are named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "orchestrator/base/file.h"
#include "stages/ingest/base64.h"
#include "stages/region_files/json_rows.h"
#include "stages/region_files/lmdb_file.h"
#include "stages/region_files/msgpack_arrays.h"
#include "stages/region_files/npz_rows.h"
#include "stages/region_files/tsv_rows.h"
#include "stages/region_files/unimo_rows.h"
#include "stages/region_files/uniter_rows.h"
#include "tests/stages/region_files/made_rows.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr made::Shape kPlain, kNothing{.regions = 0};
constexpr made::Shape kLxmert{.class_ids = true, .attribute_ids = true, .confidences = true};

std::vector<RegionRow> read_all_rows(RegionFormat format, const fs::path& path) {
  std::vector<RegionRow> rows;
  const auto files = find_region_files(format, path).value();
  for (const fs::path& file : files) {
    auto reader = open_region_file(format, file).value();
    for (RawRow raw; reader->next(raw).value();) {
      const ParsedRow parsed = reader->parse(raw);
      EXPECT_TRUE(parsed.good()) << raw.place << ": " << parsed.reason << ": " << parsed.detail;
      rows.push_back(parsed.row);
    }
  }
  return rows;
}

// Writes the rows as `format` and reads them again.
std::vector<RegionRow> there_and_back(RegionFormat format, const std::vector<RegionRow>& rows) {
  const auto folder = TempDir::make("rows-").value();
  auto writer =
      create_region_file(format, {.folder = folder.path(), .class_names = {"dog", "cat", "tree"}})
          .value();
  for (const RegionRow& row : rows) {
    const Status added = writer->add(row);
    EXPECT_TRUE(added) << added.error().message;
  }
  EXPECT_TRUE(writer->finish());
  return read_all_rows(format, folder.path());
}

struct FormatCase {
  const char* name;
  made::Shape shape;
};

class EveryFormat : public testing::TestWithParam<FormatCase> {};

TEST_P(EveryFormat, GivesBackWhatWasWritten) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    made::Shape shape = GetParam().shape;
    shape.regions = 1 + static_cast<std::int64_t>(seed);
    shape.feature_size = 2 + static_cast<std::int64_t>(seed % 5);
    const std::vector<RegionRow> rows = {made::row("a1", shape, seed), made::row("b2", shape, seed),
                                         made::row("c3 é", shape, seed)};
    EXPECT_EQ(there_and_back(region_format(GetParam().name), rows), rows) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, EveryFormat,
    testing::Values(FormatCase{"anderson", kPlain}, FormatCase{"lxmert", kLxmert},
                    FormatCase{"unimo", {.classes = 5}},
                    FormatCase{"unimo_caption", {.classes = 5, .attributes = 3}},
                    FormatCase{"uniter", {.classes = 5, .shares = true, .confidences = true}},
                    FormatCase{"npz", kLxmert},
                    FormatCase{"vinvl", {.labels = true, .confidences = true}},
                    FormatCase{"oscar", {.shares = true}}),
    [](const auto& of_case) { return of_case.param.name; });

TEST(TsvRows, TheSameRowIsTheSameLine) {
  const std::string line = format_tsv_row(RegionFormat::kLxmert, made::row("7", kLxmert)).value();
  const ParsedRow parsed = parse_tsv_row(RegionFormat::kLxmert, line);
  ASSERT_TRUE(parsed.good()) << parsed.detail;
  EXPECT_EQ(format_tsv_row(RegionFormat::kLxmert, parsed.row).value(), line);
}

TEST(TsvRows, ColumnsStandInTheOrderOfTheirMakers) {
  const RegionRow row = made::row("7", kLxmert);
  EXPECT_THAT(format_tsv_row(RegionFormat::kLxmert, row).value(),
              testing::StartsWith("7\t480\t640\t"));
  EXPECT_THAT(format_tsv_row(RegionFormat::kAnderson, row).value(),
              testing::StartsWith("7\t640\t480\t3\t"));
}

TEST(TsvRows, CarriageReturnsAtTheEndsDoNotMatter) {
  const auto folder = TempDir::make("rows-").value();
  const RegionRow row = made::row("7", kPlain);
  const std::string line = format_tsv_row(RegionFormat::kAnderson, row).value();
  ASSERT_TRUE(write_file(folder.path() / "a.tsv", line + "\r\n" + line + "\r\n"));
  EXPECT_EQ(read_all_rows(RegionFormat::kAnderson, folder.path()), std::vector({row, row}));
}

TEST(TsvRows, ALineWithoutEndOfLineIsRefusedAndNotKeptInMemory) {
  const auto folder = TempDir::make("rows-").value();
  const fs::path path = folder.path() / "a.tsv";
  ASSERT_TRUE(write_file(path, std::string((65 << 20), 'A')));
  auto reader = open_region_file(RegionFormat::kAnderson, path).value();
  RawRow raw;
  const auto got = reader->next(raw);
  ASSERT_FALSE(got.has_value());
  EXPECT_THAT(got.error().message, HasSubstr("a.tsv:1"));
}

struct BadCase {
  std::string columns;  // of a row of 6 columns
  std::string reason, detail;
};

class BadTsvRow : public testing::TestWithParam<BadCase> {};

TEST_P(BadTsvRow, IsNamed) {
  const ParsedRow parsed = parse_tsv_row(RegionFormat::kAnderson, GetParam().columns);
  EXPECT_EQ(parsed.reason, GetParam().reason) << parsed.detail;
  EXPECT_THAT(parsed.detail, HasSubstr(GetParam().detail));
}

std::string box(float x2 = 3) { return base64_of(std::vector<float>{0, 0, x2, 3}); }
std::string feature() { return base64_of(std::vector<float>{1, 2}); }
std::string join(const std::vector<std::string>& columns) {
  return fmt::format("{}", fmt::join(columns, "\t"));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, BadTsvRow,
    testing::Values(
        BadCase{join({"7", "10", "10", "1", box()}), "columns", "5 columns"},
        BadCase{"", "bad_id", "no id"},
        BadCase{join({"\x01", "10", "10", "1", box(), feature()}), "bad_id", "no id"},
        BadCase{join({"7", "ten", "10", "1", box(), feature()}), "bad_number", "image_w: \"ten\""},
        BadCase{join({"7", "10", "0", "1", box(), feature()}), "bad_number", "image_h: 0"},
        BadCase{join({"7", "10", "10", "-1", box(), feature()}), "bad_number", "number of boxes"},
        BadCase{join({"7", "10", "10", "99999999999", box(), feature()}), "bad_number", "boxes"},
        BadCase{join({"7", "10", "10", "2", box(), feature()}), "bad_length", "16 bytes for 2"},
        BadCase{join({"7", "10", "10", "1", box(), feature().substr(1)}), "base64", "was it cut"},
        BadCase{join({"7", "10", "10", "1", box(), "b'" + feature().substr(2)}), "base64", "0x27"},
        BadCase{join({"7", "10", "10", "1", box(), to_base64("12345")}), "bad_length", "5 bytes"},
        BadCase{join({"7", "10", "10", "1", box(NAN), feature()}), "not_finite",
                "boxes: number 2 of region 0 is nan"},
        BadCase{join({"7", "10", "10", "0", "", feature()}), "bad_length", "8 bytes for 0"}));

TEST(UniterRows, PackedNpzValuesAreReadToo) {
  const RegionRow row = made::row("vg_1", {.classes = 3, .shares = true, .confidences = true});
  const ParsedRow parsed = parse_uniter_value(format_npz(arrays_of_shares(row)), "vg_1");
  ASSERT_TRUE(parsed.good()) << parsed.detail;
  EXPECT_EQ(parsed.row, row);
}

TEST(UniterRows, TheSameRowsMakeTheSameFile) {
  const auto folder = TempDir::make("rows-").value();
  std::vector<std::string> files;
  for (const char* name : {"one", "two"}) {
    auto writer = create_uniter_rows({.folder = folder.path(), .name = name}).value();
    for (int i = 0; i < 200; ++i)
      ASSERT_TRUE(
          writer->add(made::row(fmt::format("vg_{}", i), {.feature_size = 64, .shares = true})));
    ASSERT_TRUE(writer->finish());
    files.push_back(
        read_file(folder.path() / name / "feat_th0.2_max100_min10" / "data.mdb").value());
  }
  EXPECT_EQ(files[0], files[1]);
}

TEST(UniterRows, ACutDatabaseIsRefused) {
  const auto folder = TempDir::make("rows-").value();
  auto writer = create_uniter_rows({.folder = folder.path(), .name = "x"}).value();
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(
        writer->add(made::row(fmt::format("vg_{}", i), {.feature_size = 2048, .shares = true})));
  ASSERT_TRUE(writer->finish());
  const fs::path path = folder.path() / "x" / "feat_th0.2_max100_min10" / "data.mdb";
  fs::resize_file(path, fs::file_size(path) / 2);
  const auto reader = open_uniter_rows(path);
  ASSERT_FALSE(reader.has_value());
  EXPECT_THAT(reader.error().message, HasSubstr("cut"));
}

TEST(UniterRows, DamagedValuesAreNamed) {
  const std::string good =
      format_msgpack_arrays(arrays_of_shares(made::row("a", {.shares = true})));
  for (std::size_t cut = 0; cut < good.size(); cut += 3)
    EXPECT_EQ(parse_uniter_value(good.substr(0, cut), "a").reason, "bad_msgpack") << cut;
  EXPECT_EQ(parse_uniter_value("PK\x03\x04 and no more", "a").reason, "bad_npz");
  EXPECT_EQ(parse_uniter_value("\x80", "a").reason, "no_features");
}

TEST(NpzRows, CountsThatContradictAreNamed) {
  NumberArrays arrays = arrays_of_pixels(made::row("a", kPlain));
  const std::int64_t four = 4;
  arrays["num_bbox"] = array_of({}, std::span(&four, 1));
  EXPECT_THAT(row_of_arrays(arrays, "a").detail, HasSubstr("num_bbox is 4, but there are 3"));
  arrays.erase("num_bbox");
  arrays.erase("image_w");
  EXPECT_THAT(row_of_arrays(arrays, "a").detail, HasSubstr("image_w"));
  arrays.erase("bbox");
  EXPECT_THAT(row_of_arrays(arrays, "a").detail, HasSubstr("norm_bb"));
}

TEST(VinvlRows, AnIndexOfAnotherFileIsRefused) {
  const auto folder = TempDir::make("rows-").value();
  auto writer = create_vinvl_rows({.folder = folder.path(), .name = "a"}).value();
  for (const char* id : {"1", "2"}) ASSERT_TRUE(writer->add(made::row(id, {.labels = true})));
  ASSERT_TRUE(writer->finish());
  ASSERT_TRUE(write_file(folder.path() / "a.label.lineidx", "0\n17\n"));
  auto reader = open_vinvl_rows(folder.path() / "a.label.tsv").value();
  RawRow raw;
  ASSERT_TRUE(reader->next(raw).value());
  const auto second = reader->next(raw);
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().message, HasSubstr("its .lineidx says 17"));
}

TEST(VinvlRows, RowsThatTheLineListDoesNotNameArePassedOver) {
  const auto folder = TempDir::make("rows-").value();
  auto writer = create_vinvl_rows({.folder = folder.path(), .name = "a"}).value();
  std::vector<RegionRow> rows;
  for (const char* id : {"1", "2", "3", "4"}) {
    rows.push_back(made::row(id, {.labels = true}));
    ASSERT_TRUE(writer->add(rows.back()));
  }
  ASSERT_TRUE(writer->finish());
  ASSERT_TRUE(write_file(folder.path() / "a.linelist.tsv", "3\n1\n"));
  EXPECT_EQ(read_all_rows(RegionFormat::kVinvl, folder.path()), std::vector({rows[1], rows[3]}));
  ASSERT_TRUE(write_file(folder.path() / "a.linelist.tsv", "3\nx\n"));
  const auto reader = open_vinvl_rows(folder.path() / "a.label.tsv");
  ASSERT_FALSE(reader.has_value());
  EXPECT_THAT(reader.error().message, HasSubstr("a.linelist.tsv:2"));
}

TEST(VinvlRows, SizesOfAnotherPictureAreRefused) {
  const auto folder = TempDir::make("rows-").value();
  ASSERT_TRUE(write_file(folder.path() / "a.label.tsv", "1\t[]\n"));
  ASSERT_TRUE(write_file(folder.path() / "a.hw.tsv", "2\t[{\"height\": 3, \"width\": 4}]\n"));
  auto reader = open_vinvl_rows(folder.path() / "a.label.tsv").value();
  RawRow raw;
  const auto got = reader->next(raw);
  ASSERT_FALSE(got.has_value());
  EXPECT_THAT(got.error().message, HasSubstr("do not belong together"));
}

TEST(VinvlRows, BadRegionsAreNamed) {
  const auto reason = [](const char* json) {
    return parse_vinvl_row(std::string("1\t") + json, "").reason;
  };
  EXPECT_EQ(parse_vinvl_row("1", "").reason, "columns");
  EXPECT_EQ(reason("[{"), "bad_json");
  EXPECT_EQ(reason("{}"), "bad_json");
  EXPECT_EQ(reason("[{\"class\": \"dog\"}]"), "bad_box");
  EXPECT_EQ(reason("[{\"rect\": [1, 2, 3, \"4\"], \"class\": \"dog\"}]"), "bad_box");
  EXPECT_EQ(reason("[{\"rect\": [1, 2, 3, 4]}]"), "bad_class");
  EXPECT_EQ(reason("[{\"rect\": [1, 2, 3, 4], \"class\": \"a\", \"feature\": \"AAA\"}]"), "base64");
  EXPECT_EQ(parse_vinvl_row("1\t[]", "[{\"height\": 0, \"width\": 3}]").reason, "bad_number");
}

TEST(OscarRows, BadRowsAreNamed) {
  EXPECT_EQ(parse_oscar_row("1").reason, "columns");
  EXPECT_EQ(parse_oscar_row("1\t{}").reason, "bad_json");
  EXPECT_EQ(parse_oscar_row("1\t{\"num_boxes\": 1, \"features\": \"" + feature() + "\"}").reason,
            "bad_length");
}

TEST(UnimoRows, TheNineCharactersBeforeAnIdAreCutOffAsTheOfficialReaderDoes) {
  const std::string line = format_unimo_row(made::row("391895", {.classes = 3})).value();
  EXPECT_EQ(line.find("391895"), 9U);
  EXPECT_EQ(parse_unimo_row(RegionFormat::kUnimoCaption, line).row.id, "391895");
  EXPECT_EQ(parse_unimo_row(RegionFormat::kUnimoEntailment, line).reason, "bad_record");
}

TEST(RegionFiles, AFolderWithoutTheFormatsFilesIsRefused) {
  const auto folder = TempDir::make("rows-").value();
  const auto found = find_region_files(RegionFormat::kUniter, folder.path());
  ASSERT_FALSE(found.has_value());
  EXPECT_THAT(found.error().message, HasSubstr("data.mdb"));
}

}  // namespace
}  // namespace unimo::stages
