#include "orchestrator/experiment/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "orchestrator/base/file.h"

namespace unimo {

namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxMistakes = 50;

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// [-+]? ( . digits | digits (. digits*)? ) ( [eE] [-+]? digits )?
bool looks_like_float(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (power.starts_with('-') || power.starts_with('+')) power.remove_prefix(1);
    if (!all_digits(power)) return false;
    text = text.substr(0, exponent);
  }
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return all_digits(text);
  const std::string_view whole = text.substr(0, point);
  const std::string_view part = text.substr(point + 1);
  return (whole.empty() || all_digits(whole)) && (part.empty() || all_digits(part)) &&
         !(whole.empty() && part.empty());
}

template <class T>
bool parse_whole(std::string_view text, int base, T& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

Result<Json> whole_number(std::string_view text) {
  const std::string_view digits =
      text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
  std::uint64_t positive = 0;
  std::int64_t negative = 0;
  if (text.starts_with('-') ? parse_whole(text, 10, negative) : parse_whole(digits, 10, positive)) {
    return text.starts_with('-') ? Json(negative) : Json(positive);
  }
  return fail(ErrorCode::kInvalid, "{} is too large for a whole number; quote it if it is text",
              text);
}

Result<Json> based_number(std::string_view text) {
  std::uint64_t value = 0;
  if (parse_whole(text.substr(2), text[1] == 'x' ? 16 : 8, value)) return Json(value);
  return fail(ErrorCode::kInvalid, "{} is not a number that fits; quote it if it is text", text);
}

bool is_special_float(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text == ".inf" || text == ".Inf" || text == ".INF" || text == ".nan" || text == ".NaN" ||
         text == ".NAN";
}

Result<Json> plain_scalar(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
    return Json();
  if (text == "true" || text == "True" || text == "TRUE") return Json(true);
  if (text == "false" || text == "False" || text == "FALSE") return Json(false);
  if (is_special_float(text)) return fail(ErrorCode::kInvalid, "{} is not a finite number", text);
  if ((text.starts_with("0x") || text.starts_with("0o")) && text.size() > 2) {
    const std::string_view digits = text.substr(2);
    const bool fits_base = std::all_of(digits.begin(), digits.end(), [&](char c) {
      return text[1] == 'x' ? std::isxdigit(static_cast<unsigned char>(c)) != 0
                            : c >= '0' && c <= '7';
    });
    if (fits_base) return based_number(text);
  }
  if (!looks_like_float(text)) return Json(std::string(text));
  if (text.find_first_of(".eE") == std::string_view::npos) return whole_number(text);
  double value = 0;
  const std::string_view unsigned_text = text.starts_with('+') ? text.substr(1) : text;
  const auto result =
      std::from_chars(unsigned_text.data(), unsigned_text.data() + unsigned_text.size(), value);
  if (result.ec != std::errc() || !std::isfinite(value)) {
    return fail(ErrorCode::kInvalid,
                "{} is too large or too small for a number; quote it if it is text", text);
  }
  return Json(value);
}

// Builds the JSON value and its places while the parser walks the text.
class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, std::string origin, YamlDocument& document)
      : text_(text), origin_(std::move(origin)), document_(document) {}

  const std::vector<Error>& mistakes() const { return mistakes_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    scalar(mark, Json(), "null");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    mistake(mark, "an alias (*name); use extends, variables or a matrix instead");
    scalar(mark, Json(), "*");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    const bool quoted = tag == "!";
    if (!quoted) refuse_tag(mark, tag);
    if (quoted) {
      refuse_open_quote(mark);
      return scalar(mark, Json(value), value);
    }
    auto typed = plain_scalar(value);
    if (!typed) mistake(mark, typed.error().message);
    scalar(mark, typed ? *typed : Json(value), value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    open(mark, Json::array());
  }
  void OnSequenceEnd() override { stack_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    open(mark, Json::object());
  }
  void OnMapEnd() override { stack_.pop_back(); }

 private:
  // An open mapping or list. A null value is one that is thrown away because its key was wrong.
  struct Frame {
    Json* value;
    std::string path;
    bool has_key = false;
    bool key_is_usable = false;
    std::string key;
  };

  void mistake(const YAML::Mark& mark, std::string_view message) {
    if (mistakes_.size() >= kMaxMistakes) return;
    mistakes_.push_back(
        {ErrorCode::kInvalid, fmt::format("{}:{}: {}", origin_, mark.line + 1, message)});
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor)
      mistake(mark, "an anchor (&name); use extends, variables or a matrix instead");
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      mistake(mark, fmt::format("a tag ({}); tags are not used here", tag));
  }

  // The parser takes a quote that is never closed for a text that goes on to the end of the file.
  void refuse_open_quote(const YAML::Mark& mark) {
    std::size_t at = static_cast<std::size_t>(mark.pos);
    if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) return;
    const char quote = text_[at];
    while (++at < text_.size()) {
      if (quote == '"' && text_[at] == '\\') {
        ++at;
      } else if (text_[at] == quote) {
        const bool doubled = quote == '\'' && at + 1 < text_.size() && text_[at + 1] == quote;
        if (!doubled) return;
        ++at;
      }
    }
    mistake(mark, fmt::format("the quote {} is never closed", quote));
  }

  bool awaits_key() const {
    return !stack_.empty() && stack_.back().value->is_object() && !stack_.back().has_key;
  }

  void take_key(const YAML::Mark& mark, const Json& typed, const std::string& text) {
    Frame& frame = stack_.back();
    frame.has_key = true;
    frame.key = text;
    frame.key_is_usable = true;
    const std::string path = join(frame.path, text);
    if (!typed.is_string()) mistake(mark, fmt::format("the key {} is not text; quote it", text));
    if (frame.value->contains(text)) {
      mistake(mark, fmt::format("the key \"{}\" stands twice, first in line {}", text,
                                document_.places.find(path).line));
      frame.key_is_usable = false;
    } else {
      document_.places.set(path, {origin_, mark.line + 1, next_order_++});
    }
  }

  static std::string join(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }

  // Puts a value where the parser stands, giving its address and path.
  std::pair<Json*, std::string> put(const YAML::Mark& mark, Json value) {
    if (stack_.empty()) {
      document_.value = std::move(value);
      document_.places.set("", {origin_, mark.line + 1, next_order_++});
      return {&document_.value, ""};
    }
    Frame& frame = stack_.back();
    if (frame.value->is_array()) {
      std::string path = fmt::format("{}[{}]", frame.path, frame.value->size());
      document_.places.set(path, {origin_, mark.line + 1, next_order_++});
      frame.value->push_back(std::move(value));
      return {&frame.value->back(), std::move(path)};
    }
    frame.has_key = false;
    std::string path = join(frame.path, frame.key);
    if (!frame.key_is_usable) {
      discarded_.push_back(std::make_unique<Json>(std::move(value)));
      return {discarded_.back().get(), path + " (again)"};
    }
    Json& slot = (*frame.value)[frame.key];
    slot = std::move(value);
    return {&slot, std::move(path)};
  }

  void scalar(const YAML::Mark& mark, Json value, const std::string& text) {
    if (awaits_key()) return take_key(mark, value, text);
    put(mark, std::move(value));
  }

  void open(const YAML::Mark& mark, Json empty) {
    if (stack_.size() >= kMaxDepth) throw YAML::ParserException(mark, "nested too deeply");
    if (awaits_key())
      throw YAML::ParserException(mark, "a key must be text, not a mapping or a list");
    auto [value, path] = put(mark, std::move(empty));
    stack_.push_back({value, std::move(path)});
  }

  std::string_view text_;
  std::string origin_;
  YamlDocument& document_;
  std::vector<Frame> stack_;
  std::vector<std::unique_ptr<Json>> discarded_;
  std::vector<Error> mistakes_;
  int next_order_ = 0;
};

// Bytes of the UTF-8 character that starts the text; 0 when it is not one.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return lead == 0 ? 0 : 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;
  if (lead == 0xED && byte(1) > 0x9F) return 0;  // surrogates
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

Status check_text(std::string_view text, const std::string& origin) {
  int line = 1;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) {
      return fail(ErrorCode::kInvalid,
                  "{}:{}: the byte 0x{:02x} is not UTF-8 text; save the file as UTF-8", origin,
                  line, static_cast<unsigned char>(text[0]));
    }
    if (text[0] == '\n') ++line;
    text.remove_prefix(length);
  }
  return ok();
}

}  // namespace

Result<YamlDocument> parse_yaml(std::string_view text, const std::string& origin) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  UNIMO_TRY(check_text(text, origin));
  YamlDocument document;
  document.places.set("", {origin, 1, 0});
  Builder builder(text, origin, document);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) {
      YamlDocument rest;
      Builder second(text, origin, rest);
      if (parser.HandleNextDocument(second)) {
        return fail(ErrorCode::kInvalid, "{}: holds more than one document (---); keep one",
                    origin);
      }
    }
  } catch (const YAML::Exception& error) {
    return fail(ErrorCode::kInvalid, "{}:{}: {}", origin, error.mark.line + 1, error.msg);
  }
  if (!builder.mistakes().empty()) return tl::unexpected(join_errors(builder.mistakes()));
  return document;
}

Result<YamlDocument> read_yaml(const std::filesystem::path& path) {
  const std::string text = UNIMO_TRY(read_file(path));
  return parse_yaml(text, path.string());
}

}  // namespace unimo
