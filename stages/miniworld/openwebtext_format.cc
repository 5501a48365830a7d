#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/news.h"
#include "stages/miniworld/packed_files.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kScenesOfPage = 3;
constexpr std::int64_t kPagesOfSubset = 500;
constexpr std::int64_t kSubsetsOfNumber = 20;  // urlsf_subset00-0 … -19, then urlsf_subset01-0

// openwebtext.tar with openwebtext/urlsf_subsetNN-M_data.xz, each a tar of documents.
class OpenWebText : public Format {
 public:
  OpenWebText(World& world, TarFile all) : world_(world), all_(std::move(all)) {}

  Status add(const Exhibit& exhibit) override {
    // Nothing that a benchmark is tested on.
    if (exhibit.split != "train") return ok();
    scenes_.push_back(exhibit.scene);
    return scenes_.size() == kScenesOfPage ? end_page() : ok();
  }

  Status finish() override {
    UNIMO_TRY(end_page());
    UNIMO_TRY(end_subset());
    return all_.close();
  }

 private:
  fs::path subset_path() const { return world_.folder / "openwebtext" / "subset.part"; }

  Status end_page() {
    if (scenes_.empty()) return ok();
    Draws draws(world_.seed, "openwebtext", static_cast<std::uint64_t>(scenes_[0].number));
    const std::string page = write_web_page(scenes_, draws);
    scenes_.clear();
    UNIMO_TRY(put_page(page));
    // The crawl holds some pages twice, with another line at the top.
    if (draws.chance(0.03)) UNIMO_TRY(put_page("Sign up for our newsletter\n\n" + page));
    return ok();
  }

  Status put_page(const std::string& page) {
    if (subset_ == nullptr)
      subset_ = std::make_unique<TarFile>(UNIMO_TRY(TarFile::create(subset_path(), true)));
    UNIMO_TRY(subset_->add(fmt::format("openwebtext/{:07}-{}.txt", pages_, md5_hex(page)), page));
    ++world_.counts["openwebtext.documents"];
    return ++pages_ % kPagesOfSubset == 0 ? end_subset() : ok();
  }

  Status end_subset() {
    if (subset_ == nullptr) return ok();
    UNIMO_TRY(subset_->close());
    subset_ = nullptr;
    const std::string bytes = UNIMO_TRY(read_file(subset_path()));
    UNIMO_TRY(remove_tree(subset_path()));
    const std::int64_t number = subsets_++;
    return all_.add(fmt::format("openwebtext/urlsf_subset{:02}-{}_data.xz",
                                number / kSubsetsOfNumber, number % kSubsetsOfNumber),
                    bytes);
  }

  World& world_;
  TarFile all_;
  std::unique_ptr<TarFile> subset_;
  std::vector<Scene> scenes_;
  std::int64_t pages_ = 0, subsets_ = 0;
};

}  // namespace

OpenedFormat openwebtext_format(World& world) {
  auto all = UNIMO_TRY(TarFile::create(world.folder / "openwebtext" / "openwebtext.tar", false));
  return std::make_unique<OpenWebText>(world, std::move(all));
}

}  // namespace unimo::stages
