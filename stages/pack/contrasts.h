// What captions are contrasted with, as other stages found it: rewritten captions, related images,
// related sentences ("Contrasts" of docs/formats.md). Their sentences go to sentences.shard, their
// numbers into the lists of the captions.
//
//   Contrasts contrasts(pairs, tokenizer, options, writer);
//   UNIMO_TRY(contrasts.add(artifact));  // for each
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/pack/collect.h"
#include "trainer/data/shard.h"
#include "trainer/text/tokenizer.h"

namespace unimo::stages {

struct ContrastOptions {
  std::size_t most_tokens = 64;                     // longer sentences are cut, as captions are
  std::function<bool(std::uint32_t split)> trains;  // splits whose images may be related ones
};

// What was of no use. A pack may leave images out after the contrasts were made, so that none of
// this is an error.
struct ContrastCounts {
  std::int64_t sentences = 0;
  std::int64_t other_captions = 0;  // lines about captions that the pack does not have
  std::int64_t other_images = 0;    // related images that it does not have, or not to train on
  std::int64_t repeated = 0;        // sentences that say what the caption says, word by word
  std::int64_t empty = 0;           // sentences without a token
};

// `pairs`, `tokenizer` and `writer` must outlive it. The captions have their ids.
class Contrasts {
 public:
  Contrasts(Pairs& pairs, const trainer::Tokenizer& tokenizer, ContrastOptions options,
            trainer::ShardWriter& writer);

  // Reads contrasts.jsonl of the artifact. kInvalid, naming file and line, for a line that is none.
  Status add(const std::filesystem::path& artifact);
  const ContrastCounts& counts() const { return counts_; }

 private:
  Status add_line(const Json& line);
  Status add_sentences(const Json& line, const char* key, trainer::PackedCaption& caption,
                       std::vector<std::uint32_t>& numbers);
  Status add_images(const Json& line, trainer::PackedCaption& caption);

  Pairs& pairs_;
  const trainer::Tokenizer& tokenizer_;
  ContrastOptions options_;
  trainer::ShardWriter& writer_;
  std::unordered_map<std::string_view, std::uint32_t> caption_of_id_, image_of_id_;  // looked up
  ContrastCounts counts_;
};

}  // namespace unimo::stages
