#include "orchestrator/engine/provenance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"
#include "orchestrator/base/process.h"
#include "orchestrator/engine/environment.h"

namespace unimo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Provenance : public testing::Test {
 protected:
  void SetUp() override {
    if (!git({"--version"}))
      GTEST_SKIP() << "the git program, which makes the repositories, is not installed";
  }
  bool git(std::vector<std::string> arguments) {
    ChildSpec child;
    child.argv = {"git",         "-C", folder_->path().string(), "-c",
                  "user.name=t", "-c", "user.email=t@t"};
    child.argv.insert(child.argv.end(), arguments.begin(), arguments.end());
    child.stdout_path = out_->path() / "out.txt";
    child.stderr_path = out_->path() / "err.txt";
    (void)remove_tree(child.stdout_path);
    const auto pid = start_child(child);
    return pid && wait_child(*pid)->success();
  }
  std::string git_says(const std::vector<std::string>& arguments) {
    EXPECT_TRUE(git(arguments));
    std::string text = read_file(out_->path() / "out.txt").value_or("");
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }
  void write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(make_directories((folder_->path() / name).parent_path()));
    ASSERT_TRUE(write_file_atomic(folder_->path() / name, text));
  }
  void commit_something() {
    ASSERT_TRUE(git({"init", "-b", "trunk"}));
    write("a.txt", "one\n");
    write("deep/b.txt", "two\n");
    write(".gitignore", "*.log\n");
    ASSERT_TRUE(git({"add", "."}));
    ASSERT_TRUE(git({"commit", "-m", "first"}));
  }
  SourceRow capture(const ProvenanceOptions& options = {}) {
    auto source = capture_source(folder_->path(), options);
    EXPECT_TRUE(source) << source.error().message;
    EXPECT_TRUE(source && *source);
    return source && *source ? **source : SourceRow{};
  }
  std::optional<TempDir> folder_ = std::move(*TempDir::make("git"));
  std::optional<TempDir> out_ = std::move(*TempDir::make("out"));
};

TEST_F(Provenance, IsEmptyWithoutARepository) {
  const auto source = capture_source(folder_->path());
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_FALSE(*source);
}

TEST_F(Provenance, NamesTheCommitOfACleanTree) {
  commit_something();
  ASSERT_TRUE(git({"remote", "add", "origin", "https://user:secret@example.org/x.git"}));
  const SourceRow source = capture();
  EXPECT_EQ(source.commit, git_says({"rev-parse", "HEAD"}));
  EXPECT_EQ(source.branch, "trunk");
  EXPECT_EQ(source.remote, "https://example.org/x.git");
  EXPECT_FALSE(source.dirty);
  EXPECT_TRUE(source.snapshot.empty());
  EXPECT_EQ(git_says({"for-each-ref", "refs/unimo"}), "");
}

TEST_F(Provenance, KeepsUncommittedWorkWithoutTouchingAnything) {
  commit_something();
  write("a.txt", "changed\n");
  write("new/file.txt", "new\n");
  write("noise.log", "ignored\n");
  ASSERT_TRUE(remove_tree(folder_->path() / "deep"));
  const std::string status = git_says({"status", "--porcelain"});
  const std::string index = *read_file(folder_->path() / ".git" / "index");
  const SourceRow source = capture();
  EXPECT_EQ(git_says({"status", "--porcelain"}), status);
  EXPECT_EQ(*read_file(folder_->path() / ".git" / "index"), index);
  EXPECT_EQ(git_says({"branch", "-a"}), "* trunk");
  EXPECT_TRUE(source.dirty);
  EXPECT_EQ(
      source.changes,
      Json::parse(R"([{"path":"a.txt","status":"modified"},{"path":"deep/b.txt","status":"deleted"},
                                            {"path":"new/file.txt","status":"untracked"}])"));
  EXPECT_EQ(git_says({"rev-parse", source.snapshot_ref}), source.snapshot);
  EXPECT_EQ(git_says({"ls-tree", "-r", "--name-only", source.snapshot}),
            ".gitignore\na.txt\nnew/file.txt");
  EXPECT_EQ(git_says({"show", source.snapshot + ":a.txt"}), "changed");
  EXPECT_EQ(git_says({"rev-parse", source.snapshot + "^"}), source.commit);
}

TEST_F(Provenance, TheSameStateHasTheSameDigest) {
  commit_something();
  write("a.txt", "changed\n");
  const SourceRow first = capture();
  const SourceRow second = capture();
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(first.snapshot, second.snapshot);
  write("a.txt", "changed again\n");
  EXPECT_NE(capture().digest, first.digest);
}

TEST_F(Provenance, ListsFilesThatAreTooLargeInsteadOfKeepingThem) {
  commit_something();
  write("big.bin", std::string(1000, 'x'));
  const SourceRow source = capture({.max_file_bytes = 100});
  EXPECT_EQ(source.changes[0]["status"], "untracked (not kept: 1000 bytes)");
  EXPECT_THAT(git_says({"ls-tree", "-r", "--name-only", source.snapshot}),
              testing::Not(HasSubstr("big.bin")));
}

TEST_F(Provenance, WorksBeforeTheFirstCommit) {
  ASSERT_TRUE(git({"init", "-b", "trunk"}));
  write("a.txt", "one\n");
  const SourceRow source = capture();
  EXPECT_EQ(source.commit, "");
  EXPECT_EQ(source.branch, "trunk");
  EXPECT_EQ(git_says({"show", source.snapshot + ":a.txt"}), "one");
}

TEST_F(Provenance, WorksWithADetachedHead) {
  commit_something();
  ASSERT_TRUE(git({"checkout", "--detach"}));
  const SourceRow source = capture();
  EXPECT_EQ(source.branch, "");
  EXPECT_FALSE(source.commit.empty());
}

TEST_F(Provenance, WorksInABareRepository) {
  ASSERT_TRUE(git({"init", "--bare", "-b", "trunk"}));
  const SourceRow source = capture();
  EXPECT_FALSE(source.dirty);
  EXPECT_EQ(source.commit, "");
}

TEST_F(Provenance, IsFoundFromAFolderInside) {
  commit_something();
  const auto source = capture_source(folder_->path() / "deep");
  ASSERT_TRUE(source && *source);
  EXPECT_EQ((*source)->repository, folder_->path().string());
}

TEST(Environment, NamesTheMachineAndItsLibraries) {
  const Json environment = capture_environment();
  EXPECT_FALSE(environment["host"].get<std::string>().empty());
  EXPECT_GE(environment["cpu"]["cores"], 1);
  EXPECT_TRUE(environment["libraries"].contains("sqlite"));
  EXPECT_EQ(capture_environment(), environment);
  EXPECT_THAT(numerics_text("libtorch 2.11.0"), HasSubstr("; libtorch 2.11.0"));
}

}  // namespace
}  // namespace unimo
