// Region features out of our record files and out of the files of others:
// region_files_bench FOLDER PYTHON [IMAGES]
//
// Writes IMAGES pictures (default 2,000) with 36 regions of 2048 numbers into FOLDER unless they
// are there: a regions.shard, one .npz each (half precision, as UNITER keeps them) and, of a tenth
// of them, rows of LXMERT's TSV. Then, from the page cache, on one thread, the median of seven
// rounds:
//
//   shard   records in random order, verified, features and boxes as floats in one buffer
//   read    pread of the same records' bytes, nothing else
//   tsv     rows taken apart and checked
//
// and by PYTHON, which needs numpy: .npz files in the same random order to floats, the same rows by
// csv and base64 (region_files_peer.py). The ratios are of the same run.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <numeric>
#include <vector>

#include "orchestrator/base/file.h"
#include "stages/region_files/npz_rows.h"
#include "stages/region_files/tsv_rows.h"
#include "trainer/data/random.h"
#include "trainer/data/regions.h"
#include "trainer/data/shard.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kRegions = 36, kFeature = 2048;
constexpr int kRounds = 7;

RegionRow picture(std::size_t i) {
  trainer::Random random({.seed = 2026, .sample = i});
  RegionRow row{.id = fmt::format("COCO_train2014_{:012}", i),
                .width = 640,
                .height = 480,
                .count = kRegions,
                .feature_size = kFeature};
  for (std::int64_t r = 0; r < kRegions; ++r) {
    row.boxes.insert(row.boxes.end(), {10, 10, 600, 400});
    row.class_ids.push_back(r);
    row.attribute_ids.push_back(r);
  }
  row.class_confidences.assign(static_cast<std::size_t>(kRegions), 0.5F);
  row.attribute_confidences = row.class_confidences;
  row.features.resize(static_cast<std::size_t>(kRegions * kFeature));
  // Features after a ReLU: many zeros.
  for (float& value : row.features)
    value = static_cast<float>(std::max(0.0, 4 * random.uniform() - 2));
  return row;
}

Status write_files(const fs::path& folder, std::size_t images) {
  UNIMO_TRY(make_directories(folder / "npz"));
  auto shard =
      UNIMO_TRY(trainer::ShardWriter::create(folder / "regions.shard", {{"schema", "regions"}}));
  std::string rows, order;
  std::vector<std::size_t> numbers(images);
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  trainer::Random random({.seed = 7});
  random.shuffle(std::span(numbers));
  for (const std::size_t i : numbers) order += picture(i).id + "\n";
  for (std::size_t i = 0; i < images; ++i) {
    const RegionRow row = picture(i);
    const trainer::RegionRecord record{.id = row.id,
                                       .split = "train",
                                       .width = 640,
                                       .height = 480,
                                       .count = static_cast<std::uint32_t>(row.count),
                                       .feature_size = static_cast<std::uint32_t>(kFeature),
                                       .boxes = boxes_as_shares(row),
                                       .features = row.features};
    const auto bytes = UNIMO_TRY(trainer::encode_regions(record));
    UNIMO_TRY(shard.add(bytes));
    UNIMO_TRY(write_file(folder / "npz" / (row.id + ".npz"), format_npz(arrays_of_shares(row))));
    if (i % 10 == 0) rows += UNIMO_TRY(format_tsv_row(RegionFormat::kLxmert, row)) + "\n";
  }
  UNIMO_TRY(shard.finish());
  UNIMO_TRY(write_file(folder / "rows.tsv", rows));
  return write_file(folder / "order.txt", order);
}

Result<double> median_seconds(const std::function<Status()>& work) {
  UNIMO_TRY(work());  // fills the cache
  std::vector<double> seconds;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    UNIMO_TRY(work());
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(seconds.begin(), seconds.begin() + kRounds / 2, seconds.end());
  return seconds[kRounds / 2];
}

// The records in the order of order.txt.
Result<std::vector<std::size_t>> read_order(const fs::path& folder,
                                            const trainer::ShardReader& shard) {
  std::map<std::string, std::size_t, std::less<>> numbers;
  for (std::size_t i = 0; i < shard.count(); ++i) {
    const auto bytes = UNIMO_TRY(shard.record(i));
    const auto view = UNIMO_TRY(trainer::RegionView::parse(bytes, "regions.shard"));
    numbers.emplace(view.id(), i);
  }
  std::vector<std::size_t> order;
  const auto lines = UNIMO_TRY(read_lines(folder / "order.txt"));
  for (const std::string& id : lines) order.push_back(numbers.at(id));
  return order;
}

Result<double> time_shard(const trainer::ShardReader& shard,
                          const std::vector<std::size_t>& order) {
  std::vector<float> features(static_cast<std::size_t>(kRegions * kFeature)),
      boxes(static_cast<std::size_t>(kRegions * 4));
  return median_seconds([&]() -> Status {
    for (const std::size_t i : order) {
      const auto bytes = UNIMO_TRY(shard.record(i));
      const auto view = UNIMO_TRY(trainer::RegionView::parse(bytes, "regions.shard"));
      view.features(features);
      view.boxes(boxes);
    }
    return ok();
  });
}

Result<double> time_read(const trainer::ShardReader& shard, const std::vector<std::size_t>& order) {
  const int fd = ::open(shard.path().c_str(), O_RDONLY);
  // The first record begins behind the header and the metadata, 128 bytes into the file.
  const std::byte* const first = shard.unverified(0).data() - 128;
  std::vector<std::byte> buffer(shard.unverified(0).size() + 64);
  auto seconds = median_seconds([&]() -> Status {
    for (const std::size_t i : order) {
      const auto bytes = shard.unverified(i);
      if (::pread(fd, buffer.data(), bytes.size(), bytes.data() - first) !=
          static_cast<ssize_t>(bytes.size()))
        return fail(ErrorCode::kIo, "{}: short read", shard.path().string());
    }
    return ok();
  });
  ::close(fd);
  return seconds;
}

Result<double> time_tsv(const fs::path& folder) {
  return median_seconds([&]() -> Status {
    const auto reader = UNIMO_TRY(open_region_file(RegionFormat::kLxmert, folder / "rows.tsv"));
    for (RawRow raw; UNIMO_TRY(reader->next(raw));) {
      const ParsedRow parsed = reader->parse(raw);
      if (!parsed.good()) return fail(ErrorCode::kInvalid, "{}: {}", raw.place, parsed.detail);
    }
    return ok();
  });
}

std::map<std::string, double> run_peer(const std::string& python, const fs::path& folder) {
  std::map<std::string, double> seconds;
  const std::string command =
      fmt::format("{} {}/tests/bench/region_files/region_files_peer.py {} {}", python,
                  UNIMO_SOURCE_DIR, folder.string(), kRounds);
  FILE* output = popen(command.c_str(), "r");
  if (output == nullptr) return seconds;
  char name[32];
  double value = 0;
  while (std::fscanf(output, "%31s %lf", name, &value) == 2) seconds[name] = value;
  pclose(output);
  return seconds;
}

Status run(const fs::path& folder, const std::string& python, std::size_t images) {
  if (!fs::exists(folder / "order.txt")) UNIMO_TRY(write_files(folder, images));
  const auto shard = UNIMO_TRY(trainer::ShardReader::open(folder / "regions.shard", "regions"));
  const auto order = UNIMO_TRY(read_order(folder, shard));
  const double by_shard = UNIMO_TRY(time_shard(shard, order));
  const double by_read = UNIMO_TRY(time_read(shard, order));
  const double by_tsv = UNIMO_TRY(time_tsv(folder));
  const auto count = static_cast<double>(order.size());
  const double megabytes = static_cast<double>(fs::file_size(folder / "rows.tsv")) / 1e6;
  fmt::print("{} pictures, random order, warm, one thread\n", order.size());
  fmt::print("shard {:.3f} s ({:.0f} us a picture), plain read {:.3f} s\n", by_shard,
             1e6 * by_shard / count, by_read);
  fmt::print("tsv {:.3f} s for {:.0f} MB ({:.0f} MB/s)\n", by_tsv, megabytes, megabytes / by_tsv);
  const auto peer = run_peer(python, folder);
  if (!peer.contains("npz") || !peer.contains("tsv"))
    return fail(ErrorCode::kFailed, "{} gave no seconds; has it numpy?", python);
  fmt::print("numpy: npz {:.3f} s ({:.0f} us a picture), tsv {:.3f} s ({:.0f} MB/s)\n",
             peer.at("npz"), 1e6 * peer.at("npz") / count, peer.at("tsv"),
             megabytes / peer.at("tsv"));
  fmt::print("numpy takes so many times as long: npz {:.1f}, tsv {:.1f}\n",
             peer.at("npz") / by_shard, peer.at("tsv") / by_tsv);
  return ok();
}

}  // namespace
}  // namespace unimo::stages

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: region_files_bench FOLDER PYTHON [IMAGES]\n", stderr);
    return 2;
  }
  const std::size_t images = argc > 3 ? static_cast<std::size_t>(std::atoi(argv[3])) : 2000;
  const auto done = unimo::stages::run(argv[1], argv[2], images);
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  return done ? 0 : 1;
}
