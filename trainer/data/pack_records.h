// The records of a pack's shards, one by one: bytes to structs and back. Grammar: docs/formats.md,
// "Pack".
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/data/pack.h"
#include "trainer/data/shard.h"

namespace unimo::trainer {

// kIntegrity, naming file and record, when the bytes are not what the grammar says. Numbers are not
// looked up: what they count is known to the reader of the whole pack.
Result<PackedCaption> parse_caption(const ShardReader& shard, std::size_t record);
Result<PackedText> parse_text(const ShardReader& shard, std::size_t record);
Result<PackedImage> parse_image(const ShardReader& shard, std::size_t record);
Result<std::vector<TokenId>> parse_sentence(const ShardReader& shard, std::size_t record);

// "captions.shard: record 3".
std::string place(const ShardReader& shard, std::size_t record);

}  // namespace unimo::trainer
