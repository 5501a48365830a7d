#include "stages/ingest/stream/json_view.h"

#include "stages/ingest/stream/json_dom.h"

namespace unimo::stages {

namespace dom = simdjson::dom;

namespace {

Json to_json(dom::element element, const std::set<std::string, std::less<>>& skip_keys) {
  switch (element.type()) {
    case dom::element_type::ARRAY: {
      Json list = Json::array();
      for (const dom::element item : as_array(element)) list.push_back(to_json(item, skip_keys));
      return list;
    }
    case dom::element_type::OBJECT: {
      Json object = Json::object();
      for (const auto [key, value] : as_object(element)) {
        if (!skip_keys.empty() && skip_keys.contains(key)) continue;
        object.emplace(std::string(key), to_json(value, skip_keys));
      }
      return object;
    }
    case dom::element_type::INT64: {
      // As nlohmann's own parser has it: what is not negative is unsigned.
      const std::int64_t value = element.get_int64().value_unsafe();
      return value < 0 ? Json(value) : Json(static_cast<std::uint64_t>(value));
    }
    case dom::element_type::UINT64: return element.get_uint64().value_unsafe();
    case dom::element_type::DOUBLE: return element.get_double().value_unsafe();
    case dom::element_type::STRING: return std::string(element.get_string().value_unsafe());
    case dom::element_type::BOOL: return element.get_bool().value_unsafe();
    case dom::element_type::NULL_VALUE: break;
  }
  return nullptr;
}

}  // namespace

std::string_view to_string(JsonKind kind) {
  switch (kind) {
    case JsonKind::kAbsent: return "nothing";
    case JsonKind::kNull: return "null";
    case JsonKind::kBoolean: return "true or false";
    case JsonKind::kInteger: return "a whole number";
    case JsonKind::kNumber: return "a number";
    case JsonKind::kText: return "a text";
    case JsonKind::kList: return "a list";
    case JsonKind::kObject: return "an object";
  }
  return "nothing";
}

JsonKind JsonView::kind() const {
  if (document_ == nullptr) return JsonKind::kAbsent;
  switch (JsonViewAccess::element(*this).type()) {
    case dom::element_type::ARRAY: return JsonKind::kList;
    case dom::element_type::OBJECT: return JsonKind::kObject;
    case dom::element_type::INT64:
    case dom::element_type::UINT64: return JsonKind::kInteger;
    case dom::element_type::DOUBLE: return JsonKind::kNumber;
    case dom::element_type::STRING: return JsonKind::kText;
    case dom::element_type::BOOL: return JsonKind::kBoolean;
    case dom::element_type::NULL_VALUE: break;
  }
  return JsonKind::kNull;
}

JsonView JsonView::operator[](std::string_view key) const {
  if (document_ == nullptr) return {};
  dom::object object;
  if (JsonViewAccess::element(*this).get_object().get(object) != simdjson::SUCCESS) return {};
  dom::element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS) return {};
  return JsonViewAccess::view(value);
}

std::optional<std::string_view> JsonView::text() const {
  std::string_view value;
  if (document_ == nullptr || JsonViewAccess::element(*this).get_string().get(value) != 0)
    return std::nullopt;
  return value;
}

std::optional<std::int64_t> JsonView::whole() const {
  std::int64_t value = 0;
  if (document_ == nullptr || JsonViewAccess::element(*this).get_int64().get(value) != 0)
    return std::nullopt;
  return value;
}

std::optional<double> JsonView::number() const {
  double value = 0;
  if (document_ == nullptr || JsonViewAccess::element(*this).get_double().get(value) != 0)
    return std::nullopt;
  return value;
}

std::optional<bool> JsonView::boolean() const {
  bool value = false;
  if (document_ == nullptr || JsonViewAccess::element(*this).get_bool().get(value) != 0)
    return std::nullopt;
  return value;
}

namespace {

template <class T>
Result<T> needed(const std::optional<T>& value, const char* what, std::string_view key,
                 JsonView seen) {
  if (value) return *value;
  return fail(ErrorCode::kInvalid, "needs {} \"{}\", has {}", what, key, to_string(seen.kind()));
}

}  // namespace

Result<std::string_view> JsonView::need_text(std::string_view key) const {
  const JsonView member = (*this)[key];
  return needed(member.text(), "a text", key, member);
}

Result<std::int64_t> JsonView::need_whole(std::string_view key) const {
  const JsonView member = (*this)[key];
  return needed(member.whole(), "a whole number", key, member);
}

Result<double> JsonView::need_number(std::string_view key) const {
  const JsonView member = (*this)[key];
  return needed(member.number(), "a number", key, member);
}

std::size_t JsonView::size() const {
  if (is_list()) return as_array(JsonViewAccess::element(*this)).size();
  if (is_object()) return as_object(JsonViewAccess::element(*this)).size();
  return 0;
}

JsonView::Items JsonView::items() const {
  if (!is_list()) return {Items::Iterator({}), Items::Iterator({})};
  const dom::array list = as_array(JsonViewAccess::element(*this));
  return {Items::Iterator(JsonViewAccess::place(list.begin())),
          Items::Iterator(JsonViewAccess::place(list.end()))};
}

JsonView::Items::Iterator& JsonView::Items::Iterator::operator++() {
  auto at = JsonViewAccess::iterator<dom::array::iterator>(place_);
  place_ = JsonViewAccess::place(++at);
  return *this;
}

JsonView::Members JsonView::members() const {
  if (!is_object()) return {Members::Iterator({}), Members::Iterator({})};
  const dom::object object = as_object(JsonViewAccess::element(*this));
  return {Members::Iterator(JsonViewAccess::place(object.begin())),
          Members::Iterator(JsonViewAccess::place(object.end()))};
}

std::pair<std::string_view, JsonView> JsonView::Members::Iterator::operator*() const {
  const auto at = JsonViewAccess::iterator<dom::object::iterator>(place_);
  return {at.key(), JsonViewAccess::view(at.value())};
}

JsonView::Members::Iterator& JsonView::Members::Iterator::operator++() {
  auto at = JsonViewAccess::iterator<dom::object::iterator>(place_);
  place_ = JsonViewAccess::place(++at);
  return *this;
}

std::optional<std::string> JsonView::id_text() const {
  if (const auto value = text()) return std::string(*value);
  if (kind() != JsonKind::kInteger) return std::nullopt;
  return json().dump();
}

std::string JsonView::dump(std::size_t most) const {
  if (document_ == nullptr) return "nothing";
  std::string text = json().dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return text.substr(0, end) + "…";
}

Json JsonView::json(const std::set<std::string, std::less<>>& skip_keys) const {
  if (document_ == nullptr) return nullptr;
  return to_json(JsonViewAccess::element(*this), skip_keys);
}

}  // namespace unimo::stages
