#include "stages/ingest/benchmarks/json_path.h"

#include <algorithm>

namespace unimo::stages {

tl::unexpected<Error> JsonPath::wrong(std::string_view expected) const {
  return fail(ErrorCode::kInvalid, "{}: must be {}, is {}", path_, expected,
              value_->is_primitive() ? value_->dump(-1, ' ', false, Json::error_handler_t::replace)
                                     : value_->type_name());
}

Result<JsonPath> JsonPath::field(const char* key) const {
  if (!value_->is_object()) return wrong("an object");
  const auto found = value_->find(key);
  if (found == value_->end()) return fail(ErrorCode::kInvalid, "{}.{}: missing", path_, key);
  return JsonPath(fmt::format("{}.{}", path_, key), *found);
}

Result<std::string_view> JsonPath::text(const char* key) const {
  const JsonPath found = UNIMO_TRY(field(key));
  if (!found.value_->is_string()) return found.wrong("a text");
  return std::string_view(found.value_->get_ref<const std::string&>());
}

Result<std::int64_t> JsonPath::number(const char* key) const {
  const JsonPath found = UNIMO_TRY(field(key));
  if (!found.value_->is_number_integer()) return found.wrong("a whole number");
  return found.value_->get<std::int64_t>();
}

Result<JsonPath> JsonPath::list(const char* key) const {
  JsonPath found = UNIMO_TRY(field(key));
  if (!found.value_->is_array()) return found.wrong("a list");
  return found;
}

Result<JsonPath> JsonPath::object(const char* key) const {
  JsonPath found = UNIMO_TRY(field(key));
  if (!found.value_->is_object()) return found.wrong("an object");
  return found;
}

JsonPath JsonPath::at(std::size_t index) const {
  UNIMO_CHECK(value_->is_array() && index < value_->size(), "no element {} at {}", index, path_);
  return {fmt::format("{}[{}]", path_, index), (*value_)[index]};
}

Result<std::string_view> JsonPath::text_at(std::size_t index) const {
  const JsonPath found = at(index);
  if (!found.value_->is_string()) return found.wrong("a text");
  return std::string_view(found.value_->get_ref<const std::string&>());
}

CodePoints::CodePoints(std::string_view text) : size_(static_cast<std::int64_t>(text.size())) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool continues = (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
    if (!continues) bytes_.push_back(static_cast<std::uint32_t>(i));
  }
  size_ = static_cast<std::int64_t>(bytes_.size());
  bytes_.push_back(static_cast<std::uint32_t>(text.size()));
}

std::size_t CodePoints::byte(std::int64_t offset) const {
  UNIMO_CHECK(offset >= 0 && offset <= size_, "no code point {} of {}", offset, size_);
  return bytes_.empty() ? static_cast<std::size_t>(offset)
                        : bytes_[static_cast<std::size_t>(offset)];
}

}  // namespace unimo::stages
