// Compressed files that grow: bz2 streams one after another, tar files with or without xz.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"
#include "stages/miniworld/output_files.h"

namespace unimo::stages {

// One whole bz2 stream; several one after another are a valid file ("multistream").
Result<std::string> bzip2(std::string_view bytes);

// A tar whose members have no owner and no time, so that the same members give the same bytes.
// create, add*, close once.
class TarFile {
 public:
  static Result<TarFile> create(const std::filesystem::path& path, bool xz);
  TarFile(TarFile&&) noexcept;
  TarFile& operator=(TarFile&&) noexcept;
  ~TarFile();
  Status add(const std::string& name, std::string_view bytes);
  Status close();

 private:
  struct Writing;
  explicit TarFile(std::unique_ptr<Writing> writing);
  std::unique_ptr<Writing> writing_;
};

}  // namespace unimo::stages
