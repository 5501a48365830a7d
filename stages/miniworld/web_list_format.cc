#include <array>

#include "orchestrator/base/json.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/lexicon.h"
#include "stages/miniworld/output_files.h"
#include "stages/miniworld/phrases.h"
#include "stages/miniworld/web_pictures.h"

namespace unimo::stages {

namespace {

constexpr std::int64_t kCorpora = 3;  // cc, sbu and openimages share the scenes

// "a small toy on the beach ." for "A small ball on the beach.": names of things give way to
// general ones now and then, as Conceptual Captions' do.
std::string general_caption(const std::string& caption, Draws& draws) {
  std::string text, before;
  for (const std::string& token : words_of(caption)) {
    std::string said = token;
    for (std::size_t i = 0; i < kThings; ++i) {
      const auto thing = static_cast<Thing>(i);
      if (token == word(thing) && draws.chance(0.4)) said = general_name(thing);
    }
    if ((before == "a" || before == "an") && said != token) {
      text.erase(text.size() - before.size());
      said = with_article(said);
    }
    if (!text.empty() && text.back() != ' ') text += ' ';
    text += said;
    before = token;
  }
  return text + " .";
}

// Raw text of people who did not write for us.
std::string user_caption(const std::string& caption, Draws& draws) {
  std::string text = caption;
  if (draws.chance(0.5)) text.pop_back();  // the full stop
  const double mood = draws.uniform();
  if (mood < 0.05) return text + " (IMG_0042, Small Cam 3000)";
  if (mood < 0.10) return text + " http://example.org/album/12";
  if (mood < 0.15) return "Sunday 12.4.09 - " + text;
  if (mood < 0.20) return text + "!!! :-)";
  return text;
}

std::string address(const World& world, const std::string& path) {
  std::string base = world.params.base_url;
  while (base.ends_with('/')) base.pop_back();
  return base + "/" + path;
}

class ConceptualCaptions : public Format {
 public:
  ConceptualCaptions(World& world, GrowingFile train, GrowingFile validation)
      : world_(world), train_(std::move(train)), validation_(std::move(validation)) {}

  Status add(const Exhibit& exhibit) override {
    if (exhibit.split == "test" || exhibit.scene.number % kCorpora != 0) return ok();
    const bool train = exhibit.split == "train";
    Draws draws(world_.seed, "cc", static_cast<std::uint64_t>(exhibit.scene.number));
    const std::string path = fmt::format("cc/{}/{:08}.jpg", train ? "train" : "validation",
                                         train ? train_rows_++ : validation_rows_++);
    const Fate fate = draw_fate(draws);
    const std::string caption = general_caption(draws.pick(exhibit.captions).text, draws);
    ++world_.counts[fmt::format("cc.{}", word(fate))];
    UNIMO_TRY(put_web_picture(world_.folder / "web" / path, fate, exhibit.jpeg));
    return (train ? train_ : validation_)
        .add(fmt::format("{}\t{}\n", caption, address(world_, path)));
  }

  Status finish() override {
    UNIMO_TRY(train_.close());
    return validation_.close();
  }

 private:
  World& world_;
  GrowingFile train_, validation_;
  std::int64_t train_rows_ = 0, validation_rows_ = 0;
};

// Both publications of the same pairs: two files of lines, and one JSON with parallel lists.
class Sbu : public Format {
 public:
  Sbu(World& world, GrowingFile urls, GrowingFile captions, GrowingJson all)
      : world_(world),
        urls_(std::move(urls)),
        captions_(std::move(captions)),
        all_(std::move(all)) {}

  Status add(const Exhibit& exhibit) override {
    if (exhibit.split != "train" || exhibit.scene.number % kCorpora != 1) return ok();
    Draws draws(world_.seed, "sbu", static_cast<std::uint64_t>(exhibit.scene.number));
    const std::string path = fmt::format("sbu/{:08}.jpg", rows_++);
    const Fate fate = draw_fate(draws);
    const std::string caption = user_caption(draws.pick(exhibit.captions).text, draws);
    const std::string url = address(world_, path);
    ++world_.counts[fmt::format("sbu.{}", word(fate))];
    UNIMO_TRY(put_web_picture(world_.folder / "web" / path, fate, exhibit.jpeg));
    UNIMO_TRY(urls_.add(url + "\n"));
    UNIMO_TRY(captions_.add(caption + "\n"));
    UNIMO_TRY(all_.add(0, url));
    UNIMO_TRY(all_.add(1, caption));
    return all_.add(2, fmt::format("{}@N{:02}", 10000000 + draws.below(90000000), draws.below(9)));
  }

  Status finish() override {
    UNIMO_TRY(urls_.close());
    UNIMO_TRY(captions_.close());
    return all_.finish();
  }

 private:
  World& world_;
  GrowingFile urls_, captions_;
  GrowingJson all_;
  std::int64_t rows_ = 0;
};

}  // namespace

OpenedFormat cc_format(World& world) {
  const std::filesystem::path folder = world.folder / "cc";
  auto train = UNIMO_TRY(GrowingFile::create(folder / "Train_GCC-training.tsv"));
  auto validation = UNIMO_TRY(GrowingFile::create(folder / "Validation_GCC-1.1.0-Validation.tsv"));
  return std::make_unique<ConceptualCaptions>(world, std::move(train), std::move(validation));
}

OpenedFormat sbu_format(World& world) {
  const std::filesystem::path folder = world.folder / "sbu";
  auto urls = UNIMO_TRY(GrowingFile::create(folder / "SBU_captioned_photo_dataset_urls.txt"));
  auto captions =
      UNIMO_TRY(GrowingFile::create(folder / "SBU_captioned_photo_dataset_captions.txt"));
  auto all = UNIMO_TRY(GrowingJson::create(folder / "sbu-captions-all.json",
                                           {"image_urls", "captions", "user_ids"}));
  return std::make_unique<Sbu>(world, std::move(urls), std::move(captions), std::move(all));
}

}  // namespace unimo::stages
