#include "trainer/objectives/samples.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace unimo::trainer {
namespace {

std::uint64_t stream_number(std::string_view stream, std::string_view purpose) {
  return mix64(stream_of(stream)) ^ stream_of(purpose);
}

Samples::Visit visit_of(const SampleOrder::Visit& visit, std::span<const std::uint32_t> numbers) {
  return {numbers[static_cast<std::size_t>(visit.sample)], static_cast<std::uint32_t>(visit.epoch)};
}

}  // namespace

SpecialTokens special_tokens(const Tokenizer& tokenizer) {
  return {.cls = kClsId, .sep = kSepId, .mask = tokenizer.mask_id()};
}

Result<Samples> Samples::open(const PackReader& pack, const SamplesOptions& options) {
  Samples samples;
  samples.pack_ = &pack;
  samples.options_ = options;
  samples.special_ = special_tokens(pack.tokenizer());
  samples.vocabulary_ = {.mask = pack.tokenizer().mask_id(),
                         .first_piece = kFirstPieceId,
                         .size = static_cast<std::int32_t>(pack.tokenizer().vocabulary_size())};
  for (const std::string& split : options.splits) {
    for (const std::uint32_t image : pack.images_of_split(split)) {
      if (pack.image(image).regions == 0) {
        samples.bare_images_.push_back(image);
        continue;
      }
      samples.pictures_.push_back(image);
      if (!pack.captions_of_image(image).empty()) samples.images_.push_back(image);
    }
    for (const std::uint32_t text : pack.texts_of_split(split)) {
      samples.texts_.push_back(text);
      samples.longest_ = std::max(samples.longest_, pack.text_length(text) + 2);
    }
  }
  // Splits come in any order; `other_image` looks images up.
  std::sort(samples.images_.begin(), samples.images_.end());
  for (const std::uint32_t image : samples.images_) {
    for (const std::uint32_t caption : pack.captions_of_image(image)) {
      samples.longest_ = std::max(samples.longest_, pack.caption_length(caption) + 2);
    }
  }
  if (!samples.images_.empty())
    samples.longest_ = std::max(samples.longest_, pack.longest_sentence() + 2);
  if (samples.pictures_.empty() && samples.texts_.empty()) {
    return fail(ErrorCode::kInvalid,
                "the pack has no texts and no images with regions in the splits {}; "
                "it knows the splits "
                "{}",
                fmt::join(options.splits, ", "), fmt::join(pack.info().splits, ", "));
  }
  return samples;
}

int Samples::feature_size() const { return static_cast<int>(pack_->info().feature_size); }

Samples::Visit Samples::visit(std::string_view stream, std::span<const std::uint32_t> numbers,
                              std::uint64_t n) const {
  UNIMO_CHECK(!numbers.empty(), "{} asks for samples of a pack that has none of their kind",
              stream);
  const SampleOrder order(
      {.seed = options_.seed, .stream = stream_number(stream, "order"), .size = numbers.size()});
  return visit_of(order.visit(n), numbers);
}

Samples::Visit Samples::image_visit(std::string_view stream, std::uint64_t n) const {
  return visit(stream, images_, n);
}
Samples::Visit Samples::picture_visit(std::string_view stream, std::uint64_t n) const {
  return visit(stream, pictures_, n);
}
Samples::Visit Samples::text_visit(std::string_view stream, std::uint64_t n) const {
  return visit(stream, texts_, n);
}

std::string Samples::image_names(std::string_view stream, std::uint64_t n,
                                 std::uint64_t count) const {
  std::string names;
  for (std::uint64_t i = 0; i < count; ++i) {
    names += i == 0 ? "" : ", ";
    names += pack_->image(image_visit(stream, n + i).sample).id;
  }
  return names;
}

Random Samples::random(std::string_view stream, std::string_view purpose,
                       const Visit& visit) const {
  return Random({.seed = options_.seed,
                 .stream = stream_number(stream, purpose),
                 .sample = visit.sample,
                 .epoch = visit.epoch});
}

Random Samples::batch_random(std::string_view stream, std::string_view purpose,
                             std::uint64_t n) const {
  return Random({.seed = options_.seed, .stream = stream_number(stream, purpose), .sample = n});
}

Result<ShownImage> Samples::show(std::string_view stream, const Visit& visit) const {
  Random draws = random(stream, "view", visit);
  const bool mirrored = options_.view.mirror && pack_->info().views > 1 && draws.uniform() < 0.5;
  ShownImage image;
  image.regions = UNIMO_TRY(pack_->regions(visit.sample, mirrored ? 1 : 0)).decode();
  const auto wanted = static_cast<std::uint32_t>(options_.view.regions);
  if (wanted == 0 || wanted >= image.regions.count) return image;
  for (const std::uint64_t region : draws.choose(image.regions.count, wanted)) {
    image.shown.push_back(static_cast<std::int32_t>(region));
  }
  std::sort(image.shown.begin(), image.shown.end());
  return image;
}

std::span<const std::uint32_t> Samples::captions_of(std::uint32_t image) const {
  return pack_->captions_of_image(image);
}

std::uint32_t Samples::draw_caption(std::string_view stream, const Visit& visit) const {
  Random draws = random(stream, "caption", visit);
  return caption_by(visit, draws);
}

std::uint32_t Samples::caption_by(const Visit& visit, Random& random) const {
  const auto captions = captions_of(visit.sample);
  return captions[static_cast<std::size_t>(random.below(captions.size()))];
}

Samples::Visit Samples::other_image(const Visit& visit, Random& random) const {
  UNIMO_CHECK(images_.size() > 1, "there is no other image");
  const auto own = std::lower_bound(images_.begin(), images_.end(), visit.sample) - images_.begin();
  auto place = static_cast<std::ptrdiff_t>(random.below(images_.size() - 1));
  if (place >= own) ++place;
  return {images_[static_cast<std::size_t>(place)], visit.epoch};
}

Result<PackedCaption> Samples::caption(std::uint32_t caption) const {
  return pack_->caption(caption);
}

Result<std::vector<std::int32_t>> Samples::caption_ids(std::uint32_t caption) const {
  return UNIMO_TRY(pack_->caption(caption)).ids;
}

Result<PackedText> Samples::text(std::uint32_t text) const { return pack_->text(text); }

Result<std::vector<std::int32_t>> Samples::sentence_ids(std::uint32_t sentence) const {
  return pack_->sentence(sentence);
}

UnitText Samples::units(std::span<const std::int32_t> ids,
                        std::span<const std::uint32_t> starts) const {
  UnitText text{.ids = ids, .starts = UnitStarts(ids.size(), false)};
  for (const std::uint32_t start : starts) text.starts[start] = true;
  if (!starts.empty()) return text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    text.starts[i] = i == 0 || pack_->tokenizer().is_word_start(ids[i]);
  }
  return text;
}

Result<std::vector<std::int32_t>> object_tags(const PackReader& pack, const RegionRecord& image,
                                              const ObjectTagsConfig& config) {
  std::vector<std::pair<float, std::size_t>> seen;  // minus the probability, region
  for (std::size_t i = 0; image.top_k > 0 && i < image.count; ++i) {
    const float probability = image.probabilities[i * image.top_k];
    if (static_cast<double>(probability) >= config.threshold) seen.emplace_back(-probability, i);
  }
  std::ranges::sort(seen);
  std::vector<std::int32_t> tokens;
  std::vector<std::uint16_t> named;
  for (const auto& [probability, region] : seen) {
    const std::uint16_t number = image.classes[region * image.top_k];
    if (std::ranges::find(named, number) != named.end()) continue;
    named.push_back(number);
    if (number >= pack.info().classes.size()) {
      return fail(ErrorCode::kIntegrity,
                  "image {}: region {} is of class {}, but the pack names {} classes; make the "
                  "regions and the pack anew",
                  image.id, region, number, pack.info().classes.size());
    }
    // A blank in front makes it the word that captions have inside a sentence.
    const auto ids = pack.tokenizer().encode(" " + pack.info().classes[number]);
    if (tokens.size() + ids.size() > static_cast<std::size_t>(config.max_tokens)) break;
    tokens.insert(tokens.end(), ids.begin(), ids.end());
  }
  return tokens;
}

void Samples::drop_words(std::vector<std::int32_t>& ids, Random& random) const {
  if (options_.view.word_dropout <= 0) return;
  bool dropped = false;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i == 0 || pack_->tokenizer().is_word_start(ids[i]))
      dropped = random.uniform() < options_.view.word_dropout;
    if (dropped) ids[i] = special_.mask;
  }
}

}  // namespace unimo::trainer
