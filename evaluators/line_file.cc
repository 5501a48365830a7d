#include "evaluators/line_file.h"

#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <future>

#include "orchestrator/base/hash.h"

namespace unimo::eval {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;

struct Piece {
  std::string text;  // empty at the end
  std::string damage;
};

}  // namespace

struct LineFile::Stream {
  fs::path path;
  gzFile file = nullptr;  // zlib hands on what is not packed as it is
  Sha256 digest;
  std::future<Piece> coming;  // unpacked while the caller works on the piece before
  std::string text;           // what is read and not given out begins at `at`
  std::size_t at = 0;
  std::size_t line = 0;
  bool finished = false;
  std::string damage;

  ~Stream() {
    if (coming.valid()) coming.wait();
    if (file != nullptr) gzclose(file);
  }
  Piece unpack();
  void start() {
    coming = std::async(std::launch::async, [this] { return unpack(); });
  }
  bool refill();
};

Piece LineFile::Stream::unpack() {
  Piece piece;
  piece.text.resize(kPiece);
  const int count = gzread(file, piece.text.data(), static_cast<unsigned>(kPiece));
  piece.text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  digest.update(piece.text);
  if (count > 0) return piece;
  // A packed file that stops short is Z_BUF_ERROR, with a count of 0.
  int code = Z_OK;
  const char* message = gzerror(file, &code);
  if (code == Z_ERRNO) {
    piece.damage = std::strerror(errno);
  } else if (code != Z_OK && code != Z_STREAM_END) {
    piece.damage = message;
  }
  return piece;
}

// Adds a piece behind what is left; false when there is no more.
bool LineFile::Stream::refill() {
  if (finished) return false;
  Piece piece = coming.get();
  finished = piece.text.empty();
  damage = piece.damage;
  if (finished) return false;
  start();
  text.erase(0, at);
  at = 0;
  text += piece.text;
  return true;
}

LineFile::LineFile(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}
LineFile::LineFile(LineFile&&) noexcept = default;
LineFile& LineFile::operator=(LineFile&&) noexcept = default;
LineFile::~LineFile() = default;

Result<LineFile> LineFile::open(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error)) {
    return fail(ErrorCode::kInvalid, "{}: is a folder, not a file of lines", file.string());
  }
  auto stream = std::make_unique<Stream>();
  stream->path = file;
  stream->file = gzopen(file.c_str(), "rb");
  if (stream->file == nullptr) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: {}", file.string(),
                std::strerror(errno));
  }
  gzbuffer(stream->file, static_cast<unsigned>(kPiece));
  stream->start();
  return LineFile(std::move(stream));
}

bool LineFile::next(std::string_view& line) {
  Stream& s = *stream_;
  std::size_t end = s.text.find('\n', s.at);
  while (end == std::string::npos) {
    const std::size_t searched = s.text.size() - s.at;
    if (!s.refill()) break;
    end = s.text.find('\n', searched);
  }
  if (end == std::string::npos && (s.at == s.text.size() || !s.damage.empty())) return false;
  line = std::string_view(s.text).substr(s.at, end == std::string::npos ? end : end - s.at);
  s.at = end == std::string::npos ? s.text.size() : end + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++s.line;
  return true;
}

Status LineFile::end() const {
  if (stream_->damage.empty()) return ok();
  return fail(ErrorCode::kInvalid, "{}: damaged after line {}: {}; fetch it again",
              stream_->path.string(), stream_->line, stream_->damage);
}

std::string LineFile::digest() { return stream_->digest.hex(); }

std::string LineFile::place() const {
  return fmt::format("{}:{}", stream_->path.string(), stream_->line);
}

}  // namespace unimo::eval
