// How fast and in what memory large JSON files are read: bench_json [CAPTIONS] [PHRASES] [RUNS].
//
// Two files are made: one like COCO's captions (600,000 annotations unless told otherwise) and one
// like Visual Genome's region_descriptions.json (5,000,000 phrases). Each is read by views, as
// nlohmann documents, and by Python's json module (skipped when RUNS is 0 for want of memory: it
// holds the whole file), all doing the same: the sum of the lengths of the texts and of the
// numbers of the pictures. Ratios are of processor time.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "orchestrator/base/file.h"
#include "stages/ingest/stream/json_stream.h"
#include "tests/bench/streams/bench_tools.h"

namespace {

using namespace unimo;
using namespace unimo::stages;
namespace fs = std::filesystem;

constexpr std::string_view kPhrases[] = {"a man riding a wave on top of a surfboard",
                                         "the clock is green in colour", "two dogs",
                                         "A bicycle \\\"parked\\\" in front of a caf\\u0065. "};

void write_captions(const fs::path& path, int count) {
  std::ofstream out(path, std::ios::binary);
  out << R"({"info": {"description": "generated", "year": 2014}, "images": [)";
  for (int i = 0; i < count / 5; ++i) {
    out << (i > 0 ? ", " : "")
        << fmt::format(
               R"({{"license": 5, "file_name": "COCO_train2014_{:012}.jpg", "height": 480, )"
               R"("width": 640, "date_captured": "2013-11-14 16:28:13", "id": {}}})",
               i, i);
  }
  out << "], \"licenses\": [], \"annotations\": [";
  for (int i = 0; i < count; ++i) {
    out << (i > 0 ? ", " : "")
        << fmt::format(R"({{"image_id": {}, "id": {}, "caption": "{}"}})", i / 5, i,
                       kPhrases[i % 4]);
  }
  out << "]}";
}

void write_regions(const fs::path& path, int count) {
  constexpr int kEach = 50;
  std::ofstream out(path, std::ios::binary);
  out << "[";
  for (int i = 0; i < count; ++i) {
    const int image = i / kEach;
    if (i % kEach == 0)
      out << (i > 0 ? "]}, " : "") << fmt::format(R"({{"id": {}, "regions": [)", image);
    out << (i % kEach > 0 ? ", " : "")
        << fmt::format(R"({{"region_id": {}, "width": {}, "height": {}, "image_id": {}, )"
                       R"("phrase": "{}", "y": {}, "x": {}}})",
                       i + 1000000, 10 + i % 300, 10 + i % 200, image, kPhrases[i % 4], i % 111,
                       i % 222);
  }
  out << (count > 0 ? "]}]" : "]");
}

constexpr const char* kPythonCaptions =
    "import json,sys\n"
    "total=0\n"
    "for a in json.load(open(sys.argv[1]))['annotations']:\n"
    "    total+=len(a['caption'])+a['image_id']\n"
    "print(total)\n";
constexpr const char* kPythonRegions =
    "import json,sys\n"
    "total=0\n"
    "for i in json.load(open(sys.argv[1])):\n"
    "    for r in i['regions']:\n"
    "        total+=len(r['phrase'])+r['image_id']\n"
    "print(total)\n";

std::int64_t sum_view(JsonView item, std::string_view text, std::string_view number) {
  return static_cast<std::int64_t>(item[text].text().value_or("").size()) +
         item[number].whole().value_or(0);
}

std::int64_t by_views(const fs::path& path) {
  std::int64_t total = 0;
  const Status status = stream_json_views(path, {}, [&](const JsonPlace& place, JsonView item) {
    if (place.section == "annotations") total += sum_view(item, "caption", "image_id");
    for (const JsonView region : item["regions"].items())
      total += sum_view(region, "phrase", "image_id");
    return ok();
  });
  if (!status) fmt::print(stderr, "{}\n", status.error().message);
  return status ? total : -1;
}

std::int64_t by_documents(const fs::path& path) {
  std::int64_t total = 0;
  const auto sum = [&](const Json& item, const char* text) {
    total += static_cast<std::int64_t>(item[text].get_ref<const std::string&>().size()) +
             item["image_id"].get<std::int64_t>();
  };
  const Status status =
      stream_json(path, {}, [&](std::string_view section, std::size_t, Json& item) {
        if (section == "annotations") sum(item, "caption");
        if (section.empty()) {
          for (const Json& region : item["regions"]) sum(region, "phrase");
        }
        return ok();
      });
  if (!status) fmt::print(stderr, "{}\n", status.error().message);
  return status ? total : -1;
}

void compare(const fs::path& path, const char* script, int runs) {
  const double mb = static_cast<double>(fs::file_size(path)) / 1e6;
  const fs::path program = path.parent_path() / "peer.py", answer = path.parent_path() / "answer";
  std::ofstream(program) << script;
  Seconds views, documents, python;
  std::int64_t seen = 0, seen_too = 0;
  double peak = 0;
  for (int run = 0; run < std::max(runs, 1); ++run) {
    keep_least(views, time_once(RUSAGE_SELF, [&] { seen = by_views(path); }));
    keep_least(documents, time_once(RUSAGE_SELF, [&] { seen_too = by_documents(path); }));
    peak = peak_mb(RUSAGE_SELF);
    if (runs == 0) break;
    keep_least(python, time_once(RUSAGE_CHILDREN, [&] {
                 run_command(fmt::format("python3 {} {} > {}", program.string(), path.string(),
                                         answer.string()));
               }));
  }
  fmt::print("{}: {:.0f} MB\n", path.filename().string(), mb);
  fmt::print("  views     {:7.1f} MB/s, {:.2f} s of processor time, sum {}\n", mb / views.clock,
             views.processor, seen);
  fmt::print("  documents {:7.1f} MB/s, {:.2f} s of processor time, sum {}\n", mb / documents.clock,
             documents.processor, seen_too);
  fmt::print("  peak resident memory {:.0f} MB\n", peak);
  if (runs == 0) return;
  std::int64_t theirs = -1;
  std::ifstream(answer) >> theirs;
  fmt::print("  Python    {:7.1f} MB/s, {:.2f} s of processor time, sum {}, peak {:.0f} MB\n",
             mb / python.clock, python.processor, theirs, peak_mb(RUSAGE_CHILDREN));
  fmt::print("  views {:.1f} times as fast as Python, documents {:.1f} times\n",
             python.processor / views.processor, python.processor / documents.processor);
}

}  // namespace

int main(int argc, char** argv) {
  const int captions = argc > 1 ? std::atoi(argv[1]) : 600'000;
  const int phrases = argc > 2 ? std::atoi(argv[2]) : 5'000'000;
  const int runs = argc > 3 ? std::atoi(argv[3]) : 1;
  const auto folder = TempDir::make("unimo-bench-").value();
  write_captions(folder.path() / "captions.json", captions);
  compare(folder.path() / "captions.json", kPythonCaptions, runs);
  write_regions(folder.path() / "region_descriptions.json", phrases);
  compare(folder.path() / "region_descriptions.json", kPythonRegions, runs);
  return 0;
}
