// Pictures of an artifact: WebDataset-style tar files, so that three million pictures are a few
// thousand files.
//
// images-000000.tar holds NNNNNNNNN.jpg (bytes as they came) and after it NNNNNNNNN.json with the
// picture's record, so that other programs can read the shards alone. Our own readers take a
// picture by the place that its record names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"

namespace unimo::stages {

// Where a picture's bytes are: relative to the artifact.
struct TarPlace {
  std::string file;
  std::int64_t offset = 0, size = 0;
};

class ImageTarWriter {
 public:
  // A file is closed when it has this many bytes.
  static constexpr std::int64_t kFileBytes = 256LL << 20;

  explicit ImageTarWriter(std::filesystem::path folder);
  ImageTarWriter(ImageTarWriter&&) noexcept;
  ImageTarWriter& operator=(ImageTarWriter&&) noexcept;
  ~ImageTarWriter();

  // `ending` without a dot. The place is known before the record is written, which holds it.
  Result<TarPlace> add_picture(std::string_view bytes, std::string_view ending);
  // The record of the picture just added.
  Status add_record(std::string_view json);
  // Ends the last file; nothing may be added after.
  Status finish();

 private:
  struct Tar;
  Status next_file();
  Result<std::int64_t> add_member(const std::string& name, std::string_view bytes);
  std::filesystem::path folder_;
  std::unique_ptr<Tar> tar_;
  std::int64_t pictures_ = 0, files_ = 0;
};

// The bytes of a picture; kInvalid when the file is shorter than its place says.
Result<std::string> read_picture(const std::filesystem::path& folder, const TarPlace& place);

}  // namespace unimo::stages
