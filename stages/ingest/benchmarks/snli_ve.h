// SNLI-VE: pictures of Flickr30k and sentences that they entail, contradict or leave open. Read as
// published, or made from SNLI and the two lists of pictures as its makers made it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "orchestrator/base/result.h"
#include "stages/ingest/benchmarks/picture_examples.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/stream/json_view.h"

namespace unimo::stages {

class SnliVeCorpus {
 public:
  SnliVeCorpus(PictureExamples& examples, Quarantine& quarantine)
      : examples_(examples), quarantine_(quarantine) {}

  // snli_ve_train.jsonl and the like; the split is told by the name. The picture is Flikr30kID (as
  // the makers spell it), Flickr30K_ID or Flickr30kID, with or without ".jpg".
  Status read_rows(const std::filesystem::path& path);

  // The lists, one picture a line, before read_snli. Of train_val the last 1 000 are val.
  Status read_lists(const std::filesystem::path& train_val, const std::filesystem::path& test);
  // snli_1.0_*.jsonl in any number: rows go to the split of their picture, picture by picture in
  // the order of the lists (train, val, test).
  Status read_snli(const std::filesystem::path& path);

  // Rows on which the annotators did not agree (label "-"), and rows about pictures of Visual
  // Genome; neither is part of the set.
  std::int64_t no_gold() const { return no_gold_; }
  std::int64_t visual_genome() const { return visual_genome_; }

 private:
  struct Listed {
    std::string split;
    std::uint64_t order = 0;
  };
  using Take = Status (SnliVeCorpus::*)(JsonView row, const std::string& place,
                                        const std::string& split);
  Status read_lines(const std::filesystem::path& path, const std::string& split, Take take);
  Status take_row(JsonView row, const std::string& place, const std::string& split);
  Status take_snli(JsonView row, const std::string& place, const std::string& split);
  Status add(JsonView row, const std::string& place, std::string_view image,
             const std::string& split, std::uint64_t order);
  Status add_list(const std::filesystem::path& path, std::vector<std::string>& names);

  PictureExamples& examples_;
  Quarantine& quarantine_;
  std::unordered_map<std::string, Listed> listed_;  // by picture
  std::uint64_t rows_ = 0;
  std::int64_t no_gold_ = 0, visual_genome_ = 0;
};

}  // namespace unimo::stages
