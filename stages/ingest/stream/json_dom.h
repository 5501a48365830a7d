// The bridge between JsonView and simdjson, whose header no reader needs. Used by json_view.cc and
// json_element.cc.
#pragma once

// This program's own answer to errors is a value.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <bit>
#include <type_traits>

#include "stages/ingest/stream/json_view.h"

namespace unimo::stages {

// simdjson's elements and iterators are a pointer to the document and an index into it; a view
// keeps these two words.
class JsonViewAccess {
 public:
  static JsonView view(simdjson::dom::element element) { return place(element); }
  static simdjson::dom::element element(JsonView view) {
    return iterator<simdjson::dom::element>(view);
  }

  template <class At>
  static JsonView place(At at) {
    static_assert(sizeof(At) == sizeof(Words) && std::is_trivially_copyable_v<At>);
    const auto words = std::bit_cast<Words>(at);
    return {words.document, words.index};
  }
  template <class At>
  static At iterator(JsonView view) {
    static_assert(sizeof(At) == sizeof(Words) && std::is_trivially_copyable_v<At>);
    return std::bit_cast<At>(Words{view.document_, view.index_});
  }

 private:
  struct Words {
    const void* document;
    std::size_t index;
  };
};

// Of an element that is one.
inline simdjson::dom::array as_array(simdjson::dom::element element) {
  const auto list = element.get_array();
  return list.value_unsafe();
}
inline simdjson::dom::object as_object(simdjson::dom::element element) {
  const auto object = element.get_object();
  return object.value_unsafe();
}

}  // namespace unimo::stages
