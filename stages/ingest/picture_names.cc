#include "stages/ingest/picture_names.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace unimo::stages {

namespace {

constexpr std::size_t kCocoDigits = 12;    // of a number in a file's name
constexpr std::size_t kSecretDigits = 10;  // hexadecimal, in the name of a photograph at Flickr

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::string_view without_zeros(std::string_view number) {
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size() - 1));
  return number;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Cuts a picture's ending; names keep other dots.
bool take_ending(std::string_view& name) {
  constexpr std::array<std::string_view, 5> kEndings{".jpg", ".jpeg", ".png", ".webp", ".bmp"};
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  std::string ending(name.substr(dot));
  std::transform(ending.begin(), ending.end(), ending.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (std::find(kEndings.begin(), kEndings.end(), ending) == kEndings.end()) return false;
  name = name.substr(0, dot);
  return true;
}

// COCO_val2014_000000000139
bool take_coco_name(std::string_view& name) {
  std::string_view rest = name;
  if (!take_prefix(rest, "COCO_")) return false;
  if (!take_prefix(rest, "train") && !take_prefix(rest, "val") && !take_prefix(rest, "test"))
    return false;
  if (rest.size() != 4 + 1 + kCocoDigits || !is_number(rest.substr(0, 4)) || rest[4] != '_' ||
      !is_number(rest.substr(5)))
    return false;
  name = rest.substr(5);
  return true;
}

// 1000268201_693b08cb0e, also with a size behind it (_b)
bool take_flickr_name(std::string_view& name) {
  const auto bar = name.find('_');
  if (bar == std::string_view::npos || !is_number(name.substr(0, bar))) return false;
  std::string_view secret = name.substr(bar + 1);
  const bool sized = secret.size() == kSecretDigits + 2 && secret[kSecretDigits] == '_';
  secret = secret.substr(0, kSecretDigits);
  if (name.size() != bar + 1 + kSecretDigits + (sized ? 2 : 0) ||
      !std::all_of(secret.begin(), secret.end(), is_hex))
    return false;
  name = name.substr(0, bar);
  return true;
}

std::vector<std::string> names_of_number(std::string_view number, bool as_file, NumberedBy by) {
  const std::string coco = fmt::format("coco:{}", without_zeros(number));
  const std::string flickr = fmt::format("flickr:{}", without_zeros(number));
  switch (by) {
    case NumberedBy::kCoco: return {coco};
    case NumberedBy::kFlickr: return {flickr};
    case NumberedBy::kVisualGenome: return {fmt::format("vg:{}", without_zeros(number))};
    case NumberedBy::kUnknown: break;
  }
  if (number.size() == kCocoDigits) return {coco};
  if (as_file) return {flickr};
  return {coco, flickr};
}

}  // namespace

NumberedBy numbered_by(std::string_view source) {
  const auto has = [&](std::string_view word) { return source.find(word) != source.npos; };
  if (has("genome") || has("vg_qa") || has("gqa")) return NumberedBy::kVisualGenome;
  if (has("coco") || has("vqa")) return NumberedBy::kCoco;
  if (has("flickr") || has("snli_ve")) return NumberedBy::kFlickr;
  return NumberedBy::kUnknown;
}

std::vector<std::string> picture_names(std::string_view id, NumberedBy by) {
  if (id.find("VG_100K") != std::string_view::npos) by = NumberedBy::kVisualGenome;  // its folders
  std::string_view name = id.substr(id.rfind('/') + 1);  // npos + 1 is 0
  const bool as_file = take_ending(name);
  if (name.empty()) return {};
  if (take_coco_name(name)) return {fmt::format("coco:{}", without_zeros(name))};
  if (is_number(name)) return names_of_number(name, as_file, by);
  if (take_flickr_name(name)) return {fmt::format("flickr:{}", without_zeros(name))};
  if (name.starts_with("vg") && is_number(name.substr(2)))
    return {fmt::format("vg:{}", without_zeros(name.substr(2)))};
  return {fmt::format("id:{}", name)};
}

std::vector<std::string> picture_names(const ImageRecord& image, NumberedBy by) {
  std::vector<std::string> names = picture_names(image.id, by);
  names.insert(names.end(), image.same_as.begin(), image.same_as.end());
  return names;
}

}  // namespace unimo::stages
