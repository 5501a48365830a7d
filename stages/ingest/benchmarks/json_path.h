// A place in a JSON document that remembers its path, so that what is wrong there can be named.
//
//   const JsonPath qa("dev.json data[0].paragraphs[2].qas[1]", item);
//   const auto question = UNIMO_TRY(qa.text("question"));   // kInvalid: "...question: missing"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"

namespace unimo::stages {

// Belongs to the document, which must outlive it. Errors are kInvalid and begin with the path.
class JsonPath {
 public:
  JsonPath(std::string path, const Json& value) : path_(std::move(path)), value_(&value) {}

  const std::string& path() const { return path_; }
  const Json& value() const { return *value_; }
  bool has(const char* key) const { return value_->is_object() && value_->contains(key); }

  // A field of an object: that it is there and of this kind.
  Result<JsonPath> field(const char* key) const;
  Result<std::string_view> text(const char* key) const;
  Result<std::int64_t> number(const char* key) const;
  Result<JsonPath> list(const char* key) const;
  Result<JsonPath> object(const char* key) const;

  // Of a list.
  std::size_t size() const { return value_->size(); }
  JsonPath at(std::size_t index) const;
  Result<std::string_view> text_at(std::size_t index) const;

 private:
  tl::unexpected<Error> wrong(std::string_view expected) const;
  std::string path_;
  const Json* value_;
};

// Offsets as the makers count them, in code points from 0, to bytes of the text.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text);
  std::int64_t size() const { return size_; }
  // 0 <= offset <= size().
  std::size_t byte(std::int64_t offset) const;

 private:
  std::int64_t size_ = 0;
  std::vector<std::uint32_t> bytes_;  // of each code point; empty when the text is ASCII
};

}  // namespace unimo::stages
