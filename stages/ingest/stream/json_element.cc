#include "stages/ingest/stream/json_element.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "stages/ingest/stream/json_dom.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace dom = simdjson::dom;

namespace {

static_assert(kJsonPadding >= simdjson::SIMDJSON_PADDING);

// Up to this many keys each is compared with those before it, which needs no memory.
constexpr std::size_t kFewKeys = 32;

bool is_container(dom::element element) {
  const dom::element_type type = element.type();
  return type == dom::element_type::ARRAY || type == dom::element_type::OBJECT;
}

// What a walk over the members of an object finds.
struct Members {
  std::optional<std::string_view> repeated;  // the first key that stands twice
  bool containers = false;                   // among the values
};

// Of an object of few.
Members look_at_few(dom::object object) {
  // Not a string_view, whose thirty-two would be cleared for each object.
  struct Key {
    const char* data;
    std::size_t size;
  };
  Members found;
  Key seen[kFewKeys];
  std::size_t count = 0;
  std::uint64_t signs = 0;  // a bit for each sign; keys of different signs are different
  for (auto at = object.begin(), end = object.end(); at != end; ++at) {
    const std::string_view key = at.key();
    const auto ends = key.empty() ? 0U
                                  : 7U * static_cast<unsigned char>(key.front()) +
                                        static_cast<unsigned char>(key.back());
    const std::uint64_t sign = std::uint64_t{1} << ((ends + 13 * key.size()) % 64);
    const auto is_key = [&](const Key& other) {
      return key == std::string_view(other.data, other.size);
    };
    if ((signs & sign) != 0 && std::any_of(seen, seen + count, is_key)) {
      found.repeated = key;
      return found;
    }
    signs |= sign;
    seen[count++] = {key.data(), key.size()};
    found.containers = found.containers || is_container(at.value());
  }
  return found;
}

Members look_at_many(dom::object object) {
  std::vector<std::string_view> keys;
  for (const auto member : object) keys.push_back(member.key);
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  return {.repeated = twice != keys.end() ? std::optional(*twice) : std::nullopt,
          .containers = true};
}

// A key that stands twice in one object anywhere in a list or object.
std::optional<std::string_view> repeated_key(dom::element element) {
  if (element.type() == dom::element_type::ARRAY) {
    for (const dom::element item : as_array(element)) {
      if (!is_container(item)) continue;
      if (const auto key = repeated_key(item)) return key;
    }
    return std::nullopt;
  }
  const dom::object object = as_object(element);
  const Members here = object.size() <= kFewKeys ? look_at_few(object) : look_at_many(object);
  if (here.repeated || !here.containers) return here.repeated;
  for (auto at = object.begin(), end = object.end(); at != end; ++at) {
    const dom::element value = at.value();
    if (!is_container(value)) continue;
    if (const auto inner = repeated_key(value)) return inner;
  }
  return std::nullopt;
}

// Finds where nlohmann's parser, which is slow but says where, meets a mistake.
class Finder : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&,
                   const Json::exception& error) override {
    at = position == 0 ? 0 : position - 1;
    const std::string_view message = error.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error …"
    const std::size_t begin = message.find(": ");
    what = begin == std::string_view::npos ? message : message.substr(begin + 2);
    return false;
  }
  std::size_t at = 0;
  std::string what;
};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The code unit of "\uXXXX" at `at`, or -1.
int escaped_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const int digit = hex_value(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

// Escaped halves of surrogate pairs without the other half become \ufffd; the length stays.
void mend_surrogates(std::string& text) {
  const auto high = [](int unit) { return unit >= 0xD800 && unit < 0xDC00; };
  const auto low = [](int unit) { return unit >= 0xDC00 && unit < 0xE000; };
  for (std::size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
    const int unit = escaped_unit(text, at);
    if (high(unit) && low(escaped_unit(text, at + 6))) {
      at += 12;
    } else if (high(unit) || low(unit)) {
      text.replace(at, 6, "\\ufffd");
      at += 6;
    } else {
      at += 2;
    }
  }
}

// Where the number that begins at `at` is an integer beyond 64 bits: its end; 0 otherwise.
std::size_t end_of_huge_integer(std::string_view text, std::size_t at) {
  constexpr std::size_t kSafeDigits = 18;
  std::size_t end = at + (text[at] == '-' ? 1 : 0);
  const std::size_t first = end;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  const bool more = end < text.size() && (text[end] == '.' || text[end] == 'e' || text[end] == 'E');
  return end - first > kSafeDigits && !more ? end : 0;
}

// "e0" behind integers of more than 18 digits makes them floating-point numbers.
std::string with_floating_integers(std::string_view text) {
  std::string mended;
  bool in_text = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    std::size_t end = at + 1;
    if (in_text) {
      if (c == '\\') end = std::min(at + 2, text.size());
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      const std::size_t huge = end_of_huge_integer(text, at);
      while (end < text.size() &&
             ((text[end] >= '0' && text[end] <= '9') || text[end] == '.' || text[end] == 'e' ||
              text[end] == 'E' || text[end] == '+' || text[end] == '-')) {
        ++end;
      }
      mended += text.substr(at, end - at);
      if (huge == end) mended += "e0";
      at = end;
      continue;
    }
    mended += text.substr(at, end - at);
    at = end;
  }
  return mended;
}

// Every byte that is no part of UTF-8 becomes '?': for finding mistakes, since all stays in place.
std::string with_question_marks(std::string_view text) {
  std::string clean = with_replacements(text);
  std::string marked;
  marked.reserve(text.size());
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  for (std::size_t from = 0, at = 0; at < text.size();) {
    const bool replaced =
        clean.compare(from, 3, kReplacement) == 0 && text.substr(at, 3) != kReplacement;
    marked += replaced ? '?' : text[at];
    from += replaced ? 3 : 1;
    ++at;
  }
  return marked;
}

}  // namespace

class ElementParser::Parts {
 public:
  // Parses in place; the text is padded.
  simdjson::error_code parse(std::string_view text) {
    // Room grows by doubling, not with every element that is a little longer than all before.
    if (text.size() > parser_.capacity()) {
      const std::size_t room = std::max<std::size_t>(2 * text.size(), 4 << 10);
      if (const auto failed = parser_.allocate(room)) return failed;
      if (const auto failed = parser_.doc.allocate(room)) return failed;
    }
    return parser_.parse(text.data(), text.size(), /*realloc_if_needed=*/false).get(element_);
  }

  simdjson::error_code parse_copy(std::string text) {
    const std::size_t size = text.size();
    copy_ = std::move(text);
    copy_.append(kJsonPadding, ' ');
    return parse({copy_.data(), size});
  }

  dom::element element() const { return element_; }

 private:
  dom::parser parser_;
  dom::element element_;
  std::string copy_;
};

ElementParser::ElementParser() : parts_(std::make_unique<Parts>()) {}
ElementParser::~ElementParser() = default;

tl::expected<JsonView, ElementParser::Flaw> ElementParser::parse(std::string_view text) {
  if (parts_->parse(text) != simdjson::SUCCESS) {
    std::string mended = is_utf8(text) ? std::string(text) : with_replacements(text);
    mend_surrogates(mended);
    mended = with_floating_integers(mended);
    if (const auto failed = parts_->parse_copy(std::move(mended))) {
      std::string searched = with_question_marks(text);
      mend_surrogates(searched);
      Finder finder;
      if (Json::sax_parse(searched, &finder)) finder.what = simdjson::error_message(failed);
      return tl::unexpected(Flaw{finder.at, std::move(finder.what)});
    }
  }
  const dom::element element = parts_->element();
  if (const auto key = is_container(element) ? repeated_key(element) : std::nullopt) {
    return tl::unexpected(Flaw{0, fmt::format("the key \"{}\" stands twice in one object", *key)});
  }
  return JsonViewAccess::view(element);
}

}  // namespace unimo::stages
