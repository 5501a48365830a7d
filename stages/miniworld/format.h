// What the formats of the mini-world have in common: scenes come one by one, in the order of their
// numbers (validation, test, training), and whatever a format keeps between two of them is small.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"
#include "stages/miniworld/baselines.h"
#include "stages/miniworld/exhibit.h"
#include "stages/schema/miniworld.h"

namespace unimo::stages {

// Shared by all formats of one world; outlives them.
struct World {
  std::filesystem::path folder;  // each format makes its own below
  std::uint64_t seed = 0;
  MiniWorld params;
  Baselines baselines;
  std::map<std::string, std::int64_t> counts;  // reported when the world is complete
};

// add* in order of the scenes, from one thread; then finish, once.
class Format {
 public:
  virtual ~Format() = default;
  virtual Status add(const Exhibit& exhibit) = 0;
  virtual Status finish() = 0;
};

using OpenedFormat = Result<std::unique_ptr<Format>>;

// Corpora.
OpenedFormat coco_format(World& world);           // coco/
OpenedFormat visual_genome_format(World& world);  // visual_genome/
OpenedFormat cc_format(World& world);             // cc/, pictures in web/cc/
OpenedFormat sbu_format(World& world);            // sbu/, pictures in web/sbu/
OpenedFormat openimages_format(World& world);     // openimages/
OpenedFormat wikipedia_format(World& world);      // wikipedia/
OpenedFormat openwebtext_format(World& world);    // openwebtext/
OpenedFormat parallel_format(World& world);       // parallel/
// Benchmarks.
OpenedFormat flickr30k_format(World& world);  // flickr30k/
OpenedFormat snli_ve_format(World& world);    // snli_ve/
OpenedFormat vqa_format(World& world);        // vqa/
OpenedFormat sst2_format(World& world);       // glue/SST-2/
OpenedFormat mnli_format(World& world);       // glue/MNLI/
OpenedFormat cola_format(World& world);       // glue/CoLA/
OpenedFormat stsb_format(World& world);       // glue/STS-B/
OpenedFormat coqa_format(World& world);       // coqa/
OpenedFormat squad_format(World& world);      // squad/
OpenedFormat cnndm_format(World& world);      // cnndm/
OpenedFormat gigaword_format(World& world);   // gigaword/

struct FormatEntry {
  std::string_view name;  // in the parameter `formats`
  OpenedFormat (*open)(World& world);
  bool pictures = false;        // needs the scenes painted
  std::string_view needs = "";  // the format whose pictures its files name
};

// All of them but the books, which are no format of scenes.
std::span<const FormatEntry> format_table();

}  // namespace unimo::stages
