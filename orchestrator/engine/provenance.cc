#include "orchestrator/engine/provenance.h"

#include <git2.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <vector>

#include "orchestrator/base/hash.h"

namespace unimo {

namespace fs = std::filesystem;

namespace {

// Initialises the library for as long as a capture lasts.
class GitLibrary {
 public:
  GitLibrary() { git_libgit2_init(); }
  GitLibrary(const GitLibrary&) = delete;
  GitLibrary& operator=(const GitLibrary&) = delete;
  ~GitLibrary() { git_libgit2_shutdown(); }
};

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* value) const {
    Free(value);
  }
};
using Repository = std::unique_ptr<git_repository, Deleter<git_repository_free>>;
using Reference = std::unique_ptr<git_reference, Deleter<git_reference_free>>;
using Commit = std::unique_ptr<git_commit, Deleter<git_commit_free>>;
using Tree = std::unique_ptr<git_tree, Deleter<git_tree_free>>;
using StatusList = std::unique_ptr<git_status_list, Deleter<git_status_list_free>>;
using Index = std::unique_ptr<git_index, Deleter<git_index_free>>;
using Remote = std::unique_ptr<git_remote, Deleter<git_remote_free>>;
using Signature = std::unique_ptr<git_signature, Deleter<git_signature_free>>;

tl::unexpected<Error> git_failure(std::string_view doing) {
  const git_error* error = git_error_last();
  return fail(ErrorCode::kIo, "git: cannot {}: {}", doing,
              error != nullptr ? error->message : "unknown reason");
}

std::string hex(const git_oid& id) {
  char text[GIT_OID_HEXSZ + 1];
  return git_oid_tostr(text, sizeof text, &id);
}

// "https://user:secret@host/path" without what stands before the '@'.
std::string without_credentials(std::string url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;  // "git@host:path" holds a user name, no password
  const std::size_t start = scheme + 3;
  const std::size_t end = url.find('/', start);
  const std::size_t at = url.rfind('@', end == std::string::npos ? end : end - 1);
  if (at != std::string::npos && at >= start) url.erase(start, at - start + 1);
  return url;
}

std::string branch_of(git_repository* repository) {
  git_reference* raw = nullptr;
  if (git_reference_lookup(&raw, repository, "HEAD") != 0) return {};
  const Reference head(raw);
  if (git_reference_type(head.get()) != GIT_REFERENCE_SYMBOLIC) return {};  // detached
  const std::string target = git_reference_symbolic_target(head.get());
  constexpr std::string_view kHeads = "refs/heads/";
  return target.starts_with(kHeads) ? target.substr(kHeads.size()) : target;
}

std::string remote_of(git_repository* repository) {
  git_remote* raw = nullptr;
  if (git_remote_lookup(&raw, repository, "origin") != 0) {
    git_strarray names{};
    std::string first;
    if (git_remote_list(&names, repository) == 0 && names.count > 0) first = names.strings[0];
    git_strarray_dispose(&names);
    if (first.empty() || git_remote_lookup(&raw, repository, first.c_str()) != 0) return {};
  }
  const Remote remote(raw);
  const char* url = git_remote_url(remote.get());
  return url == nullptr ? std::string() : without_credentials(url);
}

std::string_view word_for(unsigned int flags) {
  if (flags & GIT_STATUS_CONFLICTED) return "conflicted";
  if (flags & (GIT_STATUS_WT_DELETED | GIT_STATUS_INDEX_DELETED)) return "deleted";
  if (flags & GIT_STATUS_INDEX_NEW) return "added";
  if (flags & GIT_STATUS_WT_NEW) return "untracked";
  return "modified";
}

struct Change {
  std::string path;
  std::string status;
  bool gone = false;  // not in the working tree
  bool kept = true;
  git_oid blob{};
  git_filemode_t mode = GIT_FILEMODE_BLOB;
};

Result<std::vector<Change>> changes_of(git_repository* repository) {
  git_status_options options = GIT_STATUS_OPTIONS_INIT;
  options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
  // The index is not even refreshed: looking must leave no trace.
  options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS |
                  GIT_STATUS_OPT_EXCLUDE_SUBMODULES | GIT_STATUS_OPT_NO_REFRESH;
  git_status_list* raw = nullptr;
  if (git_status_list_new(&raw, repository, &options) != 0) return git_failure("read the status");
  const StatusList list(raw);
  std::vector<Change> changes;
  for (std::size_t i = 0; i < git_status_list_entrycount(list.get()); ++i) {
    const git_status_entry* entry = git_status_byindex(list.get(), i);
    const git_diff_delta* delta =
        entry->index_to_workdir != nullptr ? entry->index_to_workdir : entry->head_to_index;
    if (delta == nullptr) continue;
    const char* path =
        delta->new_file.path != nullptr ? delta->new_file.path : delta->old_file.path;
    changes.push_back({.path = path, .status = std::string(word_for(entry->status))});
  }
  return changes;
}

// Writes the content of changed files into the object store, within the limits.
Status keep_files(git_repository* repository, std::vector<Change>& changes,
                  const ProvenanceOptions& options) {
  const fs::path top = git_repository_workdir(repository);
  std::uint64_t total = 0;
  for (Change& change : changes) {
    struct stat info {};
    if (::lstat((top / change.path).c_str(), &info) != 0 || S_ISDIR(info.st_mode)) {
      change.gone = true;
      continue;
    }
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (size > options.max_file_bytes || total + size > options.max_total_bytes) {
      change.kept = false;
      change.status += fmt::format(" (not kept: {} bytes)", size);
      continue;
    }
    total += size;
    if (S_ISLNK(info.st_mode)) {
      change.mode = GIT_FILEMODE_LINK;
    } else if (info.st_mode & S_IXUSR) {
      change.mode = GIT_FILEMODE_BLOB_EXECUTABLE;
    }
    if (git_blob_create_from_workdir(&change.blob, repository, change.path.c_str()) != 0) {
      change.kept = false;
      change.status += " (not readable)";
    }
  }
  return ok();
}

Result<git_oid> tree_with(git_repository* repository, const git_commit* head,
                          const std::vector<Change>& changes) {
  git_index* raw = nullptr;
  if (git_index_new(&raw) != 0) return git_failure("make an index in memory");
  const Index index(raw);
  if (head != nullptr) {
    git_tree* raw_tree = nullptr;
    if (git_commit_tree(&raw_tree, head) != 0) return git_failure("read the tree of HEAD");
    const Tree tree(raw_tree);
    if (git_index_read_tree(index.get(), tree.get()) != 0)
      return git_failure("read the tree of HEAD");
  }
  for (const Change& change : changes) {
    if (!change.kept) continue;
    if (change.gone) {
      git_index_remove(index.get(), change.path.c_str(), 0);  // it may never have been in HEAD
      continue;
    }
    git_index_entry entry{};
    entry.path = change.path.c_str();
    entry.mode = change.mode;
    entry.id = change.blob;
    if (git_index_add(index.get(), &entry) != 0) return git_failure("add " + change.path);
  }
  git_oid tree{};
  if (git_index_write_tree_to(&tree, index.get(), repository) != 0)
    return git_failure("write the tree");
  return tree;
}

// The same state always gives the same commit: it carries the time of its parent.
Result<git_oid> snapshot_commit(git_repository* repository, const git_commit* head,
                                const git_oid& tree_id) {
  git_signature* raw_signature = nullptr;
  const git_time_t time = head != nullptr ? git_commit_time(head) : 0;
  if (git_signature_new(&raw_signature, "unimo", "unimo@localhost", time, 0) != 0)
    return git_failure("sign");
  const Signature signature(raw_signature);
  git_tree* raw_tree = nullptr;
  if (git_tree_lookup(&raw_tree, repository, &tree_id) != 0) return git_failure("find the tree");
  const Tree tree(raw_tree);
  const git_commit* parents[] = {head};
  git_oid commit{};
  if (git_commit_create(&commit, repository, nullptr, signature.get(), signature.get(), nullptr,
                        "Working tree of a unimo run\n", tree.get(), head != nullptr ? 1 : 0,
                        parents) != 0) {
    return git_failure("write the commit");
  }
  return commit;
}

std::string digest_of(const SourceRow& source) {
  Sha256 hash;
  hash.field("format", "unimo.source.1");
  hash.field("repository", source.repository);
  hash.field("commit", source.commit);
  hash.field("branch", source.branch);
  hash.field("remote", source.remote);
  hash.field("snapshot", source.snapshot);
  hash.field("changes", canonical_text(source.changes));
  return hash.hex();
}

Status capture_changes(git_repository* repository, const git_commit* head,
                       const ProvenanceOptions& options, SourceRow& source) {
  std::vector<Change> changes = UNIMO_TRY(changes_of(repository));
  source.dirty = !changes.empty();
  if (!source.dirty) return ok();
  UNIMO_TRY(keep_files(repository, changes, options));
  for (const Change& change : changes)
    source.changes.push_back({{"path", change.path}, {"status", change.status}});
  const git_oid tree = UNIMO_TRY(tree_with(repository, head, changes));
  source.snapshot = hex(UNIMO_TRY(snapshot_commit(repository, head, tree)));
  return ok();
}

Status keep_reference(git_repository* repository, SourceRow& source) {
  if (source.snapshot.empty()) return ok();
  source.snapshot_ref = "refs/unimo/" + source.digest;
  git_oid commit{};
  git_oid_fromstr(&commit, source.snapshot.c_str());
  git_reference* raw = nullptr;
  if (git_reference_create(&raw, repository, source.snapshot_ref.c_str(), &commit, 1, nullptr) !=
      0) {
    return git_failure("write " + source.snapshot_ref);
  }
  const Reference reference(raw);
  return ok();
}

}  // namespace

Result<std::optional<SourceRow>> capture_source(const fs::path& directory,
                                                const ProvenanceOptions& options) {
  const GitLibrary library;
  git_repository* raw = nullptr;
  const int opened = git_repository_open_ext(&raw, directory.c_str(), 0, nullptr);
  if (opened == GIT_ENOTFOUND) return std::optional<SourceRow>();
  if (opened != 0) return git_failure("open the repository at " + directory.string());
  const Repository repository(raw);
  SourceRow source;
  const char* top = git_repository_workdir(repository.get());
  source.repository = fs::path(top != nullptr ? top : git_repository_path(repository.get()))
                          .lexically_normal()
                          .string();
  while (source.repository.size() > 1 && source.repository.ends_with('/'))
    source.repository.pop_back();
  source.branch = branch_of(repository.get());
  source.remote = remote_of(repository.get());
  Commit head;
  git_oid head_id{};
  if (git_reference_name_to_id(&head_id, repository.get(), "HEAD") == 0) {
    git_commit* raw_commit = nullptr;
    if (git_commit_lookup(&raw_commit, repository.get(), &head_id) != 0)
      return git_failure("read HEAD");
    head.reset(raw_commit);
    source.commit = hex(head_id);
  }
  if (git_repository_is_bare(repository.get()) == 0) {
    UNIMO_TRY(capture_changes(repository.get(), head.get(), options, source));
  }
  source.digest = digest_of(source);
  UNIMO_TRY(keep_reference(repository.get(), source));
  return std::optional<SourceRow>(std::move(source));
}

std::string git_library_version() {
  int major = 0, minor = 0, revision = 0;
  git_libgit2_version(&major, &minor, &revision);
  return fmt::format("{}.{}.{}", major, minor, revision);
}

}  // namespace unimo
