#include "web/artifact_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "orchestrator/store/artifacts.h"

namespace unimo::web {

namespace fs = std::filesystem;

namespace {

// Larger files are for the disk's own tools; the page names the path.
constexpr std::uint64_t kMostBytes = 16ULL * 1024 * 1024;

bool is_digest(const std::string& text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool leaves_its_folder(const std::string& path) {
  const auto parts = split_path(path);
  return path.find('\0') != std::string::npos ||
         std::any_of(parts.begin(), parts.end(), [](const std::string& part) {
           return part.empty() || part == "." || part == "..";
         });
}

Status check_recorded(StorePool& pool, const std::string& digest, const std::string& path) {
  if (!is_digest(digest) || leaves_its_folder(path)) {
    return fail(ErrorCode::kNotFound, "not the address of an artifact's file");
  }
  auto lease = UNIMO_TRY(pool.borrow());
  bool recorded = false;
  UNIMO_TRY(lease->database().query(
      "SELECT 1 FROM artifact_files WHERE artifact = ? AND path = ?",
      [&recorded](const Row&) { recorded = true; }, digest, path));
  if (!recorded) return fail(ErrorCode::kNotFound, "artifact {} has no file '{}'", digest, path);
  return ok();
}

// Bytes of a file; size 0: to its end.
struct Part {
  std::uint64_t offset = 0, size = 0;
};

Part part_of(const Request& request) {
  const auto number = [&request](const char* name) {
    const std::string text = request.param(name);
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  return {number("offset"), number("size")};
}

Result<std::string> read_limited(const fs::path& path, Part part) {
  const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                "{}: {}; 'unimo verify' checks the store", path.string(), std::strerror(errno));
  }
  struct stat info {};
  std::string bytes;
  Status status = ok();
  if (::fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
    status = fail(ErrorCode::kIo, "{}: not a regular file", path.string());
  } else if (const auto whole = static_cast<std::uint64_t>(info.st_size);
             part.offset > whole || part.size > whole - part.offset) {
    status = fail(ErrorCode::kNotFound, "{}: has no {} bytes at {}", path.string(), part.size,
                  part.offset);
  } else if (const std::uint64_t wanted = part.size > 0 ? part.size : whole - part.offset;
             wanted > kMostBytes) {
    status = fail(ErrorCode::kInvalid, "{}: {} MiB is too large to send; take it from the disk",
                  path.string(), wanted >> 20);
  } else {
    bytes.resize(wanted);
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got = ::pread(file, bytes.data() + done, bytes.size() - done,
                                  static_cast<off_t>(part.offset + done));
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
  }
  ::close(file);
  if (!status) return tl::unexpected(status.error());
  return bytes;
}

bool is_plain_text(const std::string& path) {
  constexpr std::array kEndings = {".txt", ".json", ".jsonl", ".md",
                                   ".log", ".csv",  ".tsv",   ".yaml"};
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&path](const char* ending) { return path.ends_with(ending); });
}

// A name that is safe inside a quoted header value.
std::string download_name(const std::string& path) {
  std::string name = fs::path(path).filename().string();
  for (char& c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' ||
        static_cast<unsigned char>(c) > 0x7e)
      c = '_';
  }
  return name;
}

}  // namespace

std::string image_type(std::string_view bytes) {
  const auto starts = [bytes](std::string_view magic) { return bytes.starts_with(magic); };
  if (starts("\xFF\xD8\xFF")) return "image/jpeg";
  if (starts("\x89PNG\r\n\x1A\n")) return "image/png";
  if (starts("GIF87a") || starts("GIF89a")) return "image/gif";
  if (starts("RIFF") && bytes.substr(0, 12).ends_with("WEBP")) return "image/webp";
  if (starts("BM")) return "image/bmp";
  return {};
}

Response artifact_file(StorePool& pool, const Request& request, const std::string& digest,
                       const std::string& path, FileUse use) {
  if (const Status recorded = check_recorded(pool, digest, path); !recorded) {
    return error_response(recorded.error());
  }
  const Part part = part_of(request);
  const std::string etag =
      fmt::format("\"{}-{}-{}\"", digest.substr(0, 32), part.offset, part.size);
  Response response;
  // The address holds a digest of the content, so the answer never changes.
  response.headers.emplace_back("Cache-Control", "private, max-age=31536000, immutable");
  response.headers.emplace_back("ETag", etag);
  if (request.header("if-none-match") == etag) {
    response.status = 304;
    return response;
  }
  auto bytes = read_limited(artifact_path(pool.paths(), digest) / path, part);
  if (!bytes) return error_response(bytes.error());
  const std::string image = image_type(*bytes);
  if (use == FileUse::kReport && path.ends_with(".html")) {
    response.content_type = "text/html; charset=utf-8";
    response.headers.emplace_back(
        "Content-Security-Policy",
        "sandbox allow-popups allow-top-navigation-by-user-activation; default-src 'none'; "
        "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'");
  } else if (!image.empty() && use != FileUse::kDownload) {
    response.content_type = image;
  } else if (is_plain_text(path) && request.param("view") == "1") {
    response.content_type = "text/plain; charset=utf-8";
  } else {
    response.content_type = "application/octet-stream";
    response.headers.emplace_back("Content-Disposition",
                                  "attachment; filename=\"" + download_name(path) + "\"");
  }
  response.body = std::move(*bytes);
  return response;
}

}  // namespace unimo::web
