// What was found, written down as it is found, and summed up: who leaks how much of which
// benchmark.
//
//   auto leaks = UNIMO_TRY(LeakTable::create(folder, 20));
//   UNIMO_TRY(leaks.add(PictureLeak{...}));
//   UNIMO_TRY(leaks.add(TextLeak{...}));
//   UNIMO_TRY(leaks.finish(summary));
//
// Writes exclude.txt, exclude_texts.txt, removed_images.jsonl, leaking_texts.jsonl,
// decontamination.json and decontamination.md; docs/formats.md, "Decontamination". One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/decontaminate/held_pictures.h"
#include "stages/ingest/id_table.h"

namespace unimo::stages {

struct PictureLeak {
  std::string corpus;  // source of the records
  std::string image;
  PictureMatch match;
};

struct TextLeak {
  std::string corpus;
  std::string id;
  bool is_document = false;
  std::string benchmark, held_out;     // id of the benchmark's text
  std::string words;                   // that both have
  std::vector<std::size_t> sentences;  // of a document that have a part of them
  bool whole = false;                  // removed is all of it
  bool removed = true;
};

class LeakTable {
 public:
  // `shown` examples of each reason go into the table.
  static Result<LeakTable> create(const std::filesystem::path& folder, std::int64_t shown);

  Status add(const PictureLeak& leak);
  Status add(const TextLeak& leak);

  // `summary`: "thresholds", "held_out" and "checked", as in the format.
  Status finish(Json summary);

  // "pictures.same_name", "texts.same_words", "documents.same_words", "sentences.removed", …
  const std::map<std::string, std::int64_t>& totals() const { return totals_; }

 private:
  explicit LeakTable(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Status write(std::ofstream& file, const char* name, const std::string& line);
  void count(const std::string& what, const std::string& reason, const std::string& corpus,
             const std::string& benchmark, Json example);
  Status exclude_text(const std::string& line);

  std::filesystem::path folder_;
  std::int64_t shown_ = 0;
  std::ofstream exclude_, exclude_texts_, images_, texts_;
  IdTable excluded_, excluded_texts_;
  // what, reason, corpus, benchmark
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::int64_t> rows_;
  std::map<std::string, std::int64_t> totals_;
  std::map<std::string, std::vector<Json>> examples_;  // by what and reason
};

}  // namespace unimo::stages
