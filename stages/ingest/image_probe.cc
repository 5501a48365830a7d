#include "stages/ingest/image_probe.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <exception>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <optional>

#include "stages/ingest/jpeg_check.h"

namespace unimo::stages {

namespace {

enum class Kind { kJpeg, kPng, kBmp, kWebp, kOtherImage, kNone };

struct Seen {
  Kind kind = Kind::kNone;
  std::string_view name;  // of another image format, or what it is instead
};

bool starts_with_word(std::string_view bytes, std::string_view word) {
  if (bytes.size() < word.size()) return false;
  return std::equal(word.begin(), word.end(), bytes.begin(), [](char a, char b) {
    return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
  });
}

Seen look_at_text(std::string_view bytes) {
  const auto first = bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const std::string_view text =
      first == std::string_view::npos ? std::string_view() : bytes.substr(first);
  if (starts_with_word(text, "<svg")) return {Kind::kOtherImage, "SVG"};
  if (text.starts_with('<')) return {Kind::kNone, "an HTML or XML page, as a dead link gives it"};
  if (text.starts_with('{')) return {Kind::kNone, "JSON text"};
  return {Kind::kNone, "bytes of no known image format"};
}

Seen look_at(std::string_view bytes) {
  // A marker must follow the first one: libjpeg would look for it in what follows, OpenCV does not.
  if (bytes.starts_with("\xFF\xD8") && (bytes.size() == 2 || bytes[2] == '\xFF'))
    return {Kind::kJpeg, "JPEG"};
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return {Kind::kPng, "PNG"};
  if (bytes.starts_with("RIFF") &&
      bytes.substr(std::min<std::size_t>(8, bytes.size())).starts_with("WEBP")) {
    return {Kind::kWebp, "WebP"};
  }
  if (bytes.starts_with("BM") && bytes.size() > 13) return {Kind::kBmp, "BMP"};
  if (bytes.starts_with("GIF8")) return {Kind::kOtherImage, "GIF"};
  if (bytes.starts_with(std::string_view("II*\0", 4)) ||
      bytes.starts_with(std::string_view("MM\0*", 4))) {
    return {Kind::kOtherImage, "TIFF"};
  }
  if (bytes.size() > 12 && bytes.substr(4, 4) == "ftyp") return {Kind::kOtherImage, "HEIF or AVIF"};
  if (bytes.size() > 12 && bytes.substr(4, 4) == "jP  ") return {Kind::kOtherImage, "JPEG 2000"};
  return look_at_text(bytes);
}

std::uint32_t number_at(std::string_view bytes, std::size_t offset, std::size_t count,
                        bool big_endian) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = offset + (big_endian ? i : count - 1 - i);
    value = value << 8 | static_cast<unsigned char>(bytes[at]);
  }
  return value;
}

// What a header says before anything is decoded.
struct Header {
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool truncated = false;
  std::string problem;
};

Header png_header(std::string_view bytes) {
  Header header;
  if (bytes.size() < 33 || bytes.substr(12, 4) != "IHDR") {
    header.truncated = true;
    return header;
  }
  header.width = number_at(bytes, 16, 4, true);
  header.height = number_at(bytes, 20, 4, true);
  std::size_t at = 8;
  while (at + 12 <= bytes.size()) {
    if (bytes.substr(at + 4, 4) == "IEND") return header;
    at += 12 + static_cast<std::size_t>(number_at(bytes, at, 4, true));
  }
  header.truncated = true;  // the end chunk never came
  return header;
}

Header bmp_header(std::string_view bytes) {
  Header header;
  if (bytes.size() < 34 || number_at(bytes, 14, 4, false) < 40) {
    header.truncated = bytes.size() < 34;
    header.problem = "BMP of the OS/2 kind";
    return header;
  }
  header.width = static_cast<std::int32_t>(number_at(bytes, 18, 4, false));
  header.height = std::abs(
      static_cast<std::int64_t>(static_cast<std::int32_t>(number_at(bytes, 22, 4, false))));
  const std::int64_t bits = number_at(bytes, 28, 2, false);
  const std::uint32_t compression = number_at(bytes, 30, 4, false);
  const std::int64_t offset = number_at(bytes, 10, 4, false);
  const std::int64_t row = (header.width * bits + 31) / 32 * 4;
  if (header.width < 1 || header.width > 100'000 || header.height > 100'000 || bits > 32) {
    header.problem = "BMP header out of range";
  } else if (compression == 0 &&
             offset + row * header.height > static_cast<std::int64_t>(bytes.size())) {
    header.truncated = true;
  }
  return header;
}

Header webp_header(std::string_view bytes) {
  Header header;
  if (bytes.size() < 30) {
    header.truncated = true;
    return header;
  }
  header.truncated = static_cast<std::uint64_t>(number_at(bytes, 4, 4, false)) + 8 > bytes.size();
  const std::string_view chunk = bytes.substr(12, 4);
  if (chunk == "VP8X") {
    header.width = number_at(bytes, 24, 3, false) + 1;
    header.height = number_at(bytes, 27, 3, false) + 1;
    if ((static_cast<unsigned char>(bytes[20]) & 2U) != 0) header.problem = "animated WebP";
  } else if (chunk == "VP8L") {
    const std::uint32_t packed = number_at(bytes, 21, 4, false);
    header.width = (packed & 0x3FFFU) + 1;
    header.height = (packed >> 14 & 0x3FFFU) + 1;
  } else if (chunk == "VP8 ") {
    header.width = number_at(bytes, 26, 2, false) & 0x3FFFU;
    header.height = number_at(bytes, 28, 2, false) & 0x3FFFU;
  } else {
    header.problem = "WebP without a picture chunk";
  }
  return header;
}

// Empty when OpenCV could not make anything of it.
cv::Mat decode_as_it_is(std::string_view bytes) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return {};
  const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8UC1,
                        const_cast<char*>(bytes.data()));
  try {
    return cv::imdecode(encoded, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const std::exception&) {  // cv::Exception, or no memory for the pixels
    return {};
  }
}

// Files without the marker that ends a JPEG are around; libjpeg adds one, OpenCV's reader loses
// rows.
cv::Mat decode_with_opencv(std::string_view bytes) {
  constexpr std::string_view kEnd = "\xFF\xD9";
  if (bytes.starts_with("\xFF\xD8") && !bytes.ends_with(kEnd))
    return decode_as_it_is(std::string(bytes) + std::string(kEnd));
  return decode_as_it_is(bytes);
}

void refuse(ImageProbe& probe, std::string_view reason, std::string detail) {
  probe.reason = reason;
  probe.detail = std::move(detail);
}

// Everything that can be refused from the header; JPEG goes through check_jpeg instead.
void judge_header(const Header& header, std::string_view name, const ImageLimits& limits,
                  ImageProbe& probe) {
  const std::int64_t largest_side = limits.max_pixels;  // keeps the product below from overflowing
  if (!header.problem.empty() && !header.truncated)
    return refuse(probe, "unsupported", header.problem);
  if (header.width > largest_side || header.height > largest_side ||
      header.width * header.height > limits.max_pixels) {
    return refuse(probe, "too_large",
                  fmt::format("{}x{} pixels; the limit is {}", header.width, header.height,
                              limits.max_pixels));
  }
  if (header.truncated) return refuse(probe, "truncated", fmt::format("the {} ends early", name));
  if (header.width < 1 || header.height < 1)
    return refuse(probe, "corrupt", "a side of zero pixels");
  probe.width = static_cast<int>(header.width);
  probe.height = static_cast<int>(header.height);
}

std::string_view ending_of(Kind kind) {
  switch (kind) {
    case Kind::kJpeg: return "jpg";
    case Kind::kPng: return "png";
    case Kind::kBmp: return "bmp";
    case Kind::kWebp: return "webp";
    default: return "";
  }
}

// Kind, size and limits; `full` also reads the whole of a JPEG.
ImageProbe probe_header(std::string_view bytes, const ImageLimits& limits, bool full) {
  ImageProbe probe;
  if (bytes.empty()) {
    refuse(probe, "empty_file", "0 bytes");
    return probe;
  }
  const Seen seen = look_at(bytes);
  probe.ending = ending_of(seen.kind);
  switch (seen.kind) {
    case Kind::kNone:
      refuse(probe, "not_an_image", fmt::format("the content is {}", seen.name));
      break;
    case Kind::kOtherImage:
      refuse(probe, "unsupported",
             fmt::format("the content is {}; convert it to JPEG, PNG, BMP or WebP", seen.name));
      break;
    case Kind::kJpeg: {
      JpegCheck check = check_jpeg(bytes, limits.max_pixels, full);
      probe.width = check.width;
      probe.height = check.height;
      refuse(probe, check.reason, std::move(check.detail));
      break;
    }
    case Kind::kPng: judge_header(png_header(bytes), seen.name, limits, probe); break;
    case Kind::kBmp: judge_header(bmp_header(bytes), seen.name, limits, probe); break;
    case Kind::kWebp: judge_header(webp_header(bytes), seen.name, limits, probe); break;
  }
  return probe;
}

}  // namespace

ImageProbe probe_image(std::string_view bytes, const ImageLimits& limits) {
  ImageProbe probe = probe_header(bytes, limits, true);
  if (!probe.good() || probe.ending == "jpg") return probe;
  const cv::Mat pixels = decode_with_opencv(bytes);
  if (pixels.empty()) {
    refuse(probe, "corrupt", fmt::format("the {} data cannot be decoded", probe.ending));
  } else if (pixels.cols != probe.width || pixels.rows != probe.height) {
    refuse(probe, "corrupt",
           fmt::format("the header says {}x{}, the data are {}x{}", probe.width, probe.height,
                       pixels.cols, pixels.rows));
  }
  return probe;
}

Result<cv::Mat> decode_image(std::string_view bytes, const ImageLimits& limits) {
  const ImageProbe probe = probe_header(bytes, limits, false);
  if (!probe.good())
    return fail(ErrorCode::kInvalid, "cannot decode the picture: {}: {}", probe.reason,
                probe.detail);
  cv::Mat pixels = decode_with_opencv(bytes);
  if (pixels.empty())
    return fail(ErrorCode::kInvalid, "cannot decode the picture: its {} data are damaged",
                probe.ending);
  return pixels;
}

}  // namespace unimo::stages
