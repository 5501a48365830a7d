// A stage `pack` with two small artifacts of pairs and their regions.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/pack/pack.h"
#include "stages/schema/pack.h"
#include "trainer/data/pack.h"

namespace unimo::stages {

namespace fs = std::filesystem;
using trainer::PackReader;

// Two artifacts of pairs with one image in val, regions in two shards, and texts.
class Pack : public testing::Test {
 protected:
  void SetUp() override {
    add_pairs("flickr", {"1", "2", "3"}, "val");
    add_pairs("coco", {"10", "11"}, "restval");
    add_regions("shard0", {"1", "2", "10"});
    add_regions("shard1", {"3", "11"});
    params_.tokenizer.vocab_size = 60;
    params_.negatives = 4;
    params_.new_words = 1;  // its captions differ by their numbers
  }

  // Two captions an image; the last image is in `last_split`, the others in train.
  void add_pairs(const std::string& name, const std::vector<std::string>& ids,
                 const std::string& last_split) {
    auto writer = *RecordsWriter::create(folder_.path() / name, name);
    for (const auto& id : ids) {
      const std::string split = id == ids.back() ? last_split : "train";
      EXPECT_TRUE(
          writer.add_image({.id = id, .width = 64, .height = 48, .split = split}, "bytes", "jpg"));
      for (const char* what :
           {" dog runs on the grass with a ball", " dog sleeps in a small house"}) {
        const std::string caption_id = id + (what[5] == 'r' ? "#0" : "#1");
        EXPECT_TRUE(
            writer.add_caption({.id = caption_id, .image = id, .text = "The number " + id + what}));
      }
    }
    EXPECT_TRUE(writer.finish(Quarantine()));
    inputs_["pairs"].push_back({.path = folder_.path() / name, .label = name});
  }

  void add_regions(const std::string& name, const std::vector<std::string>& ids,
                   std::uint32_t feature_size = 2) {
    const fs::path folder = folder_.path() / name;
    EXPECT_TRUE(make_directories(folder));
    auto writer = *trainer::ShardWriter::create(folder / "regions.shard", {{"schema", "regions"}});
    for (const std::uint32_t view : {0U, 1U}) {
      for (const auto& id : ids) {
        const trainer::RegionRecord record{
            .id = id,
            .split = "train",
            .view = view,
            .width = 64,
            .height = 48,
            .count = 1,
            .feature_size = feature_size,
            .boxes = {0, 0, 1, 1},
            .features =
                std::vector<float>(feature_size, std::stof(id) + 0.5F * static_cast<float>(view))};
        EXPECT_TRUE(writer.add(*encode_regions(record)));
      }
    }
    EXPECT_TRUE(writer.finish());
    const trainer::RegionsInfo info{.extractor = "windows",
                                    .feature_size = feature_size,
                                    .views = 2,
                                    .images = ids.size(),
                                    .fitted_on = "train"};
    EXPECT_TRUE(write_json(folder / "regions.json", to_json(info)));
    inputs_["regions"].push_back({.path = folder, .label = name});
  }

  void add_texts(const std::string& name, const std::vector<std::string>& texts) {
    auto writer = *RecordsWriter::create(folder_.path() / name, "text");
    for (std::size_t i = 0; i < texts.size(); ++i) {
      EXPECT_TRUE(writer.add_text(
          {.id = name + std::to_string(i), .text = texts[i], .split = i == 0 ? "train" : "val"}));
    }
    EXPECT_TRUE(writer.finish(Quarantine()));
    inputs_["texts"].push_back({.path = folder_.path() / name, .label = name});
  }

  // Documents with the sentences that line feeds part; the last one is in val.
  void add_documents(const std::string& name, const std::vector<std::string>& texts) {
    auto writer = *RecordsWriter::create(folder_.path() / name, name);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      DocumentRecord document{.id = name + std::to_string(i),
                              .title = "Title",
                              .text = texts[i] + "\n",
                              .split = i + 1 == texts.size() ? "val" : "train"};
      for (std::size_t begin = 0; begin < document.text.size();) {
        const std::size_t end = document.text.find('\n', begin);
        document.sentences.push_back({begin, end});
        begin = end + 1;
      }
      EXPECT_TRUE(writer.add_document(document));
    }
    EXPECT_TRUE(writer.finish(Quarantine()));
    inputs_["texts"].push_back({.path = folder_.path() / name, .label = name});
  }

  void exclude_texts(const std::string& lines) {
    EXPECT_TRUE(write_file(folder_.path() / "exclude_texts.txt", lines));
    inputs_["exclude_texts"] = {{.path = folder_.path() / "exclude_texts.txt"}};
  }

  // The texts of a pack, in their order.
  static std::vector<std::string> texts_of(const PackReader& pack) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < pack.texts(); ++i)
      texts.push_back(pack.tokenizer().decode(pack.text(i).value().ids));
    return texts;
  }

  std::int64_t told(const std::string& count) const {
    std::int64_t total = -1;
    const auto lines = read_lines(folder_.path() / "events.jsonl").value();
    for (const std::string& line : lines) {
      const Event event = parse_event(line).value();
      if (event.type == EventType::kCount && event.name == count)
        total = static_cast<std::int64_t>(event.value);
    }
    return total;
  }

  Job job(const std::string& output = "pack") {
    Job job{.task = "pack", .kind = "pack", .params = write_fields(params_), .inputs = inputs_};
    job.output = folder_.path() / output;
    job.events = folder_.path() / "events.jsonl";
    job.resources.cores = cores_;
    EXPECT_TRUE(make_directories(job.output));
    return job;
  }

  Status pack(const std::string& output = "pack") {
    const Job job = this->job(output);
    auto events = *EventWriter::open(job.events);
    StageContext context(job, events);
    return run_pack(context);
  }

  std::string pack_error() {
    const Status status = pack();
    return status ? "" : status.error().message;
  }

  PackReader packed() {
    const Status status = pack();
    EXPECT_TRUE(status.has_value()) << status.error().message;
    auto reader = PackReader::open(folder_.path() / "pack");
    EXPECT_TRUE(reader.has_value()) << reader.error().message;
    return *std::move(reader);
  }

  TempDir folder_ = *TempDir::make("pack");
  std::map<std::string, std::vector<InputItem>> inputs_;
  PackParams params_;
  int cores_ = 1;
};

}  // namespace unimo::stages
