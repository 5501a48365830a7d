#include "stages/ingest/image_files.h"

#include <algorithm>
#include <cctype>

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// Twelve digits after "COCO_val2014_" or alone; longer numbers (Flickr's names have ten and a hash)
// do not matter.
constexpr std::size_t kMaxDigits = 15;

bool looks_like_a_picture(const fs::path& path) {
  std::string ending = path.extension().string();
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

ImageFiles::Found choose(const std::vector<fs::path>& candidates, bool by_number) {
  ImageFiles::Found found;
  found.by_number = by_number;
  if (candidates.size() == 1) {
    found.path = candidates[0];
  } else if (candidates.size() > 1) {
    found.other = fmt::format("{} and {}", candidates[0].string(), candidates[1].string());
  }
  return found;
}

}  // namespace

std::int64_t trailing_number(const fs::path& path) {
  const std::string stem = path.stem().string();
  std::size_t begin = stem.size();
  while (begin > 0 && std::isdigit(static_cast<unsigned char>(stem[begin - 1])) != 0) --begin;
  const std::string digits = stem.substr(begin);
  if (digits.empty() || digits.size() > kMaxDigits) return -1;
  return std::stoll(digits);
}

Result<ImageFiles> ImageFiles::scan(std::span<const InputItem> items) {
  ImageFiles files;
  std::vector<fs::path> paths;
  for (const InputItem& item : items) {
    std::error_code error;
    if (fs::is_regular_file(item.path, error)) {
      paths.push_back(item.path);
      continue;
    }
    fs::recursive_directory_iterator walk(item.path, error);
    for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
      std::error_code ignored;  // a dangling link is not a picture
      if (looks_like_a_picture(walk->path()) && walk->is_regular_file(ignored))
        paths.push_back(walk->path());
    }
    if (error) {
      return fail(ErrorCode::kIo, "{}: cannot list the pictures: {}", item.path.string(),
                  error.message());
    }
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  files.count_ = paths.size();
  for (const fs::path& path : paths) {
    files.by_name_[path.filename().string()].push_back(path);
    const std::int64_t number = trailing_number(path);
    if (number >= 0) files.by_number_[number].push_back(path);
  }
  return files;
}

ImageFiles::Found ImageFiles::find(std::string_view name, std::int64_t number) const {
  const auto slash = name.rfind('/');
  const std::string_view base = slash == std::string_view::npos ? name : name.substr(slash + 1);
  const auto named = by_name_.find(base);
  if (named != by_name_.end()) {
    std::vector<fs::path> closer;
    std::copy_if(named->second.begin(), named->second.end(), std::back_inserter(closer),
                 [&](const fs::path& path) { return ends_with_path(path, name); });
    return choose(closer.empty() ? named->second : closer, false);
  }
  const auto numbered = number < 0 ? by_number_.end() : by_number_.find(number);
  return numbered == by_number_.end() ? Found{} : choose(numbered->second, true);
}

std::vector<fs::path> ImageFiles::all() const {
  std::vector<fs::path> paths;
  for (const auto& [name, candidates] : by_name_)
    paths.insert(paths.end(), candidates.begin(), candidates.end());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace unimo::stages
