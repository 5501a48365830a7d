#include "stages/ingest/text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "orchestrator/base/result.h"

namespace unimo::stages {

namespace {

struct Block {
  std::uint32_t first = 0, last = 0;
  constexpr bool contains(std::uint32_t c) const { return c >= first && c <= last; }
};

// Beyond U+02FF, where nothing composes or decomposes in form C (DerivedNormalizationProps.txt,
// NFC_QC=Yes, and of combining class 0): letters of the scripts that corpora hold most.
constexpr std::array<Block, 18> kComposed{{{0x388, 0x3FF},
                                           {0x400, 0x482},
                                           {0x48A, 0x52F},
                                           {0x5D0, 0x5EA},
                                           {0x620, 0x64A},
                                           {0x1E00, 0x1EFF},
                                           {0x2010, 0x2027},
                                           {0x2030, 0x205E},
                                           {0x2070, 0x209C},
                                           {0x20A0, 0x20C0},
                                           {0x2190, 0x22FF},
                                           {0x3001, 0x3029},
                                           {0x3041, 0x3096},
                                           {0x30A1, 0x30FA},
                                           {0x4E00, 0x9FFF},
                                           {0xAC00, 0xD7A3},
                                           {0xFF01, 0xFF9D},
                                           {0x1F000, 0x1FAFF}}};

struct ScriptBlock {
  Block block;
  std::string_view script;
};

// Blocks.txt of Unicode 15, those with letters, grouped by script (Scripts.txt).
constexpr auto kScripts = std::to_array<ScriptBlock>({
    {{0x41, 0x5A}, "latin"},        {{0x61, 0x7A}, "latin"},        {{0xAA, 0xAA}, "latin"},
    {{0xBA, 0xBA}, "latin"},        {{0xC0, 0x2AF}, "latin"},       {{0x370, 0x3FF}, "greek"},
    {{0x400, 0x52F}, "cyrillic"},   {{0x530, 0x58F}, "armenian"},   {{0x590, 0x5FF}, "hebrew"},
    {{0x600, 0x6FF}, "arabic"},     {{0x750, 0x77F}, "arabic"},     {{0x8A0, 0x8FF}, "arabic"},
    {{0x900, 0x97F}, "devanagari"}, {{0x980, 0x9FF}, "bengali"},    {{0xA00, 0xA7F}, "gurmukhi"},
    {{0xA80, 0xAFF}, "gujarati"},   {{0xB80, 0xBFF}, "tamil"},      {{0xC00, 0xC7F}, "telugu"},
    {{0xC80, 0xCFF}, "kannada"},    {{0xD00, 0xD7F}, "malayalam"},  {{0xD80, 0xDFF}, "sinhala"},
    {{0xE00, 0xE7F}, "thai"},       {{0xE80, 0xEFF}, "lao"},        {{0xF00, 0xFFF}, "tibetan"},
    {{0x1000, 0x109F}, "myanmar"},  {{0x10A0, 0x10FF}, "georgian"}, {{0x1100, 0x11FF}, "hangul"},
    {{0x1200, 0x137F}, "ethiopic"}, {{0x1780, 0x17FF}, "khmer"},    {{0x1800, 0x18AF}, "mongolian"},
    {{0x1C80, 0x1C8F}, "cyrillic"}, {{0x1C90, 0x1CBF}, "georgian"}, {{0x1E00, 0x1EFF}, "latin"},
    {{0x1F00, 0x1FFF}, "greek"},    {{0x2C60, 0x2C7F}, "latin"},    {{0x2DE0, 0x2DFF}, "cyrillic"},
    {{0x3040, 0x309F}, "hiragana"}, {{0x30A0, 0x30FF}, "katakana"}, {{0x3400, 0x4DBF}, "han"},
    {{0x4E00, 0x9FFF}, "han"},      {{0xA640, 0xA69F}, "cyrillic"}, {{0xA720, 0xA7FF}, "latin"},
    {{0xAC00, 0xD7AF}, "hangul"},   {{0xF900, 0xFAFF}, "han"},      {{0xFB00, 0xFB06}, "latin"},
    {{0xFB1D, 0xFB4F}, "hebrew"},   {{0xFB50, 0xFDFF}, "arabic"},   {{0xFE70, 0xFEFE}, "arabic"},
    {{0xFF21, 0xFF5A}, "latin"},    {{0x20000, 0x3134F}, "han"},
});

// The character at `at` of well-formed text; moves past it.
std::uint32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0x80U;
  };
  const std::uint32_t first = byte(at++);
  if (first < 0x80) return first;
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  std::uint32_t value = first & (0x3FU >> more);
  for (int i = 0; i < more; ++i) value = value << 6 | (byte(at++) & 0x3FU);
  return value;
}

bool is_composed(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0xCC) {  // below U+0300
      ++at;
      continue;
    }
    const std::uint32_t c = next_character(text, at);
    const auto block = std::lower_bound(kComposed.begin(), kComposed.end(), c,
                                        [](const Block& b, std::uint32_t x) { return b.last < x; });
    if (c >= 0x300 && (block == kComposed.end() || !block->contains(c))) return false;
  }
  return true;
}

bool is_letter(std::uint32_t c) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

std::string_view script_of(std::uint32_t c) {
  const auto found =
      std::lower_bound(kScripts.begin(), kScripts.end(), c,
                       [](const auto& row, std::uint32_t x) { return row.block.last < x; });
  return found != kScripts.end() && found->block.contains(c) ? found->script : std::string_view{};
}

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

std::string composed(std::string_view text) {
  utf8proc_uint8_t* bytes = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &bytes,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(bytes);
  UNIMO_CHECK(size >= 0, "to_nfc of text that is not UTF-8: {}", utf8proc_errmsg(size));
  return std::string(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

// Every blank and every sign without width begins with one of these bytes.
constexpr auto kMayBeBlank = [] {
  std::array<bool, 256> bytes{};
  for (std::size_t byte = 0; byte <= 0x20; ++byte) bytes[byte] = true;
  for (const std::size_t byte : {0x7F, 0xC2, 0xE1, 0xE2, 0xE3, 0xEF}) bytes[byte] = true;
  return bytes;
}();

enum class Shown { kItself, kBlank, kNothing };

Shown shown(std::uint32_t c) {
  if (c <= 0x20 || (c >= 0x7F && c <= 0xA0)) return Shown::kBlank;
  if (c == 0xAD || (c >= 0x200B && c <= 0x200D) || c == 0x2060 || c == 0xFEFF)
    return Shown::kNothing;
  const bool blank = c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
                     c == 0x202F || c == 0x205F || c == 0x3000;
  return blank ? Shown::kBlank : Shown::kItself;
}

}  // namespace

std::string to_nfc(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  // Nothing composes over a line feed, and most lines need nothing.
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end == std::string_view::npos ? end : end + 1);
    if (is_composed(line)) {
      result += line;
    } else {
      result += composed(line);
    }
    text.remove_prefix(line.size());
  }
  return result;
}

std::string tidy_line(std::string_view line) {
  std::string tidy;
  tidy.reserve(line.size());
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t begin = at;
    while (at < line.size() && !kMayBeBlank[static_cast<unsigned char>(line[at])]) ++at;
    if (at > begin) {
      tidy += line.substr(begin, at - begin);
      continue;
    }
    switch (shown(next_character(line, at))) {
      case Shown::kItself: tidy += line.substr(begin, at - begin); break;
      case Shown::kBlank:
        if (!tidy.empty() && tidy.back() != ' ') tidy += ' ';
        break;
      case Shown::kNothing: break;
    }
  }
  if (!tidy.empty() && tidy.back() == ' ') tidy.pop_back();
  return tidy;
}

double script_share(std::string_view text, std::string_view script) {
  std::int64_t letters = 0, wanted = 0;
  const bool latin = script == "latin";
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      const bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
      letters += letter;
      wanted += letter && latin;
      ++at;
      continue;
    }
    const std::uint32_t c = next_character(text, at);
    if (!is_letter(c)) continue;
    ++letters;
    wanted += script_of(c) == script;
  }
  return letters == 0 ? 1.0 : static_cast<double>(wanted) / static_cast<double>(letters);
}

std::vector<std::string> script_names() {
  std::vector<std::string> names;
  for (const ScriptBlock& row : kScripts) names.emplace_back(row.script);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool begins_lower_case(std::string_view text) {
  if (text.empty()) return false;
  std::size_t at = 0;
  return utf8proc_category(static_cast<utf8proc_int32_t>(next_character(text, at))) ==
         UTF8PROC_CATEGORY_LL;
}

}  // namespace unimo::stages
