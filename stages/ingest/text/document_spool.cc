#include "stages/ingest/text/document_spool.h"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "stages/ingest/packed.h"

namespace unimo::stages {

namespace {

tl::unexpected<Error> cannot(std::string_view what) {
  return fail(ErrorCode::kIo, "temporary file of documents cannot {}: {}; is the disk full?", what,
              std::strerror(errno));
}

}  // namespace

Result<DocumentSpool> DocumentSpool::create(const std::filesystem::path& folder) {
  std::string name = (folder / ".documents-XXXXXX").string();
  const int fd = ::mkstemp(name.data());
  if (fd < 0) return cannot("be made in " + folder.string());
  ::unlink(name.c_str());
  File file(::fdopen(fd, "w+b"), &std::fclose);
  if (!file) return cannot("be opened");
  return DocumentSpool(std::move(file));
}

Status DocumentSpool::add(const DocumentRecord& document) {
  Packer packer;
  packer.text(document.id).text(document.title).text(document.text).text(document.split);
  for (const auto& span : document.sentences) {
    packer.whole(static_cast<std::int64_t>(span.begin));
    packer.whole(static_cast<std::int64_t>(span.end));
  }
  const std::string bytes = packer.take();
  const std::uint64_t size = bytes.size();
  if (std::fwrite(&size, sizeof(size), 1, file_.get()) != 1 ||
      std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    return cannot("be written");
  }
  return ok();
}

Status DocumentSpool::rewind() {
  if (std::fflush(file_.get()) != 0 || std::fseek(file_.get(), 0, SEEK_SET) != 0)
    return cannot("be written");
  return ok();
}

Result<std::optional<DocumentRecord>> DocumentSpool::next() {
  std::uint64_t size = 0;
  if (std::fread(&size, sizeof(size), 1, file_.get()) != 1) {
    if (std::feof(file_.get()) != 0) return std::optional<DocumentRecord>{};
    return cannot("be read");
  }
  std::string bytes(size, '\0');
  if (std::fread(bytes.data(), 1, size, file_.get()) != size) return cannot("be read");
  PackedReader values(bytes);
  DocumentRecord document;
  document.id = values.text();
  document.title = values.text();
  document.text = values.text();
  document.split = values.text();
  while (!values.done()) {
    const auto begin = static_cast<std::size_t>(values.whole());
    document.sentences.push_back({begin, static_cast<std::size_t>(values.whole())});
  }
  return std::optional(std::move(document));
}

}  // namespace unimo::stages
