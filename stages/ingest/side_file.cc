#include "stages/ingest/side_file.h"

#include <fstream>

#include "stages/ingest/packed.h"
#include "stages/ingest/records.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kBudget = 32 << 20;  // bytes of lines in memory

}  // namespace

SideFile::SideFile(std::filesystem::path folder, std::string name)
    : folder_(std::move(folder)), name_(std::move(name)), lines_(folder_, kBudget) {}

Status SideFile::add(std::uint64_t order, std::string_view image, const Json& line) {
  return lines_.add(order, Packer().text(image).text(canonical_text(line)).take());
}

Status SideFile::write(RecordsWriter& writer) {
  UNIMO_TRY(lines_.sort());
  std::ofstream file;
  std::int64_t written = 0;
  while (const SpillSort::Item* item = UNIMO_TRY(lines_.next())) {
    PackedReader values(item->payload);
    const std::string image = values.text();
    if (!writer.split_of_image(image)) continue;
    if (!file.is_open()) file.open(folder_ / name_, std::ios::binary);
    file << values.text() << '\n';
    if (!file) break;
    ++written;
  }
  if (!file.is_open()) return ok();
  file.close();
  if (!file) return fail(ErrorCode::kIo, "{}: cannot be written; is the disk full?", name_);
  writer.note("lines." + std::filesystem::path(name_).stem().string(), written);
  return ok();
}

}  // namespace unimo::stages
