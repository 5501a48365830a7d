// Addresses of pictures in the files that the makers of corpora publish.
//
//   const UrlLists lists = UNIMO_TRY(UrlLists::find(context.inputs("lists"), {}));
//   UNIMO_TRY(lists.visit([&](const ListedUrl& listed) -> Status { ... }));
//
// Rows count from 0 through all lists: the lines of TSV files and of plain lists (empty ones too,
// because captions lie beside them line by line), the records of a CSV file after its header, the
// elements of a JSON list. Every walk gives the same rows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo {
struct InputItem;
}

namespace unimo::stages {

struct ListedUrl {
  std::int64_t row = 0;
  std::size_t list = 0;   // in lists()
  std::string_view text;  // as it stands there; lives until the visit ends
  bool bad_row = false;   // there is no place for an address: another number of columns, no text
};

struct UrlListOptions {
  std::string format = "auto";  // or tsv, csv, json, lines: see stages/schema/fetch.h
  std::string column;           // of a csv; empty: OriginalURL, url or URL
  std::int64_t max_rows = 0;    // 0: all
};

class UrlLists {
 public:
  enum class Format { kTsv, kCsv, kJson, kLines };
  struct List {
    std::filesystem::path path;
    Format format = Format::kLines;
  };

  // Folders stand for their files, sorted. kInvalid when nothing is there or a csv has no such
  // column.
  static Result<UrlLists> find(std::span<const InputItem> items, const UrlListOptions& options);

  // An error of `visit` ends the walk. Packed TSV, CSV and plain lists are read as they are.
  Status visit(const std::function<Status(const ListedUrl&)>& visit) const;

  const std::vector<List>& lists() const { return lists_; }

 private:
  class Walk;
  explicit UrlLists(UrlListOptions options) : options_(std::move(options)) {}
  UrlListOptions options_;
  std::vector<List> lists_;
};

std::string_view to_string(UrlLists::Format format);

}  // namespace unimo::stages
