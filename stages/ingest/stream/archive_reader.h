// Members of tar files (plain or packed) and zip files, one after the other.
//
//   UNIMO_TRY(visit_archive(path, {}, [&](const ArchiveMember& member, ByteSource& bytes) -> Status
//   { ... }));
//
// A member that is packed or an archive itself goes through unpack() or visit_archive() again. The
// place a member's bytes come from is "owt.tar: openwebtext/0000.txt" in messages.
//
// Refused, with the member's name: absolute names, "..", symbolic and hard links, devices, more
// members or bytes than the limits allow, a ratio that only bombs have, encryption. So is an
// archive that is cut: also a tar file that ends between two members, without its closing blocks of
// zeros. Folders are passed over. Tar files that were put one behind the other are read to the end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "orchestrator/base/result.h"
#include "stages/ingest/stream/byte_source.h"

namespace unimo::stages {

struct ArchiveMember {
  std::string name;  // as in the archive: "openwebtext/0000.txt"
  std::int64_t size = 0;
};

struct ArchiveLimits {
  SourceOptions source;
  std::int64_t max_members = 50'000'000;
  std::int64_t max_member_bytes = 8LL << 30;
};

// What `visit` does not read is passed over; an error of it ends the walk.
using MemberVisitor = std::function<Status(const ArchiveMember& member, ByteSource& bytes)>;

Status visit_archive(const std::filesystem::path& path, const ArchiveLimits& limits,
                     const MemberVisitor& visit);

// Of what another source gives, packed or not. A zip file is read without its directory at the end,
// so its members must tell their sizes in front.
Status visit_archive(ByteSource& bytes, const ArchiveLimits& limits, const MemberVisitor& visit);

// By the first bytes of the (unpacked) content.
Result<bool> is_archive(const std::filesystem::path& path);

}  // namespace unimo::stages
