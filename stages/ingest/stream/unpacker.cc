#include "stages/ingest/stream/unpacker.h"

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdint>

namespace unimo::stages {

namespace {

// The libraries count in 32 bits.
constexpr std::size_t kMostAtOnce = 1U << 30;

unsigned at_once(std::size_t size) { return static_cast<unsigned>(std::min(size, kMostAtOnce)); }

// Their inputs are not const, though they only read them.
char* mutable_bytes(std::span<const char> bytes) { return const_cast<char*>(bytes.data()); }

// bzip2 and zstd unpack block by block, and lose what a call made when it ends with an error. Here
// a call either unpacks the next block into the library's own memory or gives what lies there, so
// that damage costs nothing of the blocks before it.
template <class Call>
Unpacker::Step by_blocks(Call call, std::span<const char> in, std::span<char> out) {
  const Unpacker::Step given = call(std::span<const char>(), out);
  if (given.made > 0 || given.ended || given.damage != nullptr) return given;
  const Unpacker::Step taken = call(in, std::span<char>());
  if (taken.ended || taken.damage != nullptr) return taken;
  Unpacker::Step step = call(std::span<const char>(), out);
  step.used = taken.used;
  return step;
}

class GzipUnpacker : public Unpacker {
 public:
  GzipUnpacker() = default;
  GzipUnpacker(const GzipUnpacker&) = delete;
  GzipUnpacker& operator=(const GzipUnpacker&) = delete;
  ~GzipUnpacker() override {
    if (begun_) inflateEnd(&stream_);
  }

  bool restart() override {
    if (begun_) return inflateReset(&stream_) == Z_OK;
    begun_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK;  // 16: a gzip head and no other
    return begun_;
  }

  Step step(std::span<const char> in, std::span<char> out) override {
    stream_.next_in = reinterpret_cast<Bytef*>(mutable_bytes(in));
    stream_.avail_in = at_once(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = at_once(out.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    Step step{at_once(in.size()) - stream_.avail_in, at_once(out.size()) - stream_.avail_out,
              code == Z_STREAM_END, nullptr};
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
      step.damage = stream_.msg != nullptr ? stream_.msg : "it needs a dictionary or more memory";
    return step;
  }

 private:
  z_stream stream_{};
  bool begun_ = false;
};

class Bzip2Unpacker : public Unpacker {
 public:
  Bzip2Unpacker() = default;
  Bzip2Unpacker(const Bzip2Unpacker&) = delete;
  Bzip2Unpacker& operator=(const Bzip2Unpacker&) = delete;
  ~Bzip2Unpacker() override {
    if (begun_) BZ2_bzDecompressEnd(&stream_);
  }

  bool restart() override {
    if (begun_) BZ2_bzDecompressEnd(&stream_);
    stream_ = {};
    begun_ = BZ2_bzDecompressInit(&stream_, /*verbosity=*/0, /*small=*/0) == BZ_OK;
    return begun_;
  }

  Step step(std::span<const char> in, std::span<char> out) override {
    return by_blocks([this](auto from, auto to) { return call(from, to); }, in, out);
  }

 private:
  Step call(std::span<const char> in, std::span<char> out) {
    stream_.next_in = mutable_bytes(in);
    stream_.avail_in = at_once(in.size());
    stream_.next_out = out.data();
    stream_.avail_out = at_once(out.size());
    const int code = BZ2_bzDecompress(&stream_);
    Step step{at_once(in.size()) - stream_.avail_in, at_once(out.size()) - stream_.avail_out,
              code == BZ_STREAM_END, nullptr};
    if (code != BZ_OK && code != BZ_STREAM_END) {
      step.damage = code == BZ_MEM_ERROR          ? "no memory"
                    : code == BZ_DATA_ERROR_MAGIC ? "no head of a stream"
                                                  : "wrong checksum or code";
    }
    return step;
  }

  bz_stream stream_{};
  bool begun_ = false;
};

class XzUnpacker : public Unpacker {
 public:
  XzUnpacker() = default;
  XzUnpacker(const XzUnpacker&) = delete;
  XzUnpacker& operator=(const XzUnpacker&) = delete;
  ~XzUnpacker() override { lzma_end(&stream_); }

  bool restart() override {
    return lzma_stream_decoder(&stream_, kMemory, LZMA_TELL_UNSUPPORTED_CHECK) == LZMA_OK;
  }

  Step step(std::span<const char> in, std::span<char> out) override {
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret code = lzma_code(&stream_, LZMA_RUN);
    return {in.size() - stream_.avail_in, out.size() - stream_.avail_out, code == LZMA_STREAM_END,
            damage_of(code)};
  }

 private:
  // `xz -9` needs 65 MiB; more than this only bombs and exotic settings do.
  static constexpr std::uint64_t kMemory = 256ULL << 20;

  static const char* damage_of(lzma_ret code) {
    switch (code) {
      case LZMA_OK:
      case LZMA_STREAM_END:
      case LZMA_BUF_ERROR:  // no progress: the caller sees that itself
        return nullptr;
      case LZMA_MEMLIMIT_ERROR: return "unpacking needs more than 256 MiB of memory";
      case LZMA_MEM_ERROR: return "no memory";
      case LZMA_OPTIONS_ERROR:
      case LZMA_UNSUPPORTED_CHECK: return "made with unknown options";
      case LZMA_FORMAT_ERROR: return "no head of a stream";
      default: return "wrong checksum or code";
    }
  }
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

// The library unpacks whole frames at once where there is room for them; by_blocks gives it none.
class ZstdUnpacker : public Unpacker {
 public:
  bool restart() override {
    if (!context_) context_.reset(ZSTD_createDCtx());
    return context_ && !ZSTD_isError(ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only));
  }

  Step step(std::span<const char> in, std::span<char> out) override {
    return by_blocks([this](auto from, auto to) { return call(from, to); }, in, out);
  }

 private:
  Step call(std::span<const char> in, std::span<char> out) {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t code = ZSTD_decompressStream(context_.get(), &to, &from);
    Step step{from.pos, to.pos, code == 0, nullptr};
    if (ZSTD_isError(code)) step.damage = ZSTD_getErrorName(code);
    return step;
  }

  std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context_{nullptr, &ZSTD_freeDCtx};
};

// Does `bytes` begin with `magic`, or end within it?
bool begins(std::string_view bytes, std::string_view magic) {
  return bytes.substr(0, magic.size()) == magic.substr(0, bytes.size());
}

bool is_bzip2(std::string_view bytes) {
  if (bytes.size() < 4 || !bytes.starts_with("BZh") || bytes[3] < '1' || bytes[3] > '9')
    return false;
  const std::string_view rest = bytes.substr(4);
  return begins(rest, "\x31\x41\x59\x26\x53\x59") || begins(rest, "\x17\x72\x45\x38\x50\x90");
}

bool is_zstd(std::string_view bytes) {
  if (bytes.size() < 4) return false;
  const bool skippable = (static_cast<unsigned char>(bytes[0]) & 0xF0U) == 0x50 &&
                         bytes.substr(1, 3) == "\x2A\x4D\x18";
  return skippable || bytes.starts_with("\x28\xB5\x2F\xFD");
}

}  // namespace

Packing packing_of(std::string_view first_bytes) {
  const std::string_view bytes = first_bytes.substr(0, kMagicBytes);
  if (bytes.starts_with("\x1F\x8B")) return Packing::kGzip;
  if (is_bzip2(bytes)) return Packing::kBzip2;
  if (bytes.size() >= 2 && begins(bytes, std::string_view("\xFD\x37\x7A\x58\x5A\x00", 6)))
    return Packing::kXz;
  return is_zstd(bytes) ? Packing::kZstd : Packing::kPlain;
}

std::string_view to_string(Packing packing) {
  switch (packing) {
    case Packing::kGzip: return "gzip";
    case Packing::kBzip2: return "bzip2";
    case Packing::kXz: return "xz";
    case Packing::kZstd: return "zstd";
    case Packing::kPlain: break;
  }
  return "plain";
}

std::unique_ptr<Unpacker> make_unpacker(Packing packing) {
  switch (packing) {
    case Packing::kGzip: return std::make_unique<GzipUnpacker>();
    case Packing::kBzip2: return std::make_unique<Bzip2Unpacker>();
    case Packing::kXz: return std::make_unique<XzUnpacker>();
    case Packing::kZstd: return std::make_unique<ZstdUnpacker>();
    case Packing::kPlain: break;
  }
  return nullptr;
}

}  // namespace unimo::stages
