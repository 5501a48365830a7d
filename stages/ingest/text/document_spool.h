// Documents that wait on the disk, in the order in which they came, until it is known which ones
// stay. add* then rewind, then next until it gives nothing. A file without a name in `folder`.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "orchestrator/base/result.h"
#include "stages/ingest/records.h"

namespace unimo::stages {

class DocumentSpool {
 public:
  static Result<DocumentSpool> create(const std::filesystem::path& folder);
  Status add(const DocumentRecord& document);
  Status rewind();
  Result<std::optional<DocumentRecord>> next();

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  explicit DocumentSpool(File file) : file_(std::move(file)) {}
  File file_;
};

}  // namespace unimo::stages
