#include "trainer/decode/captioner.h"

#include "trainer/decode/generator.h"
#include "trainer/objectives/sequence.h"

namespace unimo::trainer {
namespace {

Result<PackedBatch> sources_of(const PackReader& pack, std::span<const std::uint32_t> images,
                               int feature_size) {
  BatchBuilder builder(feature_size);
  for (const std::uint32_t image : images) {
    const RegionRecord regions = UNIMO_TRY(pack.regions(image, 0)).decode();
    builder.join(builder.add_image(regions, {}).begin);
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
    lengths.push_back(std::int64_t{pack.image(image).regions} + 1);
  }
  const auto make = [&](std::span<const std::uint32_t> numbers) {
    std::vector<std::uint32_t> some;
    for (const std::uint32_t number : numbers) some.push_back(images[number]);
    return sources_of(pack, some, model.config().feature_size);
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
