#include "trainer/data/pack_records.h"

#include "trainer/data/bytes.h"

namespace unimo::trainer {

namespace {

std::vector<std::byte> taken(const RecordWriter& writer) {
  const auto bytes = writer.bytes();
  return {bytes.begin(), bytes.end()};
}

Status check_parsed(const RecordReader& reader, const ShardReader& shard, std::size_t record) {
  if (reader.complete()) return ok();
  return fail(ErrorCode::kIntegrity, "{} has not the parts its lengths promise",
              place(shard, record));
}

}  // namespace

std::string place(const ShardReader& shard, std::size_t record) {
  return fmt::format("{}: record {}", shard.path().string(), record);
}

Result<PackedCaption> parse_caption(const ShardReader& shard, std::size_t record) {
  RecordReader reader(UNIMO_TRY(shard.record(record)));
  PackedCaption caption;
  caption.image = reader.u32();
  caption.split = reader.u32();
  caption.id = reader.text();
  caption.text = reader.text();
  caption.ids = reader.counted<TokenId>();
  caption.unit_starts = reader.counted<std::uint32_t>();
  caption.negatives = reader.counted<std::uint32_t>();
  caption.positives = reader.counted<std::uint32_t>();
  caption.phrase_negatives = reader.counted<std::uint32_t>();
  caption.word_negatives = reader.counted<std::uint32_t>();
  caption.related_images = reader.counted<std::uint32_t>();
  caption.related_texts = reader.counted<std::uint32_t>();
  UNIMO_TRY(check_parsed(reader, shard, record));
  return caption;
}

Result<PackedText> parse_text(const ShardReader& shard, std::size_t record) {
  RecordReader reader(UNIMO_TRY(shard.record(record)));
  PackedText text;
  text.split = reader.u32();
  text.ids = reader.counted<TokenId>();
  text.unit_starts = reader.counted<std::uint32_t>();
  UNIMO_TRY(check_parsed(reader, shard, record));
  return text;
}

Result<std::vector<TokenId>> parse_sentence(const ShardReader& shard, std::size_t record) {
  RecordReader reader(UNIMO_TRY(shard.record(record)));
  auto ids = reader.counted<TokenId>();
  UNIMO_TRY(check_parsed(reader, shard, record));
  return ids;
}

Result<PackedImage> parse_image(const ShardReader& shard, std::size_t record) {
  RecordReader reader(UNIMO_TRY(shard.record(record)));
  PackedImage image;
  image.id = reader.text();
  image.split = reader.u32();
  image.width = reader.u32();
  image.height = reader.u32();
  image.regions = reader.u32();
  UNIMO_TRY(check_parsed(reader, shard, record));
  return image;
}

std::vector<std::byte> encode_record(const PackedCaption& caption) {
  RecordWriter writer;
  writer.u32(caption.image);
  writer.u32(caption.split);
  writer.text(caption.id);
  writer.text(caption.text);
  writer.counted<TokenId>(caption.ids);
  for (const auto* numbers :
       {&caption.unit_starts, &caption.negatives, &caption.positives, &caption.phrase_negatives,
        &caption.word_negatives, &caption.related_images, &caption.related_texts})
    writer.counted<std::uint32_t>(*numbers);
  return taken(writer);
}

std::vector<std::byte> encode_record(const PackedText& text) {
  RecordWriter writer;
  writer.u32(text.split);
  writer.counted<TokenId>(text.ids);
  writer.counted<std::uint32_t>(text.unit_starts);
  return taken(writer);
}

std::vector<std::byte> encode_sentence(std::span<const TokenId> ids) {
  RecordWriter writer;
  writer.counted<TokenId>(ids);
  return taken(writer);
}

std::vector<std::byte> encode_record(const PackedImage& image) {
  RecordWriter writer;
  writer.text(image.id);
  writer.u32(image.split);
  writer.u32(image.width);
  writer.u32(image.height);
  writer.u32(image.regions);
  return taken(writer);
}

}  // namespace unimo::trainer
