#include "stages/data_check/found_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <deque>
#include <set>
#include <tuple>

#include "stages/data_check/file_names.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string_view last_part(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

// What is looked for, from the table of official files.
struct Wanted {
  std::set<std::string_view> counted, named;

  Wanted() {
    for (const OfficialDataset& dataset : official_datasets()) {
      for (const OfficialFile& file : dataset.files) {
        if (file.form == FileForm::kFiles) {
          counted.insert(folder_and_name(file.name).name);
        } else {
          named.insert(file.name);
        }
      }
    }
  }
  bool is_named(std::string_view name) const {
    return std::any_of(named.begin(), named.end(), [&](std::string_view official) {
      return match_name(official, name) != NameMatch::kNone;
    });
  }
};

}  // namespace

class FoundFiles::Walk {
 public:
  explicit Walk(FoundFiles& found) : found_(found) {}

  // Linked folders come last, so that what lies here is told by its own path.
  void run() {
    waiting_.push_back("");
    while (!waiting_.empty() || !linked_.empty()) {
      auto& next = waiting_.empty() ? linked_ : waiting_;
      const std::string folder = next.front();
      next.pop_front();
      if (is_new(folder)) read(folder);
    }
    const auto by_path = [](const auto& a, const auto& b) { return a.path < b.path; };
    std::sort(found_.folders_.begin(), found_.folders_.end(), by_path);
    std::sort(found_.files_.begin(), found_.files_.end(),
              [](const FoundFile& a, const FoundFile& b) {
                return std::tie(a.folder, a.name) < std::tie(b.folder, b.name);
              });
  }

 private:
  bool is_new(const std::string& folder) {
    struct stat status {};
    const fs::path path = found_.root_ / folder;
    if (::stat(path.c_str(), &status) != 0) return true;  // reading it says what is wrong
    return seen_.emplace(status.st_dev, status.st_ino).second;
  }

  void read(const std::string& folder) {
    std::error_code error;
    fs::directory_iterator it(found_.root_ / folder, error);
    found_.folders_.push_back({folder, {}});
    for (; !error && it != fs::directory_iterator(); it.increment(error)) add(folder, *it);
    if (error) {
      found_.unread_.push_back(
          fmt::format("{}: {}", folder.empty() ? "." : folder, error.message()));
    }
  }

  void add(const std::string& folder, const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    std::error_code error;
    if (entry.is_directory(error)) {
      auto& queue = entry.is_symlink(error) ? linked_ : waiting_;
      queue.push_back(folder.empty() ? name : folder + "/" + name);
      return;
    }
    const bool is_file = entry.is_regular_file(error);
    if (is_file) {
      for (const std::string_view counted : wanted_.counted)
        if (matches(counted, name)) ++found_.folders_.back().counts[counted];
    }
    if (name.ends_with(".jpg") || !wanted_.is_named(name)) return;
    FoundFile file{folder, name, 0, ""};
    if (is_file) {
      file.size = static_cast<std::int64_t>(entry.file_size(error));
    } else {
      file.problem = entry.is_symlink(error) ? "is a link to nothing" : "is no regular file";
    }
    found_.files_.push_back(std::move(file));
  }

  FoundFiles& found_;
  const Wanted wanted_;
  std::deque<std::string> waiting_, linked_;
  std::set<std::pair<dev_t, ino_t>> seen_;
};

Result<FoundFiles> FoundFiles::walk(const fs::path& root) {
  std::error_code error;
  FoundFiles found;
  found.root_ = fs::canonical(root, error);
  if (error) {
    return fail(ErrorCode::kNotFound, "{}: {}; give the folder that the downloads lie in",
                root.string(), error.message());
  }
  if (!fs::is_directory(found.root_, error)) {
    return fail(ErrorCode::kInvalid, "{}: is no folder; give the folder that the downloads lie in",
                root.string());
  }
  Walk(found).run();
  return found;
}

bool FoundFiles::is_called(const OfficialDataset& dataset, std::string_view folder) const {
  const std::string name = lower(last_part(folder));
  return name == dataset.name || std::find(dataset.more_names.begin(), dataset.more_names.end(),
                                           name) != dataset.more_names.end();
}

bool FoundFiles::has_folder_of(const OfficialDataset& dataset) const {
  return is_called(dataset, root_.string()) ||
         std::any_of(folders_.begin(), folders_.end(),
                     [&](const Folder& folder) { return is_called(dataset, folder.path); });
}

bool FoundFiles::counts_for(const OfficialDataset& dataset, std::string_view folder,
                            bool anywhere) const {
  if (anywhere || !dataset.own_folder || is_called(dataset, root_.string())) return true;
  for (std::string_view path = folder; !path.empty();) {
    if (is_called(dataset, path)) return true;
    const std::size_t slash = path.rfind('/');
    path = slash == path.npos ? std::string_view() : path.substr(0, slash);
  }
  return false;
}

std::vector<const FoundFile*> FoundFiles::named(const OfficialDataset& dataset,
                                                std::string_view official, bool anywhere) const {
  std::vector<const FoundFile*> exact, parts;
  for (const FoundFile& file : files_) {
    const NameMatch match = match_name(official, file.name);
    if (match == NameMatch::kNone || !counts_for(dataset, file.folder, anywhere)) continue;
    (match == NameMatch::kExact ? exact : parts).push_back(&file);
  }
  return exact.empty() ? parts : exact;
}

std::vector<FoundFolder> FoundFiles::counted(const OfficialDataset& dataset,
                                             std::string_view official, bool anywhere) const {
  const auto [parent, name] = folder_and_name(official);
  std::vector<FoundFolder> found;
  for (const Folder& folder : folders_) {
    const auto count = folder.counts.find(name);
    if (count == folder.counts.end()) continue;
    if (!parent.empty() && !matches(parent, last_part(folder.path))) continue;
    if (counts_for(dataset, folder.path, anywhere)) found.push_back({folder.path, count->second});
  }
  return found;
}

}  // namespace unimo::stages
