#include "stages/regions/detected_parts.h"

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"

namespace unimo::stages {

namespace {

constexpr std::string_view kSchema = "regions";

Result<std::vector<Quarantine::Entry>> read_bad(const std::filesystem::path& path) {
  const Json document = UNIMO_TRY(read_json(path));
  try {
    std::vector<Quarantine::Entry> bad;
    for (const Json& entry : document.at("bad")) {
      bad.push_back({.source = entry.at("source"),
                     .id = entry.at("id"),
                     .reason = entry.at("reason"),
                     .detail = entry.at("detail")});
    }
    return bad;
  } catch (const Json::exception& error) {
    return fail(ErrorCode::kIntegrity, "{}: {}", path.string(), error.what());
  }
}

}  // namespace

std::filesystem::path DetectedParts::file(std::size_t part, std::string_view ending) const {
  return folder_ / fmt::format("part-{:06}.{}", part, ending);
}

bool DetectedParts::is_done(std::size_t part) const {
  if (!read_bad(file(part, "json"))) return false;
  const auto shard = trainer::ShardReader::open(file(part, "shard"), kSchema);
  return shard && shard->verify();
}

Status DetectedParts::write(std::size_t part, const DetectedPart& content) const {
  auto shard = UNIMO_TRY(trainer::ShardWriter::create(file(part, "shard"), {{"schema", kSchema}}));
  for (const auto& record : content.records) UNIMO_TRY(shard.add(record));
  UNIMO_TRY(shard.finish());
  UNIMO_TRY(sync_path(file(part, "shard")));
  Json bad = Json::array();
  for (const Quarantine::Entry& entry : content.bad) {
    bad.push_back({{"source", entry.source},
                   {"id", entry.id},
                   {"reason", entry.reason},
                   {"detail", entry.detail}});
  }
  // Last: without it the part is not there.
  return write_json(file(part, "json"), {{"bad", std::move(bad)}});
}

Status DetectedParts::append(std::size_t part, trainer::ShardWriter& shard,
                             Quarantine& quarantine) const {
  const auto from = UNIMO_TRY(trainer::ShardReader::open(file(part, "shard"), kSchema));
  for (std::size_t i = 0; i < from.count(); ++i) {
    const auto record = UNIMO_TRY(from.record(i));
    UNIMO_TRY(shard.add(record));
  }
  const auto bad = UNIMO_TRY(read_bad(file(part, "json")));
  quarantine.saw(Item::kImage, static_cast<std::int64_t>(from.count() + bad.size()));
  for (const Quarantine::Entry& entry : bad) quarantine.add(Item::kImage, entry);
  return ok();
}

}  // namespace unimo::stages
