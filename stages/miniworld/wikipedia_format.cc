#include "stages/miniworld/format.h"
#include "stages/miniworld/output_files.h"
#include "stages/miniworld/packed_files.h"
#include "stages/miniworld/wiki_pages.h"

namespace unimo::stages {

namespace {

constexpr std::int64_t kPagesOfStream = 100;  // as in the real multistream dumps

// enwiki-20200101-pages-articles-multistream.xml.bz2: the header, every hundred pages and the end
// are bz2 streams of their own; the index says where the stream of each page begins.
class Wikipedia : public Format {
 public:
  Wikipedia(World& world, GrowingFile dump, GrowingFile index)
      : world_(world), dump_(std::move(dump)), index_(std::move(index)) {}

  Status begin() {
    UNIMO_TRY(write_stream(dump_header()));
    for (const DrawnWikiPage& page : common_wiki_pages()) UNIMO_TRY(put(page));
    return ok();
  }

  Status add(const Exhibit& exhibit) override {
    // Nothing that a benchmark is tested on.
    if (exhibit.split != "train") return ok();
    Draws draws(world_.seed, "wikipedia", static_cast<std::uint64_t>(exhibit.scene.number));
    for (const DrawnWikiPage& page : write_wiki_pages(exhibit.scene, draws)) UNIMO_TRY(put(page));
    return ok();
  }

  Status finish() override {
    UNIMO_TRY(end_stream());
    UNIMO_TRY(write_stream("</mediawiki>\n"));
    UNIMO_TRY(dump_.close());
    return index_.close();
  }

 private:
  Status put(const DrawnWikiPage& page) {
    ++pages_;
    xml_ += page_xml(page, pages_);
    lines_ += fmt::format("{}:{}:{}\n", offset_, pages_, page.title);
    ++world_.counts[page.space != 0          ? "wikipedia.other_spaces"
                    : !page.redirect.empty() ? "wikipedia.redirects"
                                             : "wikipedia.articles"];
    return pages_ % kPagesOfStream == 0 ? end_stream() : ok();
  }

  Status end_stream() {
    if (xml_.empty()) return ok();
    UNIMO_TRY(write_stream(xml_));
    const std::string lines = UNIMO_TRY(bzip2(lines_));
    xml_.clear();
    lines_.clear();
    return index_.add(lines);
  }

  Status write_stream(std::string_view xml) {
    const std::string stream = UNIMO_TRY(bzip2(xml));
    offset_ += static_cast<std::int64_t>(stream.size());
    return dump_.add(stream);
  }

  World& world_;
  GrowingFile dump_, index_;
  std::string xml_, lines_;  // of the stream in the making
  std::int64_t pages_ = 0, offset_ = 0;
};

}  // namespace

OpenedFormat wikipedia_format(World& world) {
  const std::filesystem::path folder = world.folder / "wikipedia";
  const std::string name = "enwiki-20200101-pages-articles-multistream";
  auto dump = UNIMO_TRY(GrowingFile::create(folder / (name + ".xml.bz2")));
  auto index = UNIMO_TRY(GrowingFile::create(folder / (name + "-index.txt.bz2")));
  auto format = std::make_unique<Wikipedia>(world, std::move(dump), std::move(index));
  UNIMO_TRY(format->begin());
  return format;
}

}  // namespace unimo::stages
