#include "stages/ingest/base64.h"

#include <array>
#include <cstdint>

namespace unimo::stages {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t kNone = 0xFFFFFFFF;  // shifted left by 18 bits it still has its top byte

constexpr std::array<std::uint32_t, 256> value_table() {
  std::array<std::uint32_t, 256> values{};
  for (auto& value : values) value = kNone;
  for (std::uint32_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = i;
  return values;
}

constexpr std::array<std::uint32_t, 256> kValues = value_table();

std::uint32_t value_of(char c) { return kValues[static_cast<unsigned char>(c)]; }

std::size_t padding_of(std::string_view text) {
  if (text.ends_with("==")) return 2;
  return text.ends_with("=") ? 1 : 0;
}

// Four characters as 24 bits; more bits are set when one of them is none of base64.
std::uint32_t group_at(const char* text) {
  return value_of(text[0]) << 18 | value_of(text[1]) << 12 | value_of(text[2]) << 6 |
         value_of(text[3]);
}

Status bad_character(std::string_view text, std::size_t from) {
  while (value_of(text[from]) != kNone) ++from;
  return fail(ErrorCode::kInvalid, "byte {}: 0x{:02x} is no character of base64", from,
              static_cast<unsigned char>(text[from]));
}

// The last four characters, of which `padding` stand for nothing, as up to three bytes.
Status decode_end(std::string_view text, std::size_t padding, std::span<char> out) {
  const std::size_t at = text.size() - 4;
  std::array<char, 4> last{'A', 'A', 'A', 'A'};
  for (std::size_t i = 0; i < 4 - padding; ++i) last[i] = text[at + i];
  const std::uint32_t group = group_at(last.data());
  if (group >> 24 != 0) return bad_character(text, at);
  if ((group & ((1U << (8 * padding)) - 1)) != 0)
    return fail(ErrorCode::kInvalid, "the last group of base64 has bits left over; was it cut?");
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(group >> (16 - 8 * i));
  return ok();
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  const auto byte = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) : 0U;
  };
  char* to = text.data();
  for (std::size_t i = 0; i < bytes.size(); i += 3, to += 4) {
    const std::uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    to[0] = kAlphabet[group >> 18 & 63];
    to[1] = kAlphabet[group >> 12 & 63];
    if (i + 1 < bytes.size()) to[2] = kAlphabet[group >> 6 & 63];
    if (i + 2 < bytes.size()) to[3] = kAlphabet[group & 63];
  }
  return text;
}

Result<std::size_t> base64_bytes(std::string_view text) {
  if (text.size() % 4 == 0) return text.size() / 4 * 3 - padding_of(text);
  return fail(ErrorCode::kInvalid, "{} characters are no base64: it comes in fours; was it cut?",
              text.size());
}

Status from_base64(std::string_view text, std::span<char> out) {
  const std::size_t size = UNIMO_TRY(base64_bytes(text));
  UNIMO_CHECK(out.size() == size, "memory of {} bytes for {} of base64", out.size(), size);
  if (text.empty()) return ok();
  const std::size_t whole = text.size() - 4;
  char* to = out.data();
  for (std::size_t i = 0; i < whole; i += 4, to += 3) {
    const std::uint32_t group = group_at(text.data() + i);
    if (group >> 24 != 0) return bad_character(text, i);
    to[0] = static_cast<char>(group >> 16);
    to[1] = static_cast<char>(group >> 8);
    to[2] = static_cast<char>(group);
  }
  return decode_end(text, padding_of(text), out.subspan(whole / 4 * 3));
}

Result<std::string> from_base64(std::string_view text) {
  std::string bytes(UNIMO_TRY(base64_bytes(text)), '\0');
  UNIMO_TRY(from_base64(text, bytes));
  return bytes;
}

}  // namespace unimo::stages
