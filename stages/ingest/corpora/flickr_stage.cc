#include <charconv>
#include <map>
#include <set>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/corpora/karpathy.h"
#include "stages/ingest/image_files.h"
#include "stages/ingest/text/text_check.h"
#include "stages/schema/ingest.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// Captions by picture, in the order in which the pictures first appear.
class FlickrCorpus {
 public:
  explicit FlickrCorpus(Quarantine& quarantine) : quarantine_(quarantine) {}

  // Lines "name.jpg#0<TAB>caption".
  Status read_tokens(const fs::path& path) {
    const auto lines = UNIMO_TRY(read_lines(path));
    if (!lines.empty() && lines[0].starts_with("\x1F\x8B")) {
      return fail(ErrorCode::kInvalid, "{}: is compressed with gzip; unpack it first",
                  path.string());
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (!lines[i].empty())
        read_line(lines[i], fmt::format("{}:{}", path.filename().string(), i + 1));
    }
    return ok();
  }

  void add(const std::string& name, PendingCaption caption) {
    if (!ids_.insert(caption.id).second) {
      quarantine_.saw(Item::kCaption);
      quarantine_.add(Item::kCaption, {caption.source, caption.id, "duplicate_caption",
                                       "this id stood before; the first counts"});
      return;
    }
    image(name, caption.source).captions.push_back(std::move(caption));
  }

  PendingImage& image(const std::string& name, const std::string& source) {
    const auto [place, fresh] = index_.emplace(name, images_.size());
    if (fresh) images_.push_back({.source = source, .id = fs::path(name).stem().string()});
    if (fresh) names_.push_back(name);
    return images_[place->second];
  }

  // Gives every picture its split and its file; those without a file go to the quarantine with
  // their captions.
  Result<std::vector<PendingImage>> resolve(const ImageFiles& files, const SplitTable& splits) {
    std::vector<PendingImage> pending;
    std::map<std::string, std::string> name_of_id;
    for (std::size_t i = 0; i < images_.size(); ++i) {
      PendingImage& one = images_[i];
      const auto [same, fresh] = name_of_id.emplace(one.id, names_[i]);
      if (!fresh) one.id = names_[i];  // a.jpg beside a.png
      one.split = splits.empty() ? "train" : splits.find(names_[i]);
      if (one.split.empty()) one.split = "unlabeled";
      const auto found = files.find(names_[i]);
      if (found.path.empty()) {
        refuse(one, names_[i], found);
        continue;
      }
      one.path = found.path;
      pending.push_back(std::move(one));
    }
    return pending;
  }

 private:
  void read_line(const std::string& line, const std::string& source) {
    const auto tab = line.find('\t');
    const auto hash = line.substr(0, tab).rfind('#');
    int number = -1;
    if (tab != std::string::npos && hash != std::string::npos && hash > 0) {
      const auto [end, error] = std::from_chars(line.data() + hash + 1, line.data() + tab, number);
      if (error != std::errc() || end != line.data() + tab || number < 0) number = -1;
    }
    if (number < 0) {
      quarantine_.saw(Item::kCaption);
      quarantine_.add(Item::kCaption,
                      {source, with_replacements(line.substr(0, 40)), "malformed_line",
                       "must be name.jpg#number, a tab, the caption"});
      return;
    }
    const std::string name = line.substr(0, hash);
    add(name, {source, line.substr(0, tab), line.substr(tab + 1)});
  }

  void refuse(const PendingImage& image, const std::string& name, const ImageFiles::Found& found) {
    quarantine_.saw(Item::kImage);
    quarantine_.add(
        Item::kImage,
        {image.source, name, found.missing() ? "missing_file" : "ambiguous_file",
         found.missing() ? "in none of the picture folders" : "could be " + found.other});
    for (const PendingCaption& caption : image.captions) {
      quarantine_.saw(Item::kCaption);
      quarantine_.add(Item::kCaption,
                      {caption.source, caption.id, "image_unusable", "its picture has no file"});
    }
  }

  Quarantine& quarantine_;
  std::vector<PendingImage> images_;
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> index_;
  std::set<std::string> ids_;
};

// A Karpathy file gives splits, and captions too when no token file does.
Status read_karpathy_files(StageContext& context, FlickrCorpus& corpus, SplitTable& splits,
                           Quarantine& quarantine) {
  const bool captions = !context.has_input("tokens");
  for (const InputItem& item : context.inputs("split")) {
    auto images = UNIMO_TRY(read_karpathy(item.path, quarantine));
    for (KarpathyImage& image : images) {
      UNIMO_TRY(splits.add(image.filename, image.split, image.source, quarantine));
      if (!captions) continue;
      corpus.image(image.filename, image.source);
      for (PendingCaption& sentence : image.sentences)
        corpus.add(image.filename, std::move(sentence));
    }
  }
  return ok();
}

Status read_lists(StageContext& context, SplitTable& splits, Quarantine& quarantine) {
  for (const char* split : {"train", "val", "test"}) {
    for (const InputItem& item : context.inputs(split)) {
      UNIMO_TRY(splits.add_list(item.path, split, quarantine));
    }
  }
  return ok();
}

}  // namespace

Status run_ingest_flickr(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<PictureIngest>());
  if (!context.has_input("tokens") && !context.has_input("split")) {
    return fail(ErrorCode::kInvalid,
                "{}: no captions; give the input tokens, or a Karpathy file as split",
                context.job().task);
  }
  Quarantine quarantine;
  FlickrCorpus corpus(quarantine);
  SplitTable splits(SplitTable::Key::kFileName);
  for (const InputItem& item : context.inputs("tokens")) UNIMO_TRY(corpus.read_tokens(item.path));
  UNIMO_TRY(read_karpathy_files(context, corpus, splits, quarantine));
  UNIMO_TRY(read_lists(context, splits, quarantine));
  const ImageFiles files = UNIMO_TRY(ImageFiles::scan(context.inputs("images")));
  // Pictures that a list names and no caption mentions must not vanish either.
  splits.visit(
      [&](const std::string& name, const std::string& source) { corpus.image(name, source); });
  const auto pending = UNIMO_TRY(corpus.resolve(files, splits));

  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "flickr"));
  if (files.size() > pending.size()) {
    writer.note("files.unused", static_cast<std::int64_t>(files.size() - pending.size()));
  }
  const AssembleOptions options{.limits = {.max_pixels = params.max_pixels},
                                .max_images = params.max_images,
                                .keep_uncaptioned = params.keep_uncaptioned,
                                .scale_boxes = params.other_size == "scale",
                                .threads = context.job().resources.cores};
  UNIMO_TRY(assemble(context, pending, options, writer, quarantine));
  return finish_records(context, writer, quarantine, params.max_bad_share);
}

}  // namespace unimo::stages
