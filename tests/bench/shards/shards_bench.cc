// How fast region features come out of a pack: shards_bench FOLDER [IMAGES]
//
// Writes a pack of IMAGES pictures (default 4,000: 600 MB) with 36 regions of 2048 halves each into
// FOLDER unless it is there, and reads them in random order from the page cache, on one thread:
//
//   plain read       pread of each record's bytes into one buffer
//   plain copy       memcpy of each record's bytes out of a mapping into one buffer
//   verified         ShardReader::record: what is compared with the plain ways
//   to floats        PackReader::regions and the features as floats in one buffer, which writes
//                    twice the bytes
//
// each with the file mapped and read record by record. Rounds of all ways alternate; the median of
// seven is printed, in GB of record bytes a second of wall time and of processor time. Every
// allocation of the program is counted.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <numeric>
#include <vector>

#include "orchestrator/base/file.h"
#include "tests/bench/allocations/allocations.h"
#include "trainer/data/load_clock.h"
#include "trainer/data/pack.h"
#include "trainer/data/random.h"
#include "trainer/text/byte_bpe.h"

namespace unimo::trainer {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kRegions = 36, kFeature = 2048, kTop = 4;

RegionRecord picture(std::uint32_t i, Random& random) {
  RegionRecord record{.id = fmt::format("picture{}", i),
                      .split = "train",
                      .width = 640,
                      .height = 480,
                      .count = kRegions,
                      .feature_size = kFeature,
                      .top_k = kTop};
  for (std::uint32_t r = 0; r < kRegions; ++r)
    record.boxes.insert(record.boxes.end(), {0, 0, 1, 1});
  record.features.resize(std::size_t{kRegions} * kFeature);
  // Features after a ReLU: many zeros.
  for (float& value : record.features)
    value = static_cast<float>(std::max(0.0, 4 * random.uniform() - 2));
  record.classes.assign(std::size_t{kRegions} * kTop, 1);
  record.probabilities.assign(std::size_t{kRegions} * kTop, 0.25F);
  return record;
}

Status write_shard(const fs::path& path, const char* schema, std::uint32_t count,
                   const std::function<Result<std::vector<std::byte>>(std::uint32_t)>& record) {
  auto writer = UNIMO_TRY(ShardWriter::create(path, {{"schema", schema}}));
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto bytes = UNIMO_TRY(record(i));
    UNIMO_TRY(writer.add(bytes));
  }
  return writer.finish();
}

Status write_pack(const fs::path& folder, std::uint32_t images) {
  const auto bpe = UNIMO_TRY(ByteBpe::load(fs::path(UNIMO_SHARED_DATA) / "bpe"));
  UNIMO_TRY(bpe->save(folder / "tokenizer"));
  Random random({.seed = 2026});
  UNIMO_TRY(write_shard(folder / "regions.shard", "regions", images,
                        [&](std::uint32_t i) { return encode_regions(picture(i, random)); }));
  UNIMO_TRY(write_shard(folder / "images.shard", "images", images, [](std::uint32_t i) {
    return Result<std::vector<std::byte>>(encode_record(PackedImage{
        .id = fmt::format("picture{}", i), .width = 640, .height = 480, .regions = kRegions}));
  }));
  UNIMO_TRY(write_shard(folder / "captions.shard", "captions", 0, {}));
  UNIMO_TRY(write_shard(folder / "texts.shard", "texts", 0, {}));
  return write_json(folder / "pack.json", to_json({.tokenizer = bpe->describe(),
                                                   .feature_size = kFeature,
                                                   .classes = {"thing", "other"},
                                                   .extractor = "bench",
                                                   .views = 1,
                                                   .splits = {"train"},
                                                   .counts = Json::object()}));
}

struct Speed {
  double wall = 0, processor = 0;  // seconds
  std::size_t allocations = 0;
};

struct Way {
  const char* name;
  std::function<Status()> pass;
  std::vector<Speed> rounds;
};

Status time_round(Way& way) {
  const std::size_t before = allocations();
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t processor = std::clock();
  UNIMO_TRY(way.pass());
  way.rounds.push_back(
      {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
       static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC, allocations() - before});
  return ok();
}

double median(const std::vector<Speed>& rounds, double Speed::*what) {
  std::vector<double> values;
  for (const Speed& round : rounds) values.push_back(round.*what);
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

void print(const Way& way, double gigabytes, const Way& plain) {
  const double wall = median(way.rounds, &Speed::wall),
               processor = median(way.rounds, &Speed::processor);
  fmt::print("{:24} {:6.2f} GB/s, {:6.2f} of processor time ({:3.0f} % of {}), {} allocations\n",
             way.name, gigabytes / wall, gigabytes / processor,
             100 * median(plain.rounds, &Speed::processor) / processor, plain.name,
             way.rounds.back().allocations);
}

// Every record's place in the file, in a random order.
struct Place {
  std::size_t record = 0;
  std::size_t offset = 0, length = 0;
};

std::vector<Place> shuffled(const ShardReader& shard, const std::byte* first) {
  std::vector<Place> places(shard.count());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto bytes = shard.unverified(i);
    places[i] = {i, static_cast<std::size_t>(bytes.data() - first), bytes.size()};
  }
  Random random({.seed = 7});
  for (std::size_t i = places.size(); i > 1; --i) std::swap(places[i - 1], places[random.below(i)]);
  return places;
}

Status run(const fs::path& folder, std::uint32_t images) {
  if (!fs::exists(folder / "pack.json")) {
    UNIMO_TRY(make_directories(folder));
    UNIMO_TRY(write_pack(folder, images));
  }
  const fs::path path = folder / "regions.shard";
  const auto mapped = UNIMO_TRY(ShardReader::open(path, ShardAccess::kMap));
  const auto by_record = UNIMO_TRY(ShardReader::open(path, ShardAccess::kRead));
  const auto pack = UNIMO_TRY(PackReader::open(folder, ShardAccess::kMap));
  const auto pack_by_record = UNIMO_TRY(PackReader::open(folder, ShardAccess::kRead));
  // The first record begins behind the header and the metadata, 128 bytes into the file.
  const std::byte* const first = mapped.unverified(0).data() - 128;
  const std::vector<Place> places = shuffled(mapped, first);
  std::size_t bytes = 0, longest = 0;
  for (const Place& place : places) {
    bytes += place.length;
    longest = std::max(longest, place.length);
  }
  const int fd = ::open(path.c_str(), O_RDONLY);
  std::vector<std::byte> buffer(longest);
  std::vector<float> floats(std::size_t{kRegions} * kFeature);
  const auto of_shard = [&](const ShardReader& shard) {
    return [&]() -> Status {
      for (const Place& place : places) UNIMO_TRY(shard.record(place.record));
      return ok();
    };
  };
  const auto of_pack = [&](const PackReader& reader) {
    return [&]() -> Status {
      for (const Place& place : places) {
        const RegionView regions = UNIMO_TRY(reader.regions(place.record, 0));
        regions.features(floats);
      }
      return ok();
    };
  };
  std::vector<Way> ways = {
      {"plain read",
       [&]() -> Status {
         for (const Place& place : places) {
           if (::pread(fd, buffer.data(), place.length, static_cast<off_t>(place.offset)) !=
               static_cast<ssize_t>(place.length))
             return fail(ErrorCode::kIo, "{}: short read", path.string());
         }
         return ok();
       },
       {}},
      {"plain copy",
       [&]() -> Status {
         for (const Place& place : places) {
           std::memcpy(buffer.data(), first + place.offset, place.length);
           asm volatile("" ::"r"(buffer.data()) : "memory");
         }
         return ok();
       },
       {}},
      {"mapped, verified", of_shard(mapped), {}},
      {"read, verified", of_shard(by_record), {}},
      {"mapped, to floats", of_pack(pack), {}},
      {"read, to floats", of_pack(pack_by_record), {}}};
  for (int round = 0; round < 8; ++round) {
    for (Way& way : ways) UNIMO_TRY(time_round(way));
    if (round == 0) {  // that filled the cache
      for (Way& way : ways) way.rounds.clear();
    }
  }
  ::close(fd);
  const double gigabytes = static_cast<double>(bytes) / 1e9;
  fmt::print("{} records, {:.2f} GB, random order, warm\n", places.size(), gigabytes);
  for (const Way& way : ways) print(way, gigabytes, way.name[0] == 'r' ? ways[0] : ways[1]);
  start_load_clock();
  UNIMO_TRY(ways[4].pass());
  const LoadTimes times = read_load_clock();
  for (const LoadPart part : {LoadPart::kRead, LoadPart::kVerify, LoadPart::kDecode})
    fmt::print("mapped, to floats: {} {:.3f} s\n", name_of(part), times.of(part));
  return ok();
}

}  // namespace
}  // namespace unimo::trainer

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: shards_bench FOLDER [IMAGES]\n", stderr);
    return 2;
  }
  const std::uint32_t images = argc > 2 ? static_cast<std::uint32_t>(std::atoi(argv[2])) : 4000;
  const auto done = unimo::trainer::run(argv[1], images);
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  return done ? 0 : 1;
}
