#include "stages/ingest/image_files.h"

#include <algorithm>
#include <cctype>
#include <limits>

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// Twelve digits after "COCO_val2014_" or alone; longer numbers (Flickr's names have ten and a hash)
// do not matter.
constexpr std::size_t kMaxDigits = 15;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool looks_like_a_picture(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  std::string ending(name.substr(dot));
  std::transform(ending.begin(), ending.end(), ending.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png" || ending == ".bmp" ||
         ending == ".webp" || ending == ".gif";
}

bool ends_with_path(const fs::path& path, std::string_view name) {
  const std::string text = path.generic_string();
  return text.size() > name.size() && text.ends_with(name) &&
         text[text.size() - name.size() - 1] == '/';
}

std::int64_t number_at_the_end(std::string_view name) {
  const std::string_view stem = name.substr(0, name.rfind('.'));
  std::size_t begin = stem.size();
  while (begin > 0 && is_digit(stem[begin - 1])) --begin;
  const std::string_view digits = stem.substr(begin);
  if (digits.empty() || digits.size() > kMaxDigits) return -1;
  std::int64_t number = 0;
  for (const char c : digits) number = number * 10 + (c - '0');
  return number;
}

}  // namespace

std::int64_t trailing_number(const fs::path& path) {
  return number_at_the_end(path.filename().string());
}

void ImageFiles::add(const fs::path& path, std::size_t shown,
                     std::map<fs::path, std::uint32_t>& numbers) {
  const auto [place, fresh] =
      numbers.emplace(path.parent_path(), static_cast<std::uint32_t>(folders_.size()));
  if (fresh) folders_.push_back({path.parent_path(), shown});
  files_.push_back({names_.size(), place->second});
  names_ += path.filename().string();
  names_.push_back('\0');
}

Result<ImageFiles> ImageFiles::scan(std::span<const InputItem> items) {
  ImageFiles files;
  std::map<fs::path, std::uint32_t> numbers;
  for (const InputItem& item : items) {
    std::error_code error;
    const std::size_t shown = item.path.parent_path().generic_string().size();
    if (fs::is_regular_file(item.path, error)) {
      files.add(item.path, shown, numbers);
      continue;
    }
    fs::recursive_directory_iterator walk(item.path, error);
    for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
      std::error_code ignored;  // a dangling link is not a picture
      if (looks_like_a_picture(walk->path().filename().string()) && walk->is_regular_file(ignored))
        files.add(walk->path(), shown, numbers);
    }
    if (error) {
      return fail(ErrorCode::kIo, "{}: cannot list the pictures: {}", item.path.string(),
                  error.message());
    }
  }
  if (files.files_.size() > std::numeric_limits<std::uint32_t>::max())
    return fail(ErrorCode::kInvalid,
                "more than four thousand million pictures; give fewer folders");
  files.sort();
  return files;
}

// The order must not depend on that of the folders' entries on the disk.
void ImageFiles::sort() {
  std::sort(files_.begin(), files_.end(), [&](const File& a, const File& b) {
    const std::string_view one(names_.data() + a.name);
    const std::string_view two(names_.data() + b.name);
    return one != two ? one < two : folders_[a.folder].path < folders_[b.folder].path;
  });
  // A folder may have been given twice.
  const auto same = [&](const File& a, const File& b) {
    return a.folder == b.folder &&
           std::string_view(names_.data() + a.name) == std::string_view(names_.data() + b.name);
  };
  files_.erase(std::unique(files_.begin(), files_.end(), same), files_.end());
  for (std::uint32_t file = 0; file < files_.size(); ++file) {
    if (number_of(file) >= 0) by_number_.push_back(file);
  }
  std::stable_sort(by_number_.begin(), by_number_.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return number_of(a) < number_of(b); });
}

std::string_view ImageFiles::name_of(std::uint32_t file) const {
  return std::string_view(names_.data() + files_[file].name);
}

std::int64_t ImageFiles::number_of(std::uint32_t file) const {
  return number_at_the_end(name_of(file));
}

fs::path ImageFiles::path_of(std::uint32_t file) const {
  return folders_[files_[file].folder].path / name_of(file);
}

// Without the folders that lead to the item: they differ from machine to machine.
std::string ImageFiles::shown(std::uint32_t file) const {
  const std::string path = path_of(file).generic_string();
  const std::size_t hidden = folders_[files_[file].folder].shown;
  return path.substr(hidden == 0 ? 0 : hidden + 1);
}

ImageFiles::Found ImageFiles::choose(std::span<const std::uint32_t> candidates,
                                     bool by_number) const {
  Found found;
  found.by_number = by_number;
  if (candidates.size() == 1) {
    found.path = path_of(candidates[0]);
  } else if (candidates.size() > 1) {
    found.other = fmt::format("{} and {}", shown(candidates[0]), shown(candidates[1]));
  }
  return found;
}

ImageFiles::Found ImageFiles::find(std::string_view name, std::int64_t number) const {
  const auto slash = name.rfind('/');
  const std::string_view base = slash == std::string_view::npos ? name : name.substr(slash + 1);
  const auto begin = std::lower_bound(files_.begin(), files_.end(), base,
                                      [&](const File& file, std::string_view key) {
                                        return std::string_view(names_.data() + file.name) < key;
                                      });
  std::vector<std::uint32_t> named, closer;
  for (auto file = static_cast<std::uint32_t>(begin - files_.begin());
       file < files_.size() && name_of(file) == base; ++file) {
    named.push_back(file);
    if (ends_with_path(path_of(file), name)) closer.push_back(file);
  }
  if (!named.empty()) return choose(closer.empty() ? named : closer, false);
  if (number < 0) return {};
  const auto first =
      std::lower_bound(by_number_.begin(), by_number_.end(), number,
                       [&](std::uint32_t file, std::int64_t key) { return number_of(file) < key; });
  auto last = first;
  while (last != by_number_.end() && number_of(*last) == number) ++last;
  return choose(std::span<const std::uint32_t>(first, last), true);
}

}  // namespace unimo::stages
