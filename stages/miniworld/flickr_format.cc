#include "orchestrator/base/json.h"
#include "stages/miniworld/flickr_names.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/lexicon.h"
#include "stages/miniworld/output_files.h"

namespace unimo::stages {

namespace {

class Flickr30k : public Format {
 public:
  Flickr30k(World& world, GrowingFile tokens, GrowingJson split)
      : world_(world), tokens_(std::move(tokens)), split_(std::move(split)) {}

  Status add(const Exhibit& exhibit) override {
    const std::string name = flickr_id(exhibit) + ".jpg";
    UNIMO_TRY(put_file(world_.folder / "flickr30k" / "flickr30k-images" / name, exhibit.jpeg));
    Json sentences = Json::array(), ids = Json::array();
    for (std::size_t k = 0; k < exhibit.captions.size(); ++k) {
      const std::string& text = exhibit.captions[k].text;
      UNIMO_TRY(tokens_.add(fmt::format("{}#{}\t{}\n", name, k, spaced(text))));
      sentences.push_back({{"tokens", words_of(text)},
                           {"raw", text},
                           {"imgid", exhibit.scene.number},
                           {"sentid", sentences_}});
      ids.push_back(sentences_++);
    }
    return split_.add(0, {{"sentids", std::move(ids)},
                          {"imgid", exhibit.scene.number},
                          {"sentences", std::move(sentences)},
                          {"split", exhibit.split},
                          {"filename", name}});
  }

  Status finish() override {
    UNIMO_TRY(tokens_.close());
    return split_.finish({{"dataset", "flickr30k"}});
  }

 private:
  World& world_;
  GrowingFile tokens_;
  GrowingJson split_;
  std::int64_t sentences_ = 0;
};

}  // namespace

// Numbers of ten digits, as Flickr's are.
std::string flickr_id(const Exhibit& exhibit) {
  return std::to_string(1000000000 + 7919 * exhibit.scene.number);
}

OpenedFormat flickr30k_format(World& world) {
  const std::filesystem::path folder = world.folder / "flickr30k";
  auto tokens = UNIMO_TRY(GrowingFile::create(folder / "results_20130124.token"));
  auto split = UNIMO_TRY(GrowingJson::create(folder / "dataset_flickr30k.json", {"images"}));
  return std::make_unique<Flickr30k>(world, std::move(tokens), std::move(split));
}

}  // namespace unimo::stages
