#include "tests/support/tiny_pack.h"

#include <array>
#include <string>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "trainer/data/pack.h"
#include "trainer/data/random.h"
#include "trainer/text/sentencepiece_vocabulary.h"

namespace unimo::testing {
namespace {

using trainer::Random;

constexpr std::array kColours = {"red", "blue", "green", "white", "black", "yellow"};
constexpr std::array kThings = {"dog", "car", "tree", "ball", "house", "horse", "boat", "child"};
constexpr int kRegions = 5;

// Two things of two colours.
struct Scene {
  std::array<std::size_t, 2> colour{}, thing{};
};

Scene draw_scene(std::uint64_t seed, std::uint64_t number) {
  Random random({.seed = seed, .stream = trainer::stream_of("scene"), .sample = number});
  Scene scene;
  for (std::size_t i = 0; i < 2; ++i) {
    scene.colour[i] = static_cast<std::size_t>(random.below(kColours.size()));
    scene.thing[i] = static_cast<std::size_t>(random.below(kThings.size()));
  }
  return scene;
}

std::string caption_of(const Scene& scene, int number) {
  const std::size_t a = static_cast<std::size_t>(number % 2), b = 1 - a;
  const auto noun = [&](std::size_t i) {
    return fmt::format("{} {}", kColours[scene.colour[i]], kThings[scene.thing[i]]);
  };
  switch (number % 3) {
    case 0: return fmt::format("a {} and a {}", noun(a), noun(b));
    case 1: return fmt::format("there is a {} near a {}", noun(a), noun(b));
    default: return fmt::format("the {} stands by the {}", noun(a), noun(b));
  }
}

// A fixed direction for each colour and thing.
void add_direction(std::string_view word, float weight, std::span<float> feature) {
  Random random({.seed = 99, .stream = trainer::stream_of(word)});
  for (float& value : feature) value += weight * static_cast<float>(random.normal());
}

trainer::RegionRecord regions_of(const Scene& scene, std::uint64_t seed, std::uint64_t number,
                                 std::uint32_t view) {
  trainer::RegionRecord record{.id = fmt::format("image{}", number),
                               .view = view,
                               .width = 100,
                               .height = 100,
                               .count = kRegions,
                               .feature_size = kTinyFeature,
                               .top_k = 2};
  Random random(
      {.seed = seed, .stream = trainer::stream_of("regions"), .sample = number, .epoch = view});
  record.features.resize(std::size_t{kRegions} * kTinyFeature);
  for (std::size_t region = 0; region < kRegions; ++region) {
    const auto feature = std::span(record.features).subspan(region * kTinyFeature, kTinyFeature);
    const auto own = feature.first(kTinyFeature - kTinySemantic),
               semantic = feature.last(kTinySemantic);
    const std::size_t first = region == 0 ? 0 : region % 2, last = region == 0 ? 1 : region % 2;
    for (std::size_t i = first; i <= last; ++i) {
      for (const auto part : {own, semantic}) {
        add_direction(kColours[scene.colour[i]], 0.5f, part);
        add_direction(kThings[scene.thing[i]], 0.5f, part);
      }
    }
    for (float& value : feature) value += 0.1f * static_cast<float>(random.normal());
    const float x = region == 0 ? 0.0f : 0.1f * static_cast<float>(region),
                width = region == 0 ? 1.0f : 0.4f;
    const float left = view == 0 ? x : 1 - x - width;
    record.boxes.insert(record.boxes.end(), {left, 0.0f, left + width, region == 0 ? 1.0f : 0.5f});
    for (const std::size_t i : {last, 1 - last})
      record.classes.push_back(static_cast<std::uint16_t>(scene.thing[i]));
    record.probabilities.insert(record.probabilities.end(), {0.75f, 0.25f});
  }
  return record;
}

void without_regions(trainer::RegionRecord& record) {
  record.count = 0;
  record.features.clear();
  record.boxes.clear();
  record.classes.clear();
  record.probabilities.clear();
}

Result<trainer::ShardWriter> shard(const std::filesystem::path& folder, const std::string& schema) {
  return trainer::ShardWriter::create(folder / (schema + ".shard"), {{"schema", schema}});
}

Status write_images(const std::filesystem::path& folder, const TinyPack& options, int images) {
  auto writer = UNIMO_TRY(shard(folder, "images"));
  auto regions = UNIMO_TRY(shard(folder, "regions"));
  for (int view = 0; view < options.views; ++view) {
    for (int i = 0; i < images; ++i) {
      const auto number = static_cast<std::uint64_t>(i);
      auto record = regions_of(draw_scene(options.seed, number), options.seed, number,
                               static_cast<std::uint32_t>(view));
      if (i < options.bare_images) without_regions(record);
      record.split = i < options.train_images ? "train" : "val";
      const auto bytes = UNIMO_TRY(trainer::encode_regions(record));
      UNIMO_TRY(regions.add(bytes));
      if (view > 0) continue;
      UNIMO_TRY(writer.add(
          trainer::encode_record(trainer::PackedImage{.id = record.id,
                                                      .split = i < options.train_images ? 0u : 1u,
                                                      .width = 100,
                                                      .height = 100,
                                                      .regions = record.count})));
    }
  }
  UNIMO_TRY(regions.finish());
  return writer.finish();
}

// Numbers of what write_sentences writes; captions of val have none.
void add_contrasts(std::uint32_t own, int image, const TinyPack& options,
                   trainer::PackedCaption& caption) {
  if (image >= options.train_images) return;
  constexpr std::uint32_t kSentences = 7;
  const std::uint32_t first = own * kSentences;
  caption.positives = {first, first + 1};
  caption.phrase_negatives = {first + 2, first + 3};
  caption.word_negatives = {first + 4, first + 5};
  caption.related_texts = {first + 6};
  const auto images = static_cast<std::uint32_t>(options.train_images);
  for (std::uint32_t n = 1; n <= 3; ++n)
    caption.related_images.push_back((static_cast<std::uint32_t>(image) + n) % images);
}

Status write_captions(const std::filesystem::path& folder, const TinyPack& options, int images,
                      const trainer::Tokenizer& tokenizer) {
  auto writer = UNIMO_TRY(shard(folder, "captions"));
  const auto all = static_cast<std::uint32_t>(options.train_images * options.captions_per_image);
  for (int i = 0; i < images; ++i) {
    for (int k = 0; k < options.captions_per_image; ++k) {
      const std::string text =
          caption_of(draw_scene(options.seed, static_cast<std::uint64_t>(i)), i + k);
      trainer::PackedCaption caption{.image = static_cast<std::uint32_t>(i),
                                     .split = i < options.train_images ? 0u : 1u,
                                     .id = fmt::format("image{}#{}", i, k),
                                     .text = text,
                                     .ids = tokenizer.encode(text)};
      const auto own = static_cast<std::uint32_t>(i * options.captions_per_image + k);
      for (std::uint32_t n = 1; n <= 4; ++n) {
        caption.negatives.push_back(
            (own + n * static_cast<std::uint32_t>(options.captions_per_image)) % all);
      }
      add_contrasts(own, i, options, caption);
      UNIMO_TRY(writer.add(trainer::encode_record(caption)));
    }
  }
  return writer.finish();
}

// For each caption two sentences that mean the same, two with another colour, two with another
// thing and one of another scene.
Status write_sentences(const std::filesystem::path& folder, const TinyPack& options,
                       const trainer::Tokenizer& tokenizer) {
  auto writer = UNIMO_TRY(shard(folder, "sentences"));
  const auto add = [&](const Scene& scene, int number) {
    return writer.add(trainer::encode_sentence(tokenizer.encode(caption_of(scene, number))));
  };
  for (int i = 0; i < options.train_images; ++i) {
    const Scene scene = draw_scene(options.seed, static_cast<std::uint64_t>(i));
    for (int k = 0; k < options.captions_per_image; ++k) {
      for (int n = 1; n <= 2; ++n) UNIMO_TRY(add(scene, i + k + n));
      for (std::size_t n = 0; n < 2; ++n) {
        Scene other = scene;
        other.colour[n] = (other.colour[n] + 1) % kColours.size();
        UNIMO_TRY(add(other, i + k));
      }
      for (std::size_t n = 0; n < 2; ++n) {
        Scene other = scene;
        other.thing[n] = (other.thing[n] + 1) % kThings.size();
        UNIMO_TRY(add(other, i + k));
      }
      UNIMO_TRY(add(draw_scene(options.seed + 3, static_cast<std::uint64_t>(i)), i));
    }
  }
  return writer.finish();
}

Status write_texts(const std::filesystem::path& folder, const TinyPack& options,
                   const trainer::Tokenizer& tokenizer) {
  auto writer = UNIMO_TRY(shard(folder, "texts"));
  for (int i = 0; i < options.texts; ++i) {
    const std::string text =
        caption_of(draw_scene(options.seed + 1, static_cast<std::uint64_t>(i)), i) + " and then " +
        caption_of(draw_scene(options.seed + 2, static_cast<std::uint64_t>(i)), i + 1);
    UNIMO_TRY(writer.add(
        trainer::encode_record(trainer::PackedText{.split = 0, .ids = tokenizer.encode(text)})));
  }
  return writer.finish();
}

}  // namespace

Status write_tiny_pack(const std::filesystem::path& folder, const TinyPack& options) {
  const int images = options.train_images + options.val_images;
  std::vector<std::string> captions;
  for (int i = 0; i < 3000; ++i)
    captions.push_back(caption_of(draw_scene(77, static_cast<std::uint64_t>(i)), i));
  const auto tokenizer =
      UNIMO_TRY(trainer::SentencePieceVocabulary::train(captions, {.vocabulary_size = 80}));
  UNIMO_TRY(make_directories(folder / "tokenizer"));
  UNIMO_TRY(tokenizer->save(folder / "tokenizer"));
  UNIMO_TRY(write_images(folder, options, images));
  UNIMO_TRY(write_captions(folder, options, images, *tokenizer));
  UNIMO_TRY(write_texts(folder, options, *tokenizer));
  UNIMO_TRY(write_sentences(folder, options, *tokenizer));
  const trainer::PackInfo info{.tokenizer = tokenizer->describe(),
                               .feature_size = kTinyFeature,
                               .classes = {kThings.begin(), kThings.end()},
                               .extractor = "tiny",
                               .views = static_cast<std::uint32_t>(options.views),
                               .splits = {"train", "val"},
                               .counts = Json::object()};
  return write_json(folder / "pack.json", trainer::to_json(info));
}

}  // namespace unimo::testing
