#include "stages/ingest/json_values.h"

#include <charconv>

namespace unimo::stages {

namespace {

constexpr std::size_t kShownBytes = 60;
constexpr std::size_t kShownItemBytes = 200;
constexpr std::int64_t kMaxSide = 1'000'000;

}  // namespace

std::optional<std::int64_t> whole_at(JsonView object, std::string_view key) {
  const JsonView value = object[key];
  if (const auto number = value.whole()) return number;
  const auto text = value.text();
  if (!text || text->empty()) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

std::optional<double> number_at(JsonView object, std::string_view key) {
  return object[key].number();
}

std::optional<std::string> text_at(JsonView object, std::string_view key) {
  const auto text = object[key].text();
  if (!text) return std::nullopt;
  return std::string(*text);
}

int side_at(JsonView object, std::string_view key) {
  const auto value = whole_at(object, key);
  return value && *value > 0 && *value < kMaxSide ? static_cast<int>(*value) : 0;
}

std::string shown_at(JsonView object, std::string_view key) {
  const JsonView value = object[key];
  if (!value) return {};
  const auto text = value.text();
  return text && text->size() <= kShownBytes ? std::string(*text) : value.dump(kShownBytes);
}

std::string unlike(std::string_view needed, JsonView item) {
  return fmt::format("needs {}, is {}", needed, item.dump(kShownItemBytes));
}

}  // namespace unimo::stages
