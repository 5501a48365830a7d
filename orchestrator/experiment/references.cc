#include "orchestrator/experiment/references.h"

namespace unimo {

namespace {

constexpr std::string_view kMatrixPrefix = "matrix.";

std::string without_matrix_prefix(const std::string& name) {
  return name.starts_with(kMatrixPrefix) ? name.substr(kMatrixPrefix.size()) : name;
}

// Keeps a "${" of a value from being read as a reference in the next round.
std::string escaped(const std::string& text) {
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "${") == 0) safe += '$';
    safe += text[i];
  }
  return safe;
}

bool is_template(std::string_view text) { return text.find("${") != std::string_view::npos; }

Result<Json> replace_in_text(const std::string& text, const ReferenceLookup& lookup) {
  const std::vector<TextPart> parts = UNIMO_TRY(split_references(text));
  std::string joined;
  for (const TextPart& part : parts) {
    if (!part.is_reference) {
      joined += escaped(part.text);
      continue;
    }
    const std::optional<Json> value = UNIMO_TRY(lookup(part.text));
    if (!value) {
      joined += "${" + part.text + "}";
    } else if (parts.size() == 1) {
      return value->is_string() ? Json(escaped(value->get<std::string>())) : *value;
    } else if (value->is_structured() || value->is_null()) {
      return fail(ErrorCode::kInvalid, "${{{}}} is {}, which cannot stand inside a longer text",
                  part.text,
                  value->is_null()    ? "empty"
                  : value->is_array() ? "a list"
                                      : "a mapping");
    } else {
      joined += escaped(plain_text(*value));
    }
  }
  return Json(joined);
}

// Parameters taken from another stage may be mappings whose texts are templates already.
Json known_value(const std::string& name, const Json& cell) {
  const auto found = cell.find(without_matrix_prefix(name));
  UNIMO_CHECK(found != cell.end(), "the reference {} was not checked", name);
  return *found;
}

}  // namespace

Result<std::vector<TextPart>> split_references(std::string_view text) {
  std::vector<TextPart> parts;
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) parts.push_back({false, std::exchange(literal, {})});
  };
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i, 3) == "$${") {
      literal += "${";
      i += 3;
    } else if (text.substr(i, 2) == "${") {
      const std::size_t end = text.find('}', i);
      if (end == std::string_view::npos) {
        return fail(ErrorCode::kInvalid,
                    "\"{}\" has a ${{ without its }}; write $${{ for the two characters", text);
      }
      flush();
      std::string name(text.substr(i + 2, end - i - 2));
      if (name.empty()) return fail(ErrorCode::kInvalid, "\"{}\" has an empty ${{}}", text);
      parts.push_back({true, std::move(name)});
      i = end + 1;
    } else {
      literal += text[i++];
    }
  }
  flush();
  return parts;
}

Json replace_references(const Json& value, const std::string& path, const ReferenceLookup& lookup,
                        Mistakes& mistakes) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (!is_template(text)) return value;
    auto replaced = replace_in_text(text, lookup);
    if (replaced) return *replaced;
    mistakes.add(path, replaced.error().message);
    return value;
  }
  if (value.is_object()) {
    Json object = Json::object();
    for (const auto& [key, item] : value.items()) {
      object[key] =
          replace_references(item, path.empty() ? key : path + "." + key, lookup, mistakes);
    }
    return object;
  }
  if (value.is_array()) {
    Json list = Json::array();
    for (std::size_t i = 0; i < value.size(); ++i) {
      list.push_back(
          replace_references(value[i], fmt::format("{}[{}]", path, i), lookup, mistakes));
    }
    return list;
  }
  return value;
}

std::string fill_text(std::string_view text, const Json& cell) {
  if (!is_template(text)) return std::string(text);
  const auto parts = split_references(text);
  UNIMO_CHECK(parts.has_value(), "the template \"{}\" was not checked", text);
  std::string filled;
  for (const TextPart& part : *parts) {
    filled += part.is_reference ? plain_text(known_value(part.text, cell)) : part.text;
  }
  return filled;
}

Json fill_template(const Json& value, const Json& cell) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (!is_template(text)) return value;
    const auto parts = split_references(text);
    UNIMO_CHECK(parts.has_value(), "the template \"{}\" was not checked", text);
    if (parts->size() == 1 && parts->front().is_reference)
      return known_value(parts->front().text, cell);
    return fill_text(text, cell);
  }
  if (value.is_object()) {
    Json object = Json::object();
    for (const auto& [key, item] : value.items()) object[key] = fill_template(item, cell);
    return object;
  }
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value) list.push_back(fill_template(item, cell));
    return list;
  }
  return value;
}

void collect_references(const Json& value, std::set<std::string>& names) {
  if (value.is_string()) {
    const auto parts = split_references(value.get_ref<const std::string&>());
    if (!parts) return;  // reported when the references were replaced
    for (const TextPart& part : *parts) {
      if (part.is_reference) names.insert(without_matrix_prefix(part.text));
    }
  } else if (value.is_structured()) {
    for (const auto& item : value) collect_references(item, names);
  }
}

std::string plain_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : canonical_text(value);
}

}  // namespace unimo
