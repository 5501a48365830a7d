#include "stages/ingest/corpora/fetched_images.h"

#include <algorithm>
#include <charconv>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "stages/ingest/group_sort.h"
#include "stages/ingest/json_values.h"
#include "stages/ingest/packed.h"
#include "stages/ingest/stream/json_stream.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kSumDigits = 16;  // of the 64 hexadecimal digits: eight bytes

std::uint64_t sum_of(std::string_view sha256) {
  std::uint64_t sum = 0;
  std::from_chars(sha256.data(), sha256.data() + std::min(kSumDigits, sha256.size()), sum, 16);
  return sum;
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Inside the folder: neither absolute nor through "..".
bool stays_inside(const fs::path& file) {
  if (file.empty() || file.is_absolute()) return false;
  return std::none_of(file.begin(), file.end(), [](const fs::path& part) { return part == ".."; });
}

std::string pack(const FetchedImage& image, std::string_view sha256) {
  Packer packer;
  packer.text(image.url).text(image.status).text(image.path.string());
  return packer.whole(image.offset).whole(image.size).text(sha256).take();
}

// "00000012.jpg": 12; -1 when the name is not a number.
std::int64_t row_of(const fs::path& path) {
  const std::string stem = path.stem().string();
  std::int64_t row = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), row);
  return error == std::errc() && end == stem.data() + stem.size() && row >= 0 ? row : -1;
}

bool is_picture_name(const fs::path& path) {
  constexpr std::string_view kEndings[] = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"};
  const std::string ending = path.extension().string();
  return std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings);
}

}  // namespace

FetchedImages::FetchedImages(fs::path folder, const fs::path& temporary)
    : folder_(std::move(folder)),
      outcomes_(std::make_unique<SpillSort>(temporary, GroupSort::kBudget)) {}

Result<FetchedImages> FetchedImages::open(const fs::path& folder, const fs::path& temporary,
                                          std::int64_t placeholder_rows) {
  FetchedImages fetched(folder, temporary);
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return fail(ErrorCode::kNotFound,
                "{}: no folder; give what fetch.images made, or a folder of pictures named by "
                "their row",
                folder.string());
  }
  if (fs::exists(folder / "outcomes.jsonl", error)) {
    UNIMO_TRY(fetched.read_outcomes());
  } else {
    UNIMO_TRY(fetched.scan_folder());
  }
  fetched.find_repeated(placeholder_rows);
  UNIMO_TRY(fetched.outcomes_->sort());
  return fetched;
}

Status FetchedImages::read_outcomes() {
  const auto visit = [&](const JsonPlace& at, JsonView outcome) -> Status {
    const std::string place = fmt::format("{}:{}", (folder_ / "outcomes.jsonl").string(), at.line);
    const auto row = whole_at(outcome, "row");
    FetchedImage image;
    image.url = text_at(outcome, "url").value_or("");
    image.status = text_at(outcome, "status").value_or("");
    if (!row || *row < 0 || image.status.empty()) {
      return fail(ErrorCode::kInvalid, "{}: needs a row from 0 and a status; fetch again", place);
    }
    std::string sha256;
    if (image.status == "ok") {
      const fs::path file = text_at(outcome, "file").value_or("");
      sha256 = text_at(outcome, "sha256").value_or("");
      image.offset = whole_at(outcome, "offset").value_or(-1);
      image.size = whole_at(outcome, "size").value_or(-1);
      if (!stays_inside(file) || image.offset < 0 || image.size < 0 || !is_sha256(sha256)) {
        return fail(ErrorCode::kInvalid,
                    "{}: a picture needs a file inside the folder, offset, size and sha256; fetch "
                    "again",
                    place);
      }
      image.path = folder_ / file;
      sums_.push_back(sum_of(sha256));
      ++pictures_;
    }
    return outcomes_->add(static_cast<std::uint64_t>(*row), pack(image, sha256));
  };
  return stream_json_lines(folder_ / "outcomes.jsonl", {}, visit);
}

Status FetchedImages::scan_folder() {
  const auto names = UNIMO_TRY(list_files(folder_));
  IdTable rows;
  for (const std::string& name : names) {
    const fs::path file(name);
    const std::int64_t row = row_of(file);
    if (row < 0 || !is_picture_name(file)) continue;
    if (!rows.insert(std::to_string(row))) {
      return fail(ErrorCode::kInvalid, "{}: {} is a second picture of row {}; remove one of them",
                  folder_.string(), name, row);
    }
    FetchedImage image{.status = "ok"};
    image.path = folder_ / file;
    const std::string sha256 = UNIMO_TRY(hash_file(image.path));
    sums_.push_back(sum_of(sha256));
    ++pictures_;
    UNIMO_TRY(outcomes_->add(static_cast<std::uint64_t>(row), pack(image, sha256)));
  }
  if (pictures_ > 0) return ok();
  return fail(ErrorCode::kInvalid,
              "{}: neither outcomes.jsonl nor pictures named by their row, such as 00000012.jpg",
              folder_.string());
}

void FetchedImages::find_repeated(std::int64_t placeholder_rows) {
  std::sort(sums_.begin(), sums_.end());
  for (auto begin = sums_.begin(); begin != sums_.end();) {
    const auto end = std::upper_bound(begin, sums_.end(), *begin);
    if (end - begin >= placeholder_rows) placeholders_.insert(std::to_string(*begin));
    begin = end;
  }
  sums_ = {};
}

FetchedImage::Verdict FetchedImages::judge(const std::string& sha256) {
  const std::string sum = std::to_string(sum_of(sha256));
  if (placeholders_.contains(sum)) return FetchedImage::Verdict::kPlaceholder;
  return seen_.insert(sum) ? FetchedImage::Verdict::kUsable : FetchedImage::Verdict::kDuplicate;
}

Result<bool> FetchedImages::advance() {
  const SpillSort::Item* item = UNIMO_TRY(outcomes_->next());
  has_ahead_ = item != nullptr;
  if (!has_ahead_) return false;
  PackedReader values(item->payload);
  ahead_ = {};
  ahead_.row = static_cast<std::int64_t>(item->key);
  ahead_.url = values.text();
  ahead_.status = values.text();
  ahead_.path = values.text();
  ahead_.offset = values.whole();
  ahead_.size = values.whole();
  ahead_sum_ = values.text();
  return true;
}

Result<const FetchedImage*> FetchedImages::find(std::int64_t row) {
  if (!started_) UNIMO_TRY(advance());
  started_ = true;
  while (has_ahead_ && ahead_.row < row) UNIMO_TRY(advance());
  bool found = false;
  std::string sum;
  while (has_ahead_ && ahead_.row == row) {
    current_ = std::move(ahead_);
    sum = std::move(ahead_sum_);
    found = true;
    UNIMO_TRY(advance());
  }
  if (!found) return nullptr;
  current_.verdict = sum.empty() ? FetchedImage::Verdict::kFailed : judge(sum);
  return &current_;
}

}  // namespace unimo::stages
