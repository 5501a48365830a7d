// One parsed JSON element, read without exceptions: every getter says nothing where the value is
// absent or of another type.
//
//   const auto id = item["id"].whole();
//   const auto caption = item["caption"].text();
//   if (!id || !caption) return quarantine(...);
//   for (const JsonView region : item["regions"].items()) ...
//
// A view is two words, to be passed by value. It lives, like the texts it gives, until the visitor
// that got it returns. What an absent key gives is absent too, so that paths can be chained.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "orchestrator/base/json.h"

namespace unimo::stages {

enum class JsonKind { kAbsent, kNull, kBoolean, kInteger, kNumber, kText, kList, kObject };

// As they are said in messages: "a list", "nothing".
std::string_view to_string(JsonKind kind);

class JsonView {
 public:
  JsonView() = default;  // absent

  JsonKind kind() const;
  explicit operator bool() const { return document_ != nullptr; }  // is there anything?
  bool is_object() const { return kind() == JsonKind::kObject; }
  bool is_list() const { return kind() == JsonKind::kList; }
  bool is_null() const { return kind() == JsonKind::kNull; }

  // The member of an object; absent where there is none or this is no object.
  JsonView operator[](std::string_view key) const;

  std::optional<std::string_view> text() const;
  // An integer that fits; 3.0 is none.
  std::optional<std::int64_t> whole() const;
  // Any number.
  std::optional<double> number() const;
  std::optional<bool> boolean() const;

  // The same of a member, with the reason when there is none: kInvalid `needs a text "caption", has
  // a number`, for the detail of a quarantine entry.
  Result<std::string_view> need_text(std::string_view key) const;
  Result<std::int64_t> need_whole(std::string_view key) const;
  Result<double> need_number(std::string_view key) const;

  // Of a list or an object, in constant time up to 16,777,214; 0 otherwise.
  std::size_t size() const;
  class Items;
  class Members;
  Items items() const;      // of a list; none otherwise
  Members members() const;  // of an object, in the order of the file; none otherwise

  // For ids that are numbers here and texts there: the text, the integer's digits; else nothing.
  std::optional<std::string> id_text() const;
  // Compact JSON, cut after `most` bytes at a character: for messages.
  std::string dump(std::size_t most = 200) const;
  // A copy, without the members that have one of these names.
  Json json(const std::set<std::string, std::less<>>& skip_keys = {}) const;

 private:
  friend class JsonViewAccess;  // json_element.cc: where views come from
  JsonView(const void* document, std::size_t index) : document_(document), index_(index) {}
  const void* document_ = nullptr;
  std::size_t index_ = 0;
};

class JsonView::Items {
 public:
  class Iterator {
   public:
    JsonView operator*() const { return place_; }
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return place_.index_ != other.place_.index_; }

   private:
    friend class JsonView;
    explicit Iterator(JsonView place) : place_(place) {}
    JsonView place_;
  };
  Iterator begin() const { return begin_; }
  Iterator end() const { return end_; }

 private:
  friend class JsonView;
  Items(Iterator begin, Iterator end) : begin_(begin), end_(end) {}
  Iterator begin_, end_;
};

class JsonView::Members {
 public:
  class Iterator {
   public:
    std::pair<std::string_view, JsonView> operator*() const;
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return place_.index_ != other.place_.index_; }

   private:
    friend class JsonView;
    explicit Iterator(JsonView place) : place_(place) {}
    JsonView place_;
  };
  Iterator begin() const { return begin_; }
  Iterator end() const { return end_; }

 private:
  friend class JsonView;
  Members(Iterator begin, Iterator end) : begin_(begin), end_(end) {}
  Iterator begin_, end_;
};

}  // namespace unimo::stages
