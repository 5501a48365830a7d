#include "trainer/decode/captioner.h"

#include "trainer/decode/generator.h"
#include "trainer/objectives/samples.h"
#include "trainer/objectives/sequence.h"

namespace unimo::trainer {
namespace {

// Each image, with the names of its objects where the model was trained with them.
Result<PackedBatch> sources_of(const PackReader& pack, std::span<const std::uint32_t> images,
                               int feature_size, const ObjectTagsConfig& config) {
  BatchBuilder builder(feature_size);
  const SpecialTokens special = special_tokens(pack.tokenizer());
  for (const std::uint32_t image : images) {
    const RegionRecord regions = UNIMO_TRY(pack.regions(image, 0)).decode();
    const Rows rows = builder.add_image(regions, {});
    const auto tags = UNIMO_TRY(object_tags(pack, regions, config));
    if (!tags.empty()) builder.add_text(tags, special);
    builder.join(rows.begin);
  }
  return builder.take();
}

}  // namespace

Result<std::vector<GeneratedCaption>> generate_captions(Unimo& model, const PackReader& pack,
                                                        std::span<const std::uint32_t> images,
                                                        const CaptionerOptions& options) {
  std::vector<std::int64_t> lengths;
  for (const std::uint32_t image : images) {
    if (pack.image(image).regions == 0) {
      return fail(ErrorCode::kInvalid,
                  "image {} has no regions, so that there is nothing to describe; leave it out of "
                  "the pack",
                  pack.image(image).id);
    }
    // Tags take [CLS] and [SEP] besides their tokens; some have fewer.
    const std::int64_t tags = options.tags.max_tokens > 0 ? options.tags.max_tokens + 2 : 0;
    lengths.push_back(std::int64_t{pack.image(image).regions} + 1 + tags);
  }
  const auto make = [&](std::span<const std::uint32_t> numbers) {
    std::vector<std::uint32_t> some;
    for (const std::uint32_t number : numbers) some.push_back(images[number]);
    return sources_of(pack, some, model.config().feature_size, options.tags);
  };
  const GeneratorOptions generator{.rules = caption_rules(options.beam, pack.tokenizer()),
                                   .batch = options.batch,
                                   .stop = options.stop,
                                   .progress = options.progress};
  const auto found = UNIMO_TRY(generate(model, generator, lengths, make));
  std::vector<GeneratedCaption> captions;
  for (std::size_t i = 0; i < found.size(); ++i) {
    captions.push_back({.image = images[i],
                        .text = text_of(found[i], generator.rules.end, pack.tokenizer()),
                        .score = found[i].score});
  }
  return captions;
}

}  // namespace unimo::trainer
