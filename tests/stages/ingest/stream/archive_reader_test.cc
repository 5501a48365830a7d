#include "stages/ingest/stream/archive_reader.h"

#include <gmock/gmock.h>

#include "tests/stages/ingest/stream/packers.h"

namespace unimo::stages {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class Archive : public testing::Test {
 protected:
  using Members = std::vector<std::pair<std::string, std::string>>;

  Members members(std::string_view bytes, const ArchiveLimits& limits = {}) {
    path_ = files_.write("corpus.bin", bytes);
    Members all;
    const Status status =
        visit_archive(path_, limits, [&](const ArchiveMember& member, ByteSource& source) {
          const Outcome outcome = drain(source);
          all.emplace_back(member.name, outcome.bytes);
          if (!outcome.error.empty()) return Status(fail(ErrorCode::kInvalid, "{}", outcome.error));
          EXPECT_EQ(member.size, static_cast<std::int64_t>(outcome.bytes.size()));
          return ok();
        });
    error_ = status ? "" : status.error().message;
    return all;
  }
  Files files_;
  std::filesystem::path path_;
  std::string error_;
};

TEST_F(Archive, TarGivesItsFilesInOrder) {
  const std::string tar = tar_member("b/", "", '5') + tar_member("b/1.txt", "one") +
                          tar_member("a.txt", "") + tar_end();
  EXPECT_THAT(members(tar), ElementsAre(Pair("b/1.txt", "one"), Pair("a.txt", "")));
  EXPECT_EQ(error_, "");
}

TEST_F(Archive, TarInsideOfAnyPackingIsRead) {
  const std::string text = some_text(700'000);
  const std::string tar = tar_member("a.txt", text) + tar_end();
  for (const std::string& packed : {gzip(tar), bzip2(tar), xz(tar), zstd(tar)}) {
    EXPECT_THAT(members(packed), ElementsAre(Pair("a.txt", text)));
    EXPECT_EQ(error_, "");
  }
}

TEST_F(Archive, ZipIsRead) {
  EXPECT_THAT(members(zip({{"a/1.json", "{}"}, {"2.txt", some_text(50'000)}})),
              ElementsAre(Pair("a/1.json", "{}"), Pair("2.txt", some_text(50'000))));
  EXPECT_EQ(error_, "");
}

TEST_F(Archive, MemberThatIsAPackedTarIsWalkedByASecondVisit) {
  const std::string inner = xz(tar_member("0000001.txt", "a dog") + tar_end());
  const auto path =
      files_.write("owt.tar", tar_member("urlsf_subset00-1_data.xz", inner) + tar_end());
  std::vector<std::string> names;
  const auto visit_inner = [&](const ArchiveMember& member, ByteSource& bytes) -> Status {
    names.push_back(bytes.name());
    EXPECT_EQ(member.name, "0000001.txt");
    EXPECT_EQ(drain(bytes), (Outcome{"a dog", ""}));
    return ok();
  };
  const Status status = visit_archive(path, {}, [&](const ArchiveMember&, ByteSource& bytes) {
    return visit_archive(bytes, {}, visit_inner);
  });
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_THAT(names, ElementsAre(path.string() + ": urlsf_subset00-1_data.xz: 0000001.txt"));
}

TEST_F(Archive, WhatIsNotReadIsPassedOver) {
  const auto path = files_.write(
      "a.tar", tar_member("1", some_text(100'000)) + tar_member("2", "two") + tar_end());
  std::vector<std::string> names;
  EXPECT_TRUE(visit_archive(path, {}, [&](const ArchiveMember& member, ByteSource&) {
    names.push_back(member.name);
    return ok();
  }));
  EXPECT_THAT(names, ElementsAre("1", "2"));
}

TEST_F(Archive, ErrorOfTheVisitorEndsTheWalk) {
  const auto path =
      files_.write("a.tar", tar_member("1", "one") + tar_member("2", "two") + tar_end());
  int visited = 0;
  const Status status = visit_archive(path, {}, [&](const ArchiveMember&, ByteSource&) -> Status {
    ++visited;
    return fail(ErrorCode::kCancelled, "stop");
  });
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(visited, 1);
}

TEST_F(Archive, MemberWithAbsoluteNameIsRefusedByName) {
  for (const std::string name : {"/etc/passwd", "\\windows", "C:\\boot"}) {
    EXPECT_THAT(members(tar_member("ok", "") + tar_member(name, "x") + tar_end()),
                ElementsAre(Pair("ok", "")));
    EXPECT_THAT(error_, AllOf(HasSubstr(path_.string() + ": " + name), HasSubstr("absolute")));
  }
}

TEST_F(Archive, MemberThatLeavesTheFolderIsRefusedByName) {
  for (const std::string name : {"../x", "a/../../x", "a/..", "a\\..\\x"}) {
    EXPECT_THAT(members(tar_member(name, "x") + tar_end()), IsEmpty());
    EXPECT_THAT(error_, AllOf(HasSubstr(": " + name), HasSubstr("out of the folder")));
  }
  EXPECT_THAT(members(tar_member("a..b/..c", "x") + tar_end()), ElementsAre(Pair("a..b/..c", "x")));
}

TEST_F(Archive, LinksAndDevicesAreRefusedByName) {
  members(tar_member("s", "", '2', "/etc/passwd") + tar_end());
  EXPECT_THAT(error_, HasSubstr(": s: refused: it is a symbolic link"));
  members(tar_member("h", "", '1', "s") + tar_end());
  EXPECT_THAT(error_, HasSubstr(": h: refused: it is a hard link"));
  members(tar_member("d", "", '3') + tar_end());
  EXPECT_THAT(error_, HasSubstr(": d: refused: it is no file"));
}

TEST_F(Archive, LimitsHold) {
  const std::string tar = tar_member("1", "one") + tar_member("2", "two!") + tar_end();
  members(tar, {.max_members = 1});
  EXPECT_THAT(error_, HasSubstr(": 2: refused: more than 1 members"));
  members(tar, {.max_member_bytes = 3});
  EXPECT_THAT(error_, HasSubstr(": 2: refused: it has 4 bytes, the limit is 3"));
  members(tar, {.source = {.max_bytes = 6}});
  EXPECT_NE(error_, "");
}

TEST_F(Archive, ZipBombIsRefused) {
  members(zip({{"bomb", std::string(60 << 20, 'x')}}), {.source = {.max_ratio = 100}});
  EXPECT_THAT(error_, HasSubstr("bomb: refused: it unpacks to more than 100 times its size"));
}

// What a member gives in reads of this size, and the error at its end.
Outcome read_member(const std::filesystem::path& path, const ArchiveLimits& limits,
                    std::size_t at_once) {
  Outcome outcome;
  const Status status =
      visit_archive(path, limits, [&](const ArchiveMember&, ByteSource& bytes) -> Status {
        outcome = drain(bytes, at_once);
        return outcome.error.empty() ? ok() : fail(ErrorCode::kInvalid, "{}", outcome.error);
      });
  if (!status) outcome.error = status.error().message;
  return outcome;
}

TEST_F(Archive, DamageAndLimitsComeAfterTheSameBytesWhateverTheSizeOfReads) {
  const Files files;
  const std::string bomb = zip({{"bomb", some_text(600'000) + std::string(2 << 20, 'x')}});
  std::string damaged = zip({{"text", some_text(900'000)}});
  damaged[damaged.size() * 3 / 4] = static_cast<char>(damaged[damaged.size() * 3 / 4] ^ 0x55);
  const std::string cut = tar_member("text", some_text(900'000)).substr(0, 500'000);
  const std::pair<std::string, ArchiveLimits> kCases[] = {
      {bomb, {.source = {.max_ratio = 10, .ratio_from = 1000}}},
      {bomb, {.source = {.max_bytes = 1'000'000}}},
      {damaged, {}},
      {cut, {}}};
  for (const auto& [bytes, limits] : kCases) {
    const auto path = files.write("archive", bytes);
    const Outcome expected = read_member(path, limits, 8 << 20);
    EXPECT_NE(expected.error, "");
    EXPECT_GT(expected.bytes.size(), 100'000U) << expected.error;
    for (const std::size_t at_once : {1000, 300'000}) {
      const Outcome seen = read_member(path, limits, at_once);
      EXPECT_EQ(seen.error, expected.error);
      EXPECT_TRUE(seen.bytes == expected.bytes) << seen.bytes.size();
    }
  }
}

TEST_F(Archive, ErrorOfAMemberStays) {
  const Files files;
  const auto path = files.write("cut", tar_member("text", some_text(9000)).substr(0, 5000));
  std::string first, second;
  EXPECT_FALSE(visit_archive(path, {}, [&](const ArchiveMember&, ByteSource& bytes) -> Status {
    first = drain(bytes).error;
    second = drain(bytes).error;
    return ok();
  }));
  EXPECT_NE(first, "");
  EXPECT_EQ(second, first);
}

TEST_F(Archive, CutTarIsAnErrorThatNamesTheMember) {
  const std::string tar = tar_member("1", some_text(5000)) + tar_member("2", some_text(5000));
  members(tar.substr(0, 9000));
  EXPECT_THAT(error_, AllOf(HasSubstr(path_.string() + ": 2: "), HasSubstr("cut")));
}

TEST_F(Archive, TarWithoutItsEndIsAnErrorAlsoBetweenMembers) {
  EXPECT_THAT(members(tar_member("1", "one") + tar_member("2", "two")),
              ElementsAre(Pair("1", "one"), Pair("2", "two")));
  EXPECT_THAT(error_, HasSubstr("close a tar file, after 2: it was cut"));
}

TEST_F(Archive, CutOrDamagedPackingIsAnErrorThatNamesTheFile) {
  const std::string packed = gzip(tar_member("1", some_text(500'000)) + tar_end());
  members(packed.substr(0, packed.size() / 2));
  EXPECT_THAT(error_, AllOf(HasSubstr("corpus.bin"), HasSubstr("cut")));
  std::string damaged = packed;
  damaged[damaged.size() - 6] ^= 1;  // in the checksum, behind all members
  members(damaged);
  EXPECT_THAT(error_, AllOf(HasSubstr("corpus.bin: byte "), HasSubstr("damaged")));
}

TEST_F(Archive, DamagedZipMemberIsAnErrorThatNamesIt) {
  std::string bytes = zip({{"a.txt", some_text(50'000)}});
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  members(bytes);
  EXPECT_THAT(error_, HasSubstr(": a.txt: "));
}

TEST_F(Archive, DamagedTarHeaderIsAnError) {
  std::string tar = tar_member("1", "one") + tar_member("2", "two") + tar_end();
  tar[1024 + 150] = '7';
  EXPECT_THAT(members(tar), ElementsAre(Pair("1", "one")));
  EXPECT_THAT(error_, HasSubstr("after 1"));
}

TEST_F(Archive, ConcatenatedTarFilesAreReadToTheEnd) {
  EXPECT_THAT(members(tar_member("1", "one") + tar_end() + tar_member("2", "two") + tar_end()),
              ElementsAre(Pair("1", "one"), Pair("2", "two")));
  EXPECT_EQ(error_, "");
}

TEST_F(Archive, OtherFilesAreRefused) {
  members(some_text(5000));
  EXPECT_THAT(error_, HasSubstr("corpus.bin"));
  members("");
  EXPECT_THAT(error_, HasSubstr("is empty"));
}

TEST_F(Archive, NamesThatAreNotAsciiComeAsTheyAre) {
  EXPECT_THAT(members(tar_member("caf\xC3\xA9.txt", "x") + tar_end()),
              ElementsAre(Pair("caf\xC3\xA9.txt", "x")));
  EXPECT_THAT(members(tar_member("caf\xE9.txt", "x") + tar_end()),
              ElementsAre(Pair("caf\xE9.txt", "x")));
}

TEST_F(Archive, NamesInExtendedHeadersAndUtf8ZipFilesComeInAnyLocale) {
  EXPECT_THAT(members(tar_member("x", "18 path=caf\xC3\xA9.txt\n", 'x') + tar_member("y", "one") +
                      tar_end()),
              ElementsAre(Pair("caf\xC3\xA9.txt", "one")));
  EXPECT_EQ(error_, "");
  std::string bytes = zip({{"caf##.txt", "one"}});
  for (std::size_t at = 0; (at = bytes.find("##", at)) != std::string::npos;)
    bytes.replace(at, 2, "\xC3\xA9");
  bytes[7] |= 0x08;  // "the name is UTF-8", at the member and in the directory
  bytes[bytes.find("PK\x01\x02") + 9] |= 0x08;
  EXPECT_THAT(members(bytes), ElementsAre(Pair("caf\xC3\xA9.txt", "one")));
  EXPECT_EQ(error_, "");
}

TEST_F(Archive, IsToldByContent) {
  const std::string tar = tar_member("1", "one") + tar_end();
  EXPECT_TRUE(is_archive(files_.write("a", tar)).value());
  EXPECT_TRUE(is_archive(files_.write("a", xz(tar))).value());
  EXPECT_TRUE(is_archive(files_.write("a", zip({{"1", "one"}}))).value());
  EXPECT_FALSE(is_archive(files_.write("a.tar", some_text(5000))).value());
  EXPECT_FALSE(is_archive(files_.write("a.tar", "")).value());
}

// The four files of the sample: 100, 100, 100 and 50 documents.
TEST(RealArchive, OpenWebTextSampleHas350Documents) {
  const auto folder = std::filesystem::path(UNIMO_SHARED_DATA) / "openwebtext";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is absent";
  std::vector<int> counts;
  for (int i = 1; i <= 4; ++i) {
    int count = 0;
    const Status status = visit_archive(
        folder / fmt::format("urlsf_subset_sample-{}_data.xz", i), {},
        [&](const ArchiveMember& member, ByteSource& bytes) {
          ++count;
          EXPECT_EQ(static_cast<std::int64_t>(drain(bytes).bytes.size()), member.size);
          return ok();
        });
    EXPECT_TRUE(status) << status.error().message;
    counts.push_back(count);
  }
  EXPECT_THAT(counts, ElementsAre(100, 100, 100, 50));
}

}  // namespace
}  // namespace unimo::stages
