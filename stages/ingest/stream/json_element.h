// Parses the text of one element with simdjson. Used by json_stream.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "stages/ingest/stream/json_view.h"

namespace unimo::stages {

// Bytes behind a text that must be readable, whatever they are.
constexpr std::size_t kJsonPadding = 64;

class ElementParser {
 public:
  // What is wrong with an element, and at which of its bytes.
  struct Flaw {
    std::size_t at = 0;
    std::string what;
  };

  ElementParser();
  ElementParser(const ElementParser&) = delete;
  ElementParser& operator=(const ElementParser&) = delete;
  ~ElementParser();

  // The view lives until the next call. Bytes that are not UTF-8 and escaped surrogates without
  // their other half become U+FFFD; integers beyond 64 bits become floating-point numbers.
  // kJsonPadding bytes behind `text` must be readable.
  tl::expected<JsonView, Flaw> parse(std::string_view text);

 private:
  class Parts;  // simdjson's parser
  std::unique_ptr<Parts> parts_;
};

}  // namespace unimo::stages
