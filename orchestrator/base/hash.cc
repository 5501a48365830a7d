#include "orchestrator/base/hash.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "orchestrator/base/file.h"

namespace unimo {

namespace fs = std::filesystem;

namespace {

std::string hex_text(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

struct Sha256::Context {
  EVP_MD_CTX* handle = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(handle); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  UNIMO_CHECK(context_->handle != nullptr, "out of memory for a hash");
  UNIMO_CHECK(EVP_DigestInit_ex(context_->handle, EVP_sha256(), nullptr) == 1,
              "SHA-256 is not available");
}

Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  UNIMO_CHECK(EVP_DigestUpdate(context_->handle, bytes.data(), bytes.size()) == 1,
              "hashing failed");
}

void Sha256::field(std::string_view name, std::string_view value) {
  update(fmt::format("{}:{}:", name.size(), value.size()));
  update(name);
  update(value);
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  UNIMO_CHECK(EVP_DigestFinal_ex(context_->handle, digest.data(), &size) == 1, "hashing failed");
  return hex_text({digest.data(), size});
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

std::string sha1_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  UNIMO_CHECK(
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha1(), nullptr) == 1,
      "SHA-1 is not available");
  return hex_text({digest.data(), size});
}

std::string md5_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  UNIMO_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_md5(), nullptr) == 1,
              "MD5 is not available");
  return hex_text({digest.data(), size});
}

Result<std::string> hash_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: cannot open: {}",
                path.string(), std::strerror(errno));
  }
  Sha256 hash;
  std::vector<char> block(1 << 20);
  while (true) {
    const ssize_t got = ::read(fd, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error_number = errno;
      ::close(fd);
      return fail(ErrorCode::kIo, "{}: cannot read: {}", path.string(),
                  std::strerror(error_number));
    }
    if (got == 0) break;
    hash.update({block.data(), static_cast<std::size_t>(got)});
  }
  ::close(fd);
  return hash.hex();
}

Result<std::vector<FileEntry>> hash_tree(const fs::path& root) {
  std::error_code error;
  std::vector<FileEntry> entries;
  if (fs::is_regular_file(root, error)) {
    FileEntry entry{root.filename().string(), fs::file_size(root, error),
                    UNIMO_TRY(hash_file(root))};
    if (error)
      return fail(ErrorCode::kIo, "{}: cannot read its size: {}", root.string(), error.message());
    entries.push_back(std::move(entry));
    return entries;
  }
  for (const std::string& name : UNIMO_TRY(list_files(root))) {
    const fs::path path = root / name;
    FileEntry entry{name, fs::file_size(path, error), UNIMO_TRY(hash_file(path))};
    if (error)
      return fail(ErrorCode::kIo, "{}: cannot read its size: {}", path.string(), error.message());
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string tree_digest(const std::vector<FileEntry>& files) {
  Sha256 hash;
  hash.field("format", "unimo.tree.1");
  for (const FileEntry& file : files) hash.field(file.path, file.sha256);
  return hash.hex();
}

}  // namespace unimo
