#include "stages/data_check/data_check.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "orchestrator/base/fields.h"
#include "orchestrator/base/hash.h"
#include "stages/data_check/file_names.h"
#include "stages/data_check/file_reading.h"
#include "stages/data_check/found_files.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// Round numbers of millions are published with two digits.
constexpr double kRounding = 0.05;

constexpr int kExitWrong = 4, kExitUnread = 7;

std::string size_text(std::int64_t bytes) {
  return bytes < 1'000'000 ? fmt::format("{} bytes", bytes)
                           : fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

bool is_enough(const OfficialFile& file, std::int64_t items) {
  const auto difference = std::abs(items - file.items);
  if (!file.rounded) return difference == 0;
  return static_cast<double>(difference) <= kRounding * static_cast<double>(file.items);
}

// What was counted against what there should be.
CheckedFile judge_items(const OfficialFile& file, std::int64_t items) {
  const std::string_view about = file.rounded ? "about " : "";
  if (file.form == FileForm::kStream) {
    return {&file, FileState::kThere, "",
            fmt::format("reads to its end: {} unpacked", size_text(items))};
  }
  if (file.items == 0)
    return {&file, FileState::kThere, "", fmt::format("{} {}", items, file.unit)};
  if (is_enough(file, items))
    return {&file, FileState::kWhole, "", fmt::format("{} {}", items, file.unit)};
  return {&file, FileState::kWrong, "",
          fmt::format("{} of {}{} {}: {}", items, about, file.items, file.unit,
                      items < file.items ? "a part" : "more than there should be")};
}

class Checker {
 public:
  Checker(const FoundFiles& found, const DataCheckOptions& options)
      : found_(found), options_(options) {}

  CheckedDataset check(const OfficialDataset& dataset, bool asked_for) {
    // Somebody who asks for one data set means this folder, whatever it is called.
    anywhere_ = options_.datasets.size() == 1 && !found_.has_folder_of(dataset);
    CheckedDataset checked{&dataset, asked_for, {}};
    for (const OfficialFile& file : dataset.files) {
      checked.files.push_back(file.form == FileForm::kFiles ? check_folders(dataset, file)
                                                            : check_named(dataset, file));
    }
    excuse(checked);
    return checked;
  }

 private:
  CheckedFile check_folders(const OfficialDataset& dataset, const OfficialFile& file) {
    const auto folders = found_.counted(dataset, file.name, anywhere_);
    if (folders.empty()) return {&file, FileState::kMissing, "", ""};
    std::int64_t files = 0;
    std::string flaws;
    const std::string_view name = folder_and_name(file.name).name;
    for (const FoundFolder& folder : folders) {
      files += folder.files;
      if (!options_.deep || !name.ends_with(".jpg")) continue;
      const std::string flaw = once(folder.path + "/" + std::string(name), [&] {
                                 return read_pictures(found_.root() / folder.path, name);
                               }).flaw;
      if (!flaw.empty()) flaws += fmt::format("; {}/: {}", folder.path, flaw);
    }
    CheckedFile checked = judge_items(file, files);
    checked.path = folders.front().path.empty() ? "./" : folders.front().path + "/";
    if (folders.size() > 1) checked.detail += fmt::format(" in {} folders", folders.size());
    if (!flaws.empty()) checked.state = FileState::kWrong;
    checked.detail += flaws;
    return checked;
  }

  CheckedFile check_named(const OfficialDataset& dataset, const OfficialFile& file) {
    const auto copies = found_.named(dataset, file.name, anywhere_);
    if (copies.empty()) return {&file, FileState::kMissing, "", ""};
    if (file.name.find('*') != file.name.npos) return check_together(file, copies);
    CheckedFile best;
    for (const FoundFile* copy : copies) {
      CheckedFile checked = check_file(file, *copy);
      if (best.official == nullptr || checked.state < best.state) best = std::move(checked);
    }
    return best;
  }

  // Files of one name with "*", such as the two of BookCorpus.
  CheckedFile check_together(const OfficialFile& file,
                             const std::vector<const FoundFile*>& copies) {
    std::int64_t items = 0;
    bool read = true;
    for (const FoundFile* copy : copies) {
      const FileReading reading = this->read(file, *copy);
      if (!reading.flaw.empty()) return {&file, FileState::kWrong, copy->path(), reading.flaw};
      items += reading.items;
      read = read && reading.read;
    }
    CheckedFile checked =
        read ? judge_items(file, items) : CheckedFile{&file, FileState::kThere, "", "not counted"};
    checked.path = copies.front()->path();
    if (copies.size() > 1) checked.detail += fmt::format(" in {} files", copies.size());
    if (!read) checked.detail += "; --deep does";
    return checked;
  }

  // Several data sets have the same files: COCO's pictures, its captions.
  template <class Read>
  const FileReading& once(const std::string& what, const Read& read) {
    const auto known = readings_.find(what);
    return known != readings_.end() ? known->second : readings_.emplace(what, read()).first->second;
  }

  FileReading read(const OfficialFile& file, const FoundFile& copy) {
    if (!copy.problem.empty()) return {.flaw = copy.problem};
    const fs::path path = found_.root() / copy.path();
    return once(fmt::format("{} as {}", copy.path(), file.name),
                [&] { return read_official(file, path, options_.deep); });
  }

  CheckedFile check_file(const OfficialFile& file, const FoundFile& copy) {
    CheckedFile checked = judge(file, copy);
    checked.path = copy.path();
    return checked;
  }

  CheckedFile judge(const OfficialFile& file, const FoundFile& copy) {
    const bool known_size = file.size > 0 && copy.size == file.size && copy.problem.empty();
    if (known_size && options_.deep && !file.sha256.empty()) return judge_digest(file, copy);
    if (known_size && !options_.deep)
      return {&file, FileState::kWhole, "", fmt::format("{} bytes", copy.size)};
    const FileReading reading = read(file, copy);
    if (!reading.flaw.empty()) return {&file, FileState::kWrong, "", reading.flaw};
    if (!reading.read) {
      return {&file, FileState::kThere, "",
              fmt::format("{}, not counted; --deep does", size_text(copy.size))};
    }
    CheckedFile checked = judge_items(file, reading.items);
    // A packed file has a size of its own.
    if (file.size > 0 && !known_size && matches(file.name, copy.name)) {
      const bool whole = checked.state == FileState::kWhole;
      checked.detail +=
          fmt::format("; {} bytes{} {}", copy.size,
                      whole ? ", another edition than that of" : " instead of", file.size);
    }
    return checked;
  }

  CheckedFile judge_digest(const OfficialFile& file, const FoundFile& copy) const {
    const auto digest = hash_file(found_.root() / copy.path());
    if (!digest) return {&file, FileState::kWrong, "", digest.error().message};
    if (*digest == file.sha256)
      return {&file, FileState::kWhole, "", fmt::format("{} bytes, SHA-256 agrees", copy.size)};
    return {&file, FileState::kWrong, "",
            fmt::format("SHA-256 is {}, should be {}; fetch it again", *digest, file.sha256)};
  }

  // What is missing and need not be there. Of the editions, the one counts that most is here of.
  static void excuse(CheckedDataset& checked) {
    std::string_view edition;
    std::int64_t most = -1;
    for (const CheckedFile& candidate : checked.files) {
      const std::string_view name = candidate.official->edition;
      std::int64_t found = 0;
      for (const CheckedFile& file : checked.files) {
        if (file.official->edition == name && file.official->wanted &&
            file.state != FileState::kMissing)
          ++found;
      }
      if (name.empty() || found <= most) continue;
      most = found;
      edition = name;
    }
    for (CheckedFile& file : checked.files) {
      const bool other = !file.official->edition.empty() && file.official->edition != edition;
      if (file.state == FileState::kMissing && (other || !file.official->wanted))
        file.state = FileState::kAbsent;
    }
  }

  const FoundFiles& found_;
  const DataCheckOptions& options_;
  bool anywhere_ = false;
  std::map<std::string, FileReading> readings_;
};

const OfficialDataset* find_by_any_name(const std::string& name) {
  if (const OfficialDataset* dataset = find_official_dataset(name)) return dataset;
  for (const OfficialDataset& dataset : official_datasets()) {
    const auto& names = dataset.more_names;
    if (name == dataset.kind || std::find(names.begin(), names.end(), name) != names.end())
      return &dataset;
  }
  return nullptr;
}

Result<std::vector<const OfficialDataset*>> wanted_datasets(const std::vector<std::string>& names) {
  std::vector<const OfficialDataset*> wanted;
  const auto known = official_dataset_names();
  for (const std::string& name : names) {
    const OfficialDataset* dataset = find_by_any_name(name);
    if (dataset == nullptr) {
      const auto close = did_you_mean(name, known);
      return fail(ErrorCode::kInvalid, "there is no data set \"{}\"{}", name,
                  close ? fmt::format(", did you mean {}?", *close)
                        : fmt::format("; there are {}", fmt::join(known, ", ")));
    }
    wanted.push_back(dataset);
  }
  if (names.empty()) {
    for (const OfficialDataset& dataset : official_datasets()) wanted.push_back(&dataset);
  }
  return wanted;
}

}  // namespace

std::string_view to_string(FileState state) {
  switch (state) {
    case FileState::kWhole: return "whole";
    case FileState::kThere: return "there";
    case FileState::kWrong: return "wrong";
    case FileState::kMissing: return "missing";
    case FileState::kAbsent: return "absent";
  }
  return "";
}

bool CheckedDataset::is_here() const {
  return std::any_of(files.begin(), files.end(),
                     [](const CheckedFile& file) { return !file.path.empty(); });
}

bool CheckedDataset::complete() const {
  return is_here() && std::none_of(files.begin(), files.end(), [](const CheckedFile& file) {
           return file.state == FileState::kWrong || file.state == FileState::kMissing;
         });
}

std::int64_t DataCheck::count(FileState state) const {
  std::int64_t count = 0;
  for (const CheckedDataset& dataset : datasets) {
    count += std::count_if(dataset.files.begin(), dataset.files.end(),
                           [&](const CheckedFile& file) { return file.state == state; });
  }
  return count;
}

Result<DataCheck> check_data(const fs::path& root, const DataCheckOptions& options) {
  const auto wanted = UNIMO_TRY(wanted_datasets(options.datasets));
  const FoundFiles found = UNIMO_TRY(FoundFiles::walk(root));
  DataCheck check{found.root(), {}, found.unread()};
  Checker checker(found, options);
  for (const OfficialDataset* dataset : wanted)
    check.datasets.push_back(checker.check(*dataset, !options.datasets.empty()));
  return check;
}

int exit_code_of(const DataCheck& check) {
  if (!check.unread.empty()) return kExitUnread;
  for (const CheckedDataset& dataset : check.datasets) {
    for (const CheckedFile& file : dataset.files) {
      if (file.state == FileState::kWrong) return kExitWrong;
      if (file.state == FileState::kMissing && dataset.asked_for) return kExitWrong;
    }
  }
  return 0;
}

}  // namespace unimo::stages
