#include "trainer/data/pack.h"

#include <algorithm>
#include <unordered_map>

#include "trainer/data/pack_records.h"

namespace unimo::trainer {

namespace fs = std::filesystem;

namespace {

// 2: what captions are contrasted with (sentences.shard), beginnings of units.
constexpr int kVersion = 2;

Result<PackInfo> read_info(const fs::path& path) {
  const Json document = UNIMO_TRY(read_json(path));
  if (!document.is_object() || document.value("format", Json()) != "unimo.pack" ||
      document.value("version", Json()) != kVersion) {
    return fail(ErrorCode::kInvalid,
                "{}: not a unimo.pack document of version {}; make the pack anew with this program",
                path.string(), kVersion);
  }
  try {
    document.at("tokenizer").at("digest").get<std::string>();  // refuses what is not an object
    return PackInfo{.tokenizer = document.at("tokenizer"),
                    .feature_size = document.at("feature_size").get<std::uint32_t>(),
                    .classes = document.at("classes").get<std::vector<std::string>>(),
                    .extractor = document.at("extractor").get<std::string>(),
                    .views = document.at("views").get<std::uint32_t>(),
                    .splits = document.at("splits").get<std::vector<std::string>>(),
                    .counts = document.at("counts")};
  } catch (const Json::exception& error) {
    return fail(ErrorCode::kInvalid, "{}: {}", path.string(), error.what());
  }
}

// Lists of numbers, one after the other in one block.
class Lists {
 public:
  // `key_of(i)` is the list that i belongs to, for i in [0, count).
  template <class KeyOf>
  Lists(std::size_t lists, std::size_t count, KeyOf key_of) : begins_(lists + 1), members_(count) {
    for (std::size_t i = 0; i < count; ++i) ++begins_[key_of(i) + 1];
    for (std::size_t list = 0; list < lists; ++list) begins_[list + 1] += begins_[list];
    std::vector<std::size_t> next(begins_.begin(), begins_.end() - 1);
    for (std::size_t i = 0; i < count; ++i)
      members_[next[key_of(i)]++] = static_cast<std::uint32_t>(i);
  }
  Lists() = default;
  std::span<const std::uint32_t> of(std::size_t list) const {
    return std::span(members_).subspan(begins_[list], begins_[list + 1] - begins_[list]);
  }

 private:
  std::vector<std::size_t> begins_;
  std::vector<std::uint32_t> members_;
};

}  // namespace

Json to_json(const PackInfo& info) {
  return {{"format", "unimo.pack"},      {"version", kVersion},
          {"tokenizer", info.tokenizer}, {"feature_size", info.feature_size},
          {"classes", info.classes},     {"extractor", info.extractor},
          {"views", info.views},         {"splits", info.splits},
          {"counts", info.counts}};
}

struct PackReader::Content {
  struct Caption {
    std::uint32_t image = 0, split = 0, length = 0;
  };
  struct Text {
    std::uint32_t split = 0, length = 0;
  };

  PackInfo info;
  std::unique_ptr<Tokenizer> tokenizer;
  std::optional<ShardReader> regions_shard, images_shard, captions_shard, texts_shard,
      sentences_shard;
  std::vector<PackedImage> images;
  std::vector<Caption> captions;
  std::vector<Text> texts;
  std::uint32_t longest_sentence = 0;
  std::unordered_map<std::string_view, std::uint32_t> image_of_id;  // looked up only
  Lists images_of_split, captions_of_split, texts_of_split, captions_of_image;

  Status read_images();
  Status read_captions();
  Status read_texts();
  Status read_sentences();
  Status check_caption(const PackedCaption& caption, std::size_t record) const;
  Status check_ids(std::span<const TokenId> ids, const ShardReader& shard,
                   std::size_t record) const;
  Status check_units(std::span<const std::uint32_t> starts, std::size_t size,
                     const ShardReader& shard, std::size_t record) const;
  Status check_split(std::uint32_t split, const ShardReader& shard, std::size_t record) const;
  std::span<const std::uint32_t> of_split(const Lists& lists, std::string_view split) const;
};

Status PackReader::Content::check_split(std::uint32_t split, const ShardReader& shard,
                                        std::size_t record) const {
  if (split < info.splits.size()) return ok();
  return fail(ErrorCode::kIntegrity, "{} is of split {}, but pack.json has {} splits",
              place(shard, record), split, info.splits.size());
}

Status PackReader::Content::check_ids(std::span<const TokenId> ids, const ShardReader& shard,
                                      std::size_t record) const {
  const auto size = static_cast<TokenId>(tokenizer->vocabulary_size());
  const auto bad = std::ranges::find_if(ids, [size](TokenId id) { return id < 0 || id >= size; });
  if (bad == ids.end()) return ok();
  return fail(ErrorCode::kIntegrity, "{} has the id {}, but the vocabulary {} ids",
              place(shard, record), *bad, size);
}

Status PackReader::Content::check_units(std::span<const std::uint32_t> starts, std::size_t size,
                                        const ShardReader& shard, std::size_t record) const {
  std::uint32_t next = 0;
  for (const std::uint32_t start : starts) {
    if (start < next || start >= size || (next == 0 && start != 0)) {
      return fail(ErrorCode::kIntegrity,
                  "{} has a unit that begins at token {} of {}; units begin at 0 and ascend",
                  place(shard, record), start, size);
    }
    next = start + 1;
  }
  return ok();
}

Status PackReader::Content::read_images() {
  images.reserve(images_shard->count());
  for (std::size_t i = 0; i < images_shard->count(); ++i) {
    images.push_back(UNIMO_TRY(parse_image(*images_shard, i)));
    UNIMO_TRY(check_split(images.back().split, *images_shard, i));
  }
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (!image_of_id.emplace(images[i].id, static_cast<std::uint32_t>(i)).second) {
      return fail(ErrorCode::kIntegrity, "{}: image {} is there twice",
                  images_shard->path().string(), images[i].id);
    }
  }
  const std::size_t wanted = images.size() * info.views;
  if (regions_shard->count() != wanted) {
    return fail(ErrorCode::kIntegrity, "{}: {} records where {} images in {} views need {}",
                regions_shard->path().string(), regions_shard->count(), images.size(), info.views,
                wanted);
  }
  images_of_split =
      Lists(info.splits.size(), images.size(), [this](std::size_t i) { return images[i].split; });
  return ok();
}

// Numbers that point nowhere are found here, before an epoch of training.
Status PackReader::Content::check_caption(const PackedCaption& caption, std::size_t record) const {
  UNIMO_TRY(check_split(caption.split, *captions_shard, record));
  UNIMO_TRY(check_ids(caption.ids, *captions_shard, record));
  UNIMO_TRY(check_units(caption.unit_starts, caption.ids.size(), *captions_shard, record));
  if (caption.image >= images.size()) {
    return fail(ErrorCode::kIntegrity, "{} belongs to image {} of {}",
                place(*captions_shard, record), caption.image, images.size());
  }
  struct List {
    const char* what;
    const std::vector<std::uint32_t>* numbers;
    std::size_t size;  // of what they count
  };
  const List lists[] = {{"caption", &caption.negatives, captions_shard->count()},
                        {"sentence", &caption.positives, sentences_shard->count()},
                        {"sentence", &caption.phrase_negatives, sentences_shard->count()},
                        {"sentence", &caption.word_negatives, sentences_shard->count()},
                        {"image", &caption.related_images, images.size()},
                        {"sentence", &caption.related_texts, sentences_shard->count()}};
  for (const List& list : lists) {
    for (const std::uint32_t number : *list.numbers) {
      if (number < list.size) continue;
      return fail(ErrorCode::kIntegrity, "{} names {} {} of {}", place(*captions_shard, record),
                  list.what, number, list.size);
    }
  }
  return ok();
}

Status PackReader::Content::read_captions() {
  captions.reserve(captions_shard->count());
  for (std::size_t i = 0; i < captions_shard->count(); ++i) {
    const PackedCaption caption = UNIMO_TRY(parse_caption(*captions_shard, i));
    UNIMO_TRY(check_caption(caption, i));
    captions.push_back(
        {caption.image, caption.split, static_cast<std::uint32_t>(caption.ids.size())});
  }
  captions_of_split = Lists(info.splits.size(), captions.size(),
                            [this](std::size_t i) { return captions[i].split; });
  captions_of_image =
      Lists(images.size(), captions.size(), [this](std::size_t i) { return captions[i].image; });
  return ok();
}

Status PackReader::Content::read_texts() {
  texts.reserve(texts_shard->count());
  for (std::size_t i = 0; i < texts_shard->count(); ++i) {
    const PackedText text = UNIMO_TRY(parse_text(*texts_shard, i));
    UNIMO_TRY(check_split(text.split, *texts_shard, i));
    UNIMO_TRY(check_ids(text.ids, *texts_shard, i));
    UNIMO_TRY(check_units(text.unit_starts, text.ids.size(), *texts_shard, i));
    texts.push_back({text.split, static_cast<std::uint32_t>(text.ids.size())});
  }
  texts_of_split =
      Lists(info.splits.size(), texts.size(), [this](std::size_t i) { return texts[i].split; });
  return ok();
}

Status PackReader::Content::read_sentences() {
  for (std::size_t i = 0; i < sentences_shard->count(); ++i) {
    const auto ids = UNIMO_TRY(parse_sentence(*sentences_shard, i));
    UNIMO_TRY(check_ids(ids, *sentences_shard, i));
    longest_sentence = std::max(longest_sentence, static_cast<std::uint32_t>(ids.size()));
  }
  return ok();
}

std::span<const std::uint32_t> PackReader::Content::of_split(const Lists& lists,
                                                             std::string_view split) const {
  const auto found = std::ranges::find(info.splits, split);
  if (found == info.splits.end()) return {};
  return lists.of(static_cast<std::size_t>(found - info.splits.begin()));
}

PackReader::PackReader(std::unique_ptr<Content> content) : content_(std::move(content)) {}
PackReader::PackReader(PackReader&&) noexcept = default;
PackReader& PackReader::operator=(PackReader&&) noexcept = default;
PackReader::~PackReader() = default;

Result<PackReader> PackReader::open(const fs::path& folder, ShardAccess access) {
  auto content = std::make_unique<Content>();
  content->info = UNIMO_TRY(read_info(folder / "pack.json"));
  content->tokenizer = UNIMO_TRY(load_tokenizer(folder / "tokenizer"));
  if (content->info.tokenizer.value("digest", std::string()) != content->tokenizer->digest()) {
    return fail(
        ErrorCode::kIntegrity,
        "{}: made with another tokenizer than {} holds; restore that folder or make the pack anew",
        (folder / "pack.json").string(), (folder / "tokenizer").string());
  }
  content->images_shard = UNIMO_TRY(ShardReader::open(folder / "images.shard", "images", access));
  content->regions_shard =
      UNIMO_TRY(ShardReader::open(folder / "regions.shard", "regions", access));
  content->captions_shard =
      UNIMO_TRY(ShardReader::open(folder / "captions.shard", "captions", access));
  content->texts_shard = UNIMO_TRY(ShardReader::open(folder / "texts.shard", "texts", access));
  content->sentences_shard =
      UNIMO_TRY(ShardReader::open(folder / "sentences.shard", "sentences", access));
  UNIMO_TRY(content->read_images());
  UNIMO_TRY(content->read_sentences());
  UNIMO_TRY(content->read_captions());
  UNIMO_TRY(content->read_texts());
  return PackReader(std::move(content));
}

const PackInfo& PackReader::info() const { return content_->info; }
const Tokenizer& PackReader::tokenizer() const { return *content_->tokenizer; }
std::size_t PackReader::images() const { return content_->images.size(); }
std::size_t PackReader::captions() const { return content_->captions.size(); }
std::size_t PackReader::texts() const { return content_->texts.size(); }
std::size_t PackReader::sentences() const { return content_->sentences_shard->count(); }
std::uint32_t PackReader::longest_sentence() const { return content_->longest_sentence; }

const PackedImage& PackReader::image(std::size_t i) const {
  UNIMO_CHECK(i < images(), "image {} of {}", i, images());
  return content_->images[i];
}

Result<RegionView> PackReader::regions(std::size_t image, std::uint32_t view) const {
  UNIMO_CHECK(image < images() && view < info().views, "view {} of {} of image {} of {}", view,
              info().views, image, images());
  const ShardReader& shard = *content_->regions_shard;
  const std::size_t record = view * images() + image;
  const auto bytes = UNIMO_TRY(shard.record(record));
  auto parsed = RegionView::parse(bytes, {});
  // Only a failure needs the name of the place, which costs an allocation.
  if (!parsed) return RegionView::parse(bytes, place(shard, record));
  const RegionView& regions = *parsed;
  if (regions.id() != content_->images[image].id || regions.feature_size() != info().feature_size) {
    return fail(ErrorCode::kIntegrity,
                "{} is image {} with {} features, but image {} with {} should stand here",
                place(shard, record), regions.id(), regions.feature_size(),
                content_->images[image].id, info().feature_size);
  }
  return parsed;
}

Result<PackedCaption> PackReader::caption(std::size_t i) const {
  return parse_caption(*content_->captions_shard, i);
}

Result<PackedText> PackReader::text(std::size_t i) const {
  return parse_text(*content_->texts_shard, i);
}

Result<std::vector<TokenId>> PackReader::sentence(std::size_t i) const {
  return parse_sentence(*content_->sentences_shard, i);
}

std::uint32_t PackReader::image_of_caption(std::size_t caption) const {
  UNIMO_CHECK(caption < captions(), "caption {} of {}", caption, captions());
  return content_->captions[caption].image;
}

std::uint32_t PackReader::caption_length(std::size_t caption) const {
  UNIMO_CHECK(caption < captions(), "caption {} of {}", caption, captions());
  return content_->captions[caption].length;
}

std::uint32_t PackReader::text_length(std::size_t text) const {
  UNIMO_CHECK(text < texts(), "text {} of {}", text, texts());
  return content_->texts[text].length;
}

std::span<const std::uint32_t> PackReader::images_of_split(std::string_view split) const {
  return content_->of_split(content_->images_of_split, split);
}

std::span<const std::uint32_t> PackReader::captions_of_split(std::string_view split) const {
  return content_->of_split(content_->captions_of_split, split);
}

std::span<const std::uint32_t> PackReader::texts_of_split(std::string_view split) const {
  return content_->of_split(content_->texts_of_split, split);
}

std::span<const std::uint32_t> PackReader::captions_of_image(std::size_t image) const {
  UNIMO_CHECK(image < images(), "image {} of {}", image, images());
  return content_->captions_of_image.of(image);
}

std::optional<std::uint32_t> PackReader::find_image(std::string_view id) const {
  const auto found = content_->image_of_id.find(id);
  if (found == content_->image_of_id.end()) return std::nullopt;
  return found->second;
}

}  // namespace unimo::trainer
