// The pack: everything training reads, complete in itself. Grammar: docs/formats.md, "Pack".
//
//   const auto pack = UNIMO_TRY(PackReader::open(folder));
//   for (const std::uint32_t image : pack.images_of_split("train")) {
//     const RegionView regions = UNIMO_TRY(pack.regions(image, 0));
//     for (const std::uint32_t i : pack.captions_of_image(image)) {
//       const PackedCaption caption = UNIMO_TRY(pack.caption(i));  …
//
// Images, captions, texts and sentences are numbered from 0. Opening reads captions, texts and
// sentences once (for the lengths and lists below) and no features; afterwards every call is O(1)
// and calls may overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "trainer/data/regions.h"
#include "trainer/data/shard.h"
#include "trainer/text/tokenizer.h"

namespace unimo::trainer {

// Ids are without [CLS] and [SEP].
struct PackedCaption {
  std::uint32_t image = 0;
  std::uint32_t split = 0;  // index into PackInfo::splits
  std::string id;
  std::string text;  // whole, also where `ids` were cut
  std::vector<TokenId> ids;
  // Tokens at which a phrase, a named entity or a word begins, ascending from 0: what masking
  // treats as one. Empty: the words of the tokenizer.
  std::vector<std::uint32_t> unit_starts;

  // What cross-modal contrast sets beside the caption; each list may be short or empty.
  std::vector<std::uint32_t> negatives;  // captions of other images that read alike, most first
  std::vector<std::uint32_t> positives;  // sentences that mean the same: back-translations
  std::vector<std::uint32_t> phrase_negatives;  // sentences with a phrase replaced
  std::vector<std::uint32_t> word_negatives;    // sentences with a word replaced
  std::vector<std::uint32_t> related_images;    // images that show much the same
  std::vector<std::uint32_t> related_texts;     // sentences close in meaning
};

struct PackedText {
  std::uint32_t split = 0;
  std::vector<TokenId> ids;
  std::vector<std::uint32_t> unit_starts;  // as of captions
};

struct PackedImage {
  std::string id;
  std::uint32_t split = 0;
  std::uint32_t width = 0, height = 0;  // pixels
  std::uint32_t regions = 0;            // in view 0
};

// `pack.json`.
struct PackInfo {
  Json tokenizer;  // Tokenizer::describe
  std::uint32_t feature_size = 0;
  std::vector<std::string> classes;  // what the regions' class numbers mean
  std::string extractor;
  std::uint32_t views = 0;  // 0: no images
  std::vector<std::string> splits;
  Json counts;  // by kind and split
};
Json to_json(const PackInfo& info);

// Records of the shards; for the writer of a pack.
std::vector<std::byte> encode_record(const PackedCaption& caption);
std::vector<std::byte> encode_record(const PackedText& text);
std::vector<std::byte> encode_record(const PackedImage& image);
std::vector<std::byte> encode_sentence(std::span<const TokenId> ids);

class PackReader {
 public:
  // An Error names the file that is missing, damaged or does not belong to the others.
  // `access`: of its shards; with kRead a RegionView lives until the thread's next call.
  static Result<PackReader> open(const std::filesystem::path& folder,
                                 ShardAccess access = ShardAccess::kMap);
  PackReader(PackReader&&) noexcept;
  PackReader& operator=(PackReader&&) noexcept;
  PackReader(const PackReader&) = delete;
  PackReader& operator=(const PackReader&) = delete;
  ~PackReader();

  const PackInfo& info() const;
  const Tokenizer& tokenizer() const;

  std::size_t images() const;
  std::size_t captions() const;
  std::size_t texts() const;
  std::size_t sentences() const;  // rewritten captions and sentences that captions refer to

  const PackedImage& image(std::size_t i) const;
  // View 0: the picture, view 1: mirrored (where info().views is 2). Lives as long as the pack, or
  // as `access` says. Nothing is allocated unless it fails.
  Result<RegionView> regions(std::size_t image, std::uint32_t view) const;
  Result<PackedCaption> caption(std::size_t i) const;
  Result<PackedText> text(std::size_t i) const;
  Result<std::vector<TokenId>> sentence(std::size_t i) const;

  // Known without reading a record.
  std::uint32_t image_of_caption(std::size_t caption) const;
  std::uint32_t caption_length(std::size_t caption) const;  // ids
  std::uint32_t text_length(std::size_t text) const;        // ids
  std::uint32_t longest_sentence() const;                   // ids

  // Ascending. Empty for a split that the pack does not have.
  std::span<const std::uint32_t> images_of_split(std::string_view split) const;
  std::span<const std::uint32_t> captions_of_split(std::string_view split) const;
  std::span<const std::uint32_t> texts_of_split(std::string_view split) const;
  std::span<const std::uint32_t> captions_of_image(std::size_t image) const;
  std::optional<std::uint32_t> find_image(std::string_view id) const;

 private:
  struct Content;
  explicit PackReader(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
};

}  // namespace unimo::trainer
