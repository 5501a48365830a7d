// Stories lie in folders or archives in any order; the lists of addresses say which belong to which
// split, and in which order. What belongs together is brought together outside memory.
#include <algorithm>
#include <tuple>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "stages/ingest/benchmarks/cnndm.h"
#include "stages/ingest/spill_sort.h"
#include "stages/ingest/stream/archive_reader.h"
#include "stages/ingest/stream/byte_source.h"
#include "stages/ingest/stream/line_reader.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kSortBudget = 64 << 20;
constexpr std::int64_t kLongestStory = 16 << 20;  // the longest official one has about 80 kB
constexpr std::size_t kSha1Digits = 40;

// An address, by the first 64 bits of its SHA-1: where it stands in all lists together.
struct Listed {
  std::uint64_t key = 0;
  std::uint32_t rank = 0;
  std::uint8_t list = 0;
};

std::optional<std::uint64_t> key_of(std::string_view sha1) {
  if (sha1.size() != kSha1Digits) return std::nullopt;
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < kSha1Digits; ++i) {
    const char c = sha1[i];
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c >= 'a' && c <= 'f')) return std::nullopt;
    if (i < 16) key = key << 4 | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return key;
}

Result<std::string> read_story(const fs::path& path) {
  const auto source = UNIMO_TRY(open_source(path, {}));
  return read_all(*source, kLongestStory);
}

class StoryReader {
 public:
  StoryReader(const StorySources& sources, ExampleSink& sink)
      : sources_(sources), sink_(sink), sorted_(sources.scratch, kSortBudget) {}

  Status run() {
    if (sources_.urls.size() > 255)
      return fail(ErrorCode::kInvalid, "{} URL lists; 255 are enough", sources_.urls.size());
    for (std::size_t i = 0; i < sources_.urls.size(); ++i) UNIMO_TRY(read_list(i));
    if (listed_.empty()) {
      return fail(ErrorCode::kInvalid,
                  "stories need the lists of addresses: train_urls, dev_urls, test_urls");
    }
    UNIMO_TRY(sort_list());
    for (const fs::path& path : sources_.stories) UNIMO_TRY(read_source(path));
    UNIMO_TRY(sorted_.sort());
    return write();
  }

 private:
  // The address goes into the sort before any story, so that it comes out before them.
  Status read_list(std::size_t list) {
    const auto& [path, split] = sources_.urls[list];
    LineReader lines = UNIMO_TRY(LineReader::open(path, {}));
    LineReader::Line line;
    while (UNIMO_TRY(lines.next(line))) {
      const std::string_view url = trim(line.text);
      if (url.empty()) continue;
      const std::uint32_t rank = static_cast<std::uint32_t>(listed_.size());
      listed_.push_back({*key_of(sha1_hex(url)), rank, static_cast<std::uint8_t>(list)});
      UNIMO_TRY(sorted_.add(rank, fmt::format("U{}", url)));
    }
    return ok();
  }

  Status sort_list() {
    std::sort(listed_.begin(), listed_.end(), [](const Listed& a, const Listed& b) {
      return std::tie(a.key, a.rank) < std::tie(b.key, b.rank);
    });
    for (std::size_t i = 1; i < listed_.size(); ++i) {
      const Listed& first = listed_[i - 1];
      if (listed_[i].key != first.key) continue;
      if (sources_.urls[first.list].second == sources_.urls[listed_[i].list].second)
        sink_.note("urls.twice");
      const auto& [one, one_split] = sources_.urls[first.list];
      const auto& [other, other_split] = sources_.urls[listed_[i].list];
      if (one_split != other_split) {
        return fail(ErrorCode::kInvalid,
                    "{} and {} both have an address whose SHA-1 begins with {:016x}; splits must "
                    "not mix",
                    one.string(), other.string(), first.key);
      }
    }
    list_of_rank_.resize(listed_.size());
    for (const Listed& item : listed_) list_of_rank_[item.rank] = item.list;
    return ok();
  }

  Status read_source(const fs::path& path) {
    if (fs::is_directory(path)) {
      const auto names = UNIMO_TRY(list_files(path));
      for (const std::string& name : names) {
        if (!name.ends_with(".story")) continue;
        const std::string text = UNIMO_TRY(read_story(path / name));
        UNIMO_TRY(add(name, text));
      }
      return ok();
    }
    const bool archive = UNIMO_TRY(is_archive(path));
    if (!archive) {
      const std::string text = UNIMO_TRY(read_story(path));
      return add(path.filename().string(), text);
    }
    return visit_archive(path, {}, [&](const ArchiveMember& member, ByteSource& bytes) -> Status {
      if (!member.name.ends_with(".story")) return ok();
      const std::string text = UNIMO_TRY(read_all(bytes, kLongestStory));
      return add(member.name, text);
    });
  }

  Status add(const fs::path& name, const std::string& text) {
    const std::string sha1 = name.stem().string();
    const auto key = key_of(sha1);
    const auto place = std::lower_bound(
        listed_.begin(), listed_.end(), key.value_or(0),
        [](const Listed& item, std::uint64_t wanted) { return item.key < wanted; });
    if (!key || place == listed_.end() || place->key != *key) {
      sink_.note("stories.unlisted");
      return ok();
    }
    return sorted_.add(place->rank, fmt::format("S{}\n{}", sha1, text));
  }

  Status write() {
    std::string url, sha1;
    std::uint64_t rank = 0;
    std::int64_t stories = 0;
    while (const SpillSort::Item* item = UNIMO_TRY(sorted_.next())) {
      const std::string_view payload = item->payload;
      if (payload.front() == 'U') {
        if (!url.empty() && stories == 0) sink_.note("urls.without_story");
        url = payload.substr(1);
        sha1 = sha1_hex(url);
        rank = item->key;
        stories = 0;
        continue;
      }
      const auto end = payload.find('\n');
      if (payload.substr(1, end - 1) != sha1) {
        sink_.note("stories.unlisted");  // only the first 64 bits were those of the address
        continue;
      }
      ++stories;
      UNIMO_TRY(write_story(url, sha1, list_of_rank_[rank], payload.substr(end + 1)));
    }
    if (!url.empty() && stories == 0) sink_.note("urls.without_story");
    return ok();
  }

  Status write_story(const std::string& url, const std::string& sha1, std::uint8_t list,
                     std::string_view text) {
    Story story = parse_story(text);
    const std::string place = sha1 + ".story";
    if (story.highlights.empty())
      return sink_.refuse(place, sha1, "no_highlights", "no sentence after @highlight");
    ExampleRecord example{.id = sha1, .split = sources_.urls[list].second};
    example.parts["article"] = std::move(story.article);
    example.targets.push_back(std::move(story.highlights));
    example.extra["url"] = url;
    return sink_.add(place, example);
  }

  const StorySources& sources_;
  ExampleSink& sink_;
  SpillSort sorted_;
  std::vector<Listed> listed_;
  std::vector<std::uint8_t> list_of_rank_;
};

}  // namespace

Status read_stories(const StorySources& sources, ExampleSink& sink) {
  return StoryReader(sources, sink).run();
}

}  // namespace unimo::stages
