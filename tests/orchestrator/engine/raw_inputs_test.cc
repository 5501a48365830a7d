#include "orchestrator/engine/raw_inputs.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <optional>

#include "orchestrator/base/file.h"
#include "orchestrator/store/store.h"

namespace unimo {
namespace {

class RawInputsTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text, bool old = true) {
    const auto path = folder_->path() / name;
    ASSERT_TRUE(make_directories(path.parent_path()));
    ASSERT_TRUE(write_file_atomic(path, text));
    if (!old) return;
    const timespec hour_ago{::time(nullptr) - 3600, 0};
    const timespec times[2] = {hour_ago, hour_ago};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
  std::string digest(const std::string& name) {
    RawInputs raw(nullptr, nullptr);
    const auto found = raw.digest(folder_->path() / name);
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : std::string();
  }
  std::optional<TempDir> folder_ = std::move(*TempDir::make("raw"));
};

TEST_F(RawInputsTest, AFolderIsNamedAsAnArtifactWithTheSameFilesWouldBe) {
  write("data/b.txt", "b");
  write("data/a/x.txt", "x");
  EXPECT_EQ(digest("data"), tree_digest(*hash_tree(folder_->path() / "data")));
  EXPECT_EQ(digest("data/"), digest("data"));
  EXPECT_EQ(digest("data/b.txt"), tree_digest(*hash_tree(folder_->path() / "data" / "b.txt")));
}

TEST_F(RawInputsTest, FollowsLinks) {
  write("elsewhere/b.txt", "b");
  write("data/b.txt", "b");
  std::filesystem::create_directories(folder_->path() / "linked");
  std::filesystem::create_symlink(folder_->path() / "elsewhere" / "b.txt",
                                  folder_->path() / "linked" / "b.txt");
  EXPECT_EQ(digest("linked"), digest("data"));
}

TEST_F(RawInputsTest, NoticesThatAFileChangedMeanwhile) {
  write("data/b.txt", "b");
  RawInputs raw(nullptr, nullptr);
  ASSERT_TRUE(raw.digest(folder_->path() / "data"));
  EXPECT_FALSE(*raw.changed(folder_->path() / "data"));
  write("data/c.txt", "c");
  EXPECT_TRUE(*raw.changed(folder_->path() / "data"));
}

TEST_F(RawInputsTest, TrustsAnUnchangedStatAndRereadsAChangedOne) {
  auto store = WritableStore::open(folder_->path() / "store", "test");
  ASSERT_TRUE(store);
  RunWriter writer(store->database());
  write("data.txt", "good");
  // A remembered digest that is wrong shows whether the file is read.
  struct stat info {};
  const auto path = folder_->path() / "data.txt";
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  const auto ns = [](const timespec& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; };
  const std::vector<RawFileRow> rows{
      {path.string(), 4, ns(info.st_mtim), ns(info.st_ctim), info.st_ino, std::string(64, 'f')}};
  ASSERT_TRUE(writer.remember_raw_files(rows));
  RawInputs first(&store->database(), &writer);
  EXPECT_EQ(*first.digest(path), tree_digest({{"data.txt", 4, std::string(64, 'f')}}));
  write("data.txt", "evil");
  RawInputs second(&store->database(), &writer);
  EXPECT_EQ(*second.digest(path), tree_digest(*hash_tree(path)));
}

TEST_F(RawInputsTest, SpecialFilesAreNamed) {
  std::filesystem::create_directories(folder_->path() / "data");
  ASSERT_EQ(::mkfifo((folder_->path() / "data" / "pipe").c_str(), 0600), 0);
  RawInputs raw(nullptr, nullptr);
  const auto found = raw.digest(folder_->path() / "data");
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("pipe"), std::string::npos);
}

}  // namespace
}  // namespace unimo
