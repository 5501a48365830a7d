#include "stages/ingest/stream/byte_source.h"

#include <gmock/gmock.h>

#include "tests/stages/ingest/stream/packers.h"

namespace unimo::stages {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Kind {
  const char* name;
  std::string (*pack)(std::string_view);
};

class EveryPacking : public testing::TestWithParam<Kind> {
 protected:
  std::string pack(std::string_view text) const { return GetParam().pack(text); }
  Files files_;
};

INSTANTIATE_TEST_SUITE_P(Packings, EveryPacking,
                         testing::Values(Kind{"gzip", &gzip},
                                         Kind{"bzip2",
                                              [](std::string_view text) { return bzip2(text); }},
                                         Kind{"xz", &xz}, Kind{"zstd", &zstd}),
                         [](const auto& kind) { return std::string(kind.param.name); });

TEST_P(EveryPacking, IsToldByContentAndNotByName) {
  const std::string text = some_text(3'000'000);
  const auto path = files_.write("corpus.txt", pack(text));
  EXPECT_EQ(drain(path), (Outcome{text, ""}));
}

TEST_P(EveryPacking, ManyStreamsAreReadToTheEnd) {
  std::string packed, text;
  for (std::uint32_t i = 0; i < 5; ++i) {
    const std::string part = some_text(100'000 * i, i + 1);  // the first is empty
    packed += pack(part);
    text += part;
  }
  EXPECT_EQ(drain(files_.write("many", packed)), (Outcome{text, ""}));
}

TEST_P(EveryPacking, TruncatedFileIsAnErrorWithByteOffsetAfterWhatCouldBeRead) {
  const std::string text = some_text(3'000'000);
  const std::string packed = pack(text);
  for (const std::size_t size : {packed.size() / 2, packed.size() - 1, std::size_t{11}}) {
    const auto path = files_.write("cut", packed.substr(0, size));
    const Outcome outcome = drain(path);
    EXPECT_THAT(outcome.error, StartsWith(path.string() + ": byte "));
    EXPECT_THAT(outcome.error, HasSubstr("cut; get it again"));
    EXPECT_THAT(text, StartsWith(outcome.bytes));
    EXPECT_THAT(outcome.error, HasSubstr(fmt::format("byte {}:", size)));
  }
}

TEST_P(EveryPacking, FlippedByteIsAnErrorAndNeverOtherText) {
  const std::string text = some_text(300'000);
  const std::string packed = pack(text);
  for (std::size_t at = 12; at < packed.size(); at += packed.size() / 7) {
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    const Outcome outcome = drain(files_.write("damaged", damaged));
    // zstd frames of the one-shot encoder carry no checksum, so a literal may change unseen there.
    EXPECT_TRUE(outcome.error != "" || GetParam().name == std::string_view("zstd")) << at;
    EXPECT_LE(outcome.bytes.size(), 4 * text.size());
  }
}

TEST_P(EveryPacking, BytesBehindTheLastStreamAreAnError) {
  const std::string packed = pack("a dog");
  const auto path = files_.write("more", packed + "page not found");
  const Outcome outcome = drain(path);
  EXPECT_EQ(outcome.bytes, "a dog");
  EXPECT_THAT(outcome.error, HasSubstr(fmt::format("byte {}: the {} data are damaged: what follows "
                                                   "the end of a stream is none",
                                                   packed.size(), GetParam().name)));
}

TEST_P(EveryPacking, BombIsRefusedByRatio) {
  const std::string packed = pack(std::string(80 << 20, 'x'));
  const auto path = files_.write("bomb", packed);
  const Outcome outcome = drain(path, {.max_ratio = 100});
  EXPECT_THAT(outcome.error, HasSubstr("unpacks to more than 100 times its size"));
  EXPECT_LE(outcome.bytes.size(), 17U << 20);
}

TEST_P(EveryPacking, SizeLimitHolds) {
  const auto path = files_.write("large", pack(some_text(300'000)));
  EXPECT_THAT(drain(path, {.max_bytes = 200'000}).error, HasSubstr("more than 200000 bytes"));
  EXPECT_EQ(drain(path, {.max_bytes = 300'000}).error, "");
}

TEST_P(EveryPacking, ErrorStays) {
  const std::string packed = pack(some_text(100'000));
  const auto path = files_.write("cut", packed.substr(0, packed.size() - 3));
  const auto source = open_source(path, {}).value();
  const std::string error = drain(*source).error;
  EXPECT_NE(error, "");
  EXPECT_EQ(drain(*source), (Outcome{"", error}));
}

TEST_P(EveryPacking, PackedTwiceUnpacksThroughUnpack) {
  const std::string text = some_text(100'000);
  const auto path = files_.write("twice", pack(pack(text)));
  const auto outer = open_source(path, {}).value();
  const auto inner = unpack(*outer, {}).value();
  EXPECT_EQ(drain(*inner), (Outcome{text, ""}));
}

TEST_P(EveryPacking, OneByteReadsGiveTheSame) {
  const std::string text = some_text(5'000);
  const auto source = open_source(files_.write("small", pack(text)), {}).value();
  EXPECT_EQ(drain(*source, 1), (Outcome{text, ""}));
}

// All sizes of reads in one test: what one of them hides another shows.
void expect_equal_reads(const std::filesystem::path& path, const SourceOptions& options = {}) {
  const auto drained = [&](std::size_t at_once) {
    return drain(*open_source(path, options).value(), at_once);
  };
  const Outcome expected = drained(1 << 20);
  for (const std::size_t at_once : {37, 4096, 100'000}) {
    const Outcome seen = drained(at_once);
    EXPECT_EQ(seen.error, expected.error) << at_once;
    EXPECT_TRUE(seen.bytes == expected.bytes)
        << at_once << " at once: " << seen.bytes.size() << " bytes, else " << expected.bytes.size();
  }
}

TEST_P(EveryPacking, DamageComesAfterTheSameBytesWhateverTheSizeOfReads) {
  const std::string packed = pack(some_text(400'000));
  for (std::size_t at = packed.size() / 9; at < packed.size(); at += packed.size() / 9) {
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    expect_equal_reads(files_.write("damaged", damaged));
  }
}

TEST_P(EveryPacking, LimitsHoldAfterTheSameBytesWhateverTheSizeOfReads) {
  const auto path = files_.write("large", pack(std::string(400'000, 'x') + some_text(400'000)));
  expect_equal_reads(path, {.max_bytes = 123'456});
  expect_equal_reads(path, {.max_ratio = 20, .ratio_from = 100'000});
}

TEST(Zstd, BytesBeforeTheDamagedBlockAreGiven) {
  const Files files;
  const std::string text = some_text(600'000);
  std::string packed = zstd(text);
  packed.back() = '\0';  // no bits of a block end so
  const Outcome outcome = drain(*open_source(files.write("damaged", packed), {}).value(), 1 << 20);
  EXPECT_NE(outcome.error, "");
  EXPECT_GE(outcome.bytes.size(), 500'000U);
  EXPECT_THAT(text, StartsWith(outcome.bytes));
}

// A block whose chain of bytes breaks off after 1 463 of them; the library forgets those of the
// call that meets the break.
TEST(Bzip2, BlockThatBreaksOffGivesTheSameBytesWhateverTheSizeOfReads) {
  const Files files;
  constexpr char kPacked[] =
      "\x42\x5A\x68\x31\x31\x41\x59\x26\x53\x59\x3A\x79\x38\xBF\x00\x00\x10\x55\x80\x00"
      "\x31\x40\x01\x20\x00\x2E\x85\xDE\x00\x20\x00\x54\x53\x26\x26\x41\x91\x84\x00\x00"
      "\x00\x00\x00\x00\x00\x51\x75\x1A\x2B\xFF\x0E\x21\xDB\x88\x59\x9E\x65\xD5\xFF\xFF"
      "\x7E\x6C\xC0\x83\x08\x00\x95\x0F\x13\x0E\x21\xDB\xA8\x59\x65\xD5";
  const auto path = files.write("broken.bz2", {kPacked, sizeof kPacked - 1});
  EXPECT_THAT(drain(path).error, HasSubstr("byte 68: the bzip2 data are damaged"));
  expect_equal_reads(path);
  EXPECT_EQ(drain(path, {.threads = 3}), drain(path));
}

TEST(PlainFile, GivesAllBytesUpToTheLimitWhateverTheSizeOfReads) {
  const Files files;
  const auto path = files.write("a", some_text(300'000));
  expect_equal_reads(path, {.max_bytes = 123'456});
  const Outcome outcome = drain(path, {.max_bytes = 123'456});
  EXPECT_EQ(outcome.bytes.size(), 123'456U);
  EXPECT_THAT(outcome.error, HasSubstr("more than 123456 bytes"));
}

TEST(PlainFile, ComesAsItIs) {
  const Files files;
  const std::string text = some_text(1'000'000);
  const auto source = open_source(files.write("plain.gz", text), {}).value();
  EXPECT_EQ(drain(*source), (Outcome{text, ""}));
  EXPECT_EQ(source->consumed(), 1'000'000);
  EXPECT_EQ(source->file_size(), 1'000'000);
}

TEST(PlainFile, TextThatBeginsLikeBzip2IsText) {
  const Files files;
  EXPECT_EQ(drain(files.write("a", "BZh9 is a magic word")), (Outcome{"BZh9 is a magic word", ""}));
}

TEST(PlainFile, EmptyFileIsEmpty) {
  const Files files;
  EXPECT_EQ(drain(files.write("empty", "")), (Outcome{"", ""}));
}

TEST(PlainFile, FileThatShrinksWhileReadIsAnError) {
  const Files files;
  const auto path = files.write("shrinking", some_text(1'000'000));
  const auto source = open_source(path, {}).value();
  std::string buffer(1000, '\0');
  ASSERT_TRUE(source->read(buffer));
  std::filesystem::resize_file(path, 5000);
  EXPECT_THAT(drain(*source).error, HasSubstr("byte 5000: the file became shorter"));
}

TEST(OpenSource, AbsentFileAndFolderAreErrors) {
  const Files files;
  EXPECT_EQ(open_source(files.folder() / "none", {}).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(open_source(files.folder(), {}).error().message, HasSubstr("is a folder"));
}

TEST(Gzip, ZerosBehindTheLastStreamAreAllowed) {
  const Files files;
  EXPECT_EQ(drain(files.write("tape", gzip("a dog") + std::string(1000, '\0'))),
            (Outcome{"a dog", ""}));
}

TEST(Xz, PaddingOfFourZerosIsAllowedAndOfThreeIsNot) {
  const Files files;
  const std::string good = xz("a ") + std::string(8, '\0') + xz("dog");
  EXPECT_EQ(drain(files.write("padded", good)), (Outcome{"a dog", ""}));
  EXPECT_THAT(drain(files.write("padded", xz("a") + std::string(3, '\0'))).error,
              HasSubstr("3 zeros"));
}

TEST(Zstd, SkippableFramesArePassedOver) {
  const Files files;
  const std::string frame("\x50\x2A\x4D\x18\x03\x00\x00\x00xyz", 11);
  EXPECT_EQ(drain(files.write("framed", frame + zstd("a dog") + frame)), (Outcome{"a dog", ""}));
}

TEST(ReadAll, GivesEverythingUpToTheLimit) {
  const Files files;
  const auto path = files.write("a", gzip(some_text(100'000)));
  EXPECT_EQ(read_all(*open_source(path, {}).value(), 100'000).value(), some_text(100'000));
  EXPECT_THAT(read_all(*open_source(path, {}).value(), 99'999).error().message,
              HasSubstr("more than 99999 bytes"));
}

// Files of many streams and blocks, whole and damaged: two threads give what one gives.
class Bzip2Threads : public testing::Test {
 protected:
  void expect_equal(std::string_view packed, const SourceOptions& options = {}) {
    const auto path = files_.write("dump.bz2", packed);
    SourceOptions one = options, three = options;
    one.threads = 1;
    three.threads = 3;
    const Outcome expected = drain(path, one);
    const Outcome seen = drain(path, three);
    EXPECT_EQ(seen.error, expected.error);
    EXPECT_EQ(seen.bytes.size(), expected.bytes.size());
    EXPECT_TRUE(seen.bytes == expected.bytes);
  }
  static std::string multistream() {
    std::string packed;
    for (std::uint32_t i = 0; i < 8; ++i)
      packed += bzip2(some_text(30'000 + 70'000 * (i % 4), i + 1), i % 3 == 0 ? 9 : 1);
    return packed;
  }
  Files files_;
};

TEST_F(Bzip2Threads, GiveTheSameForManyStreams) { expect_equal(multistream()); }

TEST_F(Bzip2Threads, GiveTheSameForOneStreamOfManyBlocks) {
  const std::string text = some_text(2'500'000);
  const std::string packed = bzip2(text, 1);
  expect_equal(packed);
  EXPECT_EQ(drain(files_.write("one.bz2", packed), {.threads = 2}), (Outcome{text, ""}));
}

TEST_F(Bzip2Threads, GiveTheSameForEmptyStreams) {
  expect_equal(bzip2("") + bzip2("a dog") + bzip2("") + bzip2(""));
}

TEST_F(Bzip2Threads, GiveTheSameErrorsForCutFiles) {
  const std::string packed = multistream();
  for (std::size_t i = 1; i <= 8; ++i) expect_equal(packed.substr(0, packed.size() * i / 9 + i));
  for (std::size_t less = 1; less <= 12; ++less)
    expect_equal(packed.substr(0, packed.size() - less));
}

TEST_F(Bzip2Threads, GiveTheSameErrorsForFlippedBytes) {
  const std::string packed = multistream();
  for (std::size_t i = 0; i < 24; ++i) {
    std::string damaged = packed;
    const std::size_t at = i < 12 ? i : packed.size() * i / 25;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (i % 8)));
    expect_equal(damaged);
  }
}

TEST_F(Bzip2Threads, GiveTheSameErrorsForBytesBetweenAndBehindStreams) {
  expect_equal(bzip2("a dog") + "page not found");
  expect_equal(bzip2("a dog") + "page not found" + bzip2("a cat"));
  expect_equal(bzip2("a dog") + "BZh");
  expect_equal(bzip2("a dog") + "BZh9");
}

TEST_F(Bzip2Threads, GiveTheSameForWrongChecksumOfAStream) {
  std::string packed = bzip2(some_text(250'000), 1) + bzip2(some_text(300'000), 1);
  for (std::size_t back = 1; back <= 6; ++back) {
    std::string damaged = packed;
    char& byte = damaged[damaged.size() - back];
    byte = static_cast<char>(byte ^ 0x10);
    expect_equal(damaged);
  }
}

// The marks of blocks in the middle of a block's own bits must not be taken for blocks.
TEST_F(Bzip2Threads, GiveTheSameWhereContentLooksLikeABlock) {
  std::string packed = bzip2(some_text(250'000), 1);
  for (const std::size_t at : {packed.size() / 3, packed.size() / 2}) {
    std::string damaged = packed;
    damaged.replace(at, 6, "\x31\x41\x59\x26\x53\x59");
    expect_equal(damaged);
    damaged.replace(at, 6, "\x17\x72\x45\x38\x50\x90");
    expect_equal(damaged);
  }
}

TEST_F(Bzip2Threads, GiveTheSameForRunsThatUnpackALot) {
  const std::string packed = bzip2(std::string(60 << 20, 'x')) + bzip2(some_text(500'000));
  expect_equal(packed, {.max_ratio = 1e9});
  expect_equal(packed, {.max_ratio = 2000});
}

TEST_F(Bzip2Threads, GiveTheSameAtTheLimit) {
  const std::string packed = multistream();
  expect_equal(packed, {.max_bytes = 1'000'000});
}

TEST_F(Bzip2Threads, MayStopInTheMiddle) {
  const auto path = files_.write("dump.bz2", multistream());
  const auto source = open_source(path, {.threads = 3}).value();
  std::string buffer(1000, '\0');
  EXPECT_GT(source->read(buffer).value(), 0U);
}

std::filesystem::path sample(const std::string& name) {
  return std::filesystem::path(UNIMO_SHARED_DATA) / name;
}

TEST(RealDump, WikipediaSampleHas140Pages) {
  const auto path = sample("wikipedia/enwiki-pages-articles-sample.xml.bz2");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
  for (const int threads : {1, 2}) {
    const Outcome outcome = drain(path, {.threads = threads});
    EXPECT_EQ(outcome.error, "");
    std::size_t pages = 0;
    for (std::size_t at = 0; (at = outcome.bytes.find("<page>", at)) != std::string::npos; ++at)
      ++pages;
    EXPECT_EQ(pages, 140U);
  }
}

}  // namespace
}  // namespace unimo::stages
