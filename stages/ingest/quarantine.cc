#include "stages/ingest/quarantine.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "orchestrator/stage/event.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kExamples = 5;
constexpr std::size_t kMaxBytes = 16 << 20;  // of lines in memory
constexpr std::size_t kCopyBytes = 256 << 10;

}  // namespace

std::string_view to_string(Item item) {
  switch (item) {
    case Item::kImage: return "images";
    case Item::kCaption: return "captions";
    case Item::kRegion: return "boxes";
    case Item::kText: return "texts";
    case Item::kExample: return "examples";
    case Item::kSpan: return "spans";
  }
  return "items";
}

void Quarantine::add(Item item, Entry entry) {
  ++counts_[entry.reason];
  ++bad_[index(item)];
  lines_ += canonical_text({{"source", entry.source},
                            {"id", entry.id},
                            {"reason", entry.reason},
                            {"detail", entry.detail}}) +
            "\n";
  if (lines_.size() > kMaxBytes) spill();
  auto& first = first_[index(item)];
  if (first.size() < kExamples) first.push_back(std::move(entry));
}

void Quarantine::spill() {
  if (!file_ && flaw_.empty()) {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / "quarantine-XXXXXX").string();
    const int fd = error ? -1 : ::mkstemp(name.data());
    if (fd >= 0) {
      ::unlink(name.c_str());
      file_.reset(::fdopen(fd, "w+b"));
    }
    if (!file_) {
      flaw_ = fmt::format("{} cannot be made: {}", name,
                          error ? error.message() : std::strerror(errno));
    }
  }
  if (file_ && flaw_.empty() &&
      (std::fwrite(lines_.data(), 1, lines_.size(), file_.get()) != lines_.size() ||
       std::fflush(file_.get()) != 0)) {
    flaw_ = fmt::format("it cannot be written: {}", std::strerror(errno));
  }
  lines_.clear();
}

Status Quarantine::enforce(double max_bad_share) const {
  std::vector<Error> errors;
  for (const Item item :
       {Item::kImage, Item::kCaption, Item::kRegion, Item::kText, Item::kExample, Item::kSpan}) {
    // An item can be bad without having been announced (a box of an unknown picture).
    const auto total = std::max<std::int64_t>(seen(item), bad(item));
    if (bad(item) == 0 ||
        static_cast<double>(bad(item)) <= max_bad_share * static_cast<double>(total)) {
      continue;
    }
    std::string message = fmt::format(
        "{} of {} {} cannot be used, more than max_bad_share {} allows; mend the input, or raise "
        "max_bad_share if "
        "this is expected. First of them:",
        bad(item), total, to_string(item), max_bad_share);
    for (const Entry& entry : first_[index(item)]) {
      message +=
          fmt::format("\n  {}: {}: {}: {}", entry.source, entry.id, entry.reason, entry.detail);
    }
    errors.push_back({ErrorCode::kInvalid, std::move(message)});
  }
  if (errors.empty()) return ok();
  return tl::unexpected(join_errors(errors));
}

void Quarantine::report(EventWriter& events) const {
  for (const auto& [reason, count] : counts_) events.count("quarantine." + reason, count);
}

Status Quarantine::write(const std::filesystem::path& path) const {
  if (!flaw_.empty()) {
    return fail(ErrorCode::kIo, "temporary file of the quarantine: {}; is the disk of TMPDIR full?",
                flaw_);
  }
  if (!file_) return lines_.empty() ? ok() : write_file_atomic(path, lines_);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  bool read = ::fseeko(file_.get(), 0, SEEK_SET) == 0;
  std::string buffer(kCopyBytes, '\0');
  for (std::size_t got = 0;
       read && (got = std::fread(buffer.data(), 1, buffer.size(), file_.get())) > 0;)
    out.write(buffer.data(), static_cast<std::streamsize>(got));
  out << lines_;
  out.close();
  read = read && std::ferror(file_.get()) == 0;
  if (read && out) return ok();
  return fail(ErrorCode::kIo, "{}: cannot {}; is the disk full?", path.string(),
              read ? "write" : "read the temporary file with its lines");
}

std::int64_t Quarantine::count(const std::string& reason) const {
  const auto found = counts_.find(reason);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace unimo::stages
