// The pictures that benchmarks test on, and whether a picture is one of them.
//
//   auto held = UNIMO_TRY(HeldPictures::create(folder, options));
//   held.add_name("coco:139", "coco", "139");            // known by name alone
//   UNIMO_TRY(held.add_picture("coco", "139", look));    // and what it looks like
//   held.build();
//   const auto match = UNIMO_TRY(held.find(look));
//
// Memory: some 350 bytes a picture. add_* from one thread; after build, any number may find.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/decontaminate/grey_store.h"
#include "stages/decontaminate/hash_index.h"
#include "stages/decontaminate/picture_hash.h"

namespace unimo::stages {

// What is computed of a picture's bytes once, on any thread.
struct Look {
  std::uint64_t bytes_low = 0, bytes_high = 0;  // XXH3-128 of the bytes
  GreyPicture grey{};
};
Result<Look> look_at_picture(std::string_view bytes, int width, int height);

enum class LeakReason { kSameName, kSameBytes, kLooksAlike };
std::string_view to_string(LeakReason reason);  // same_name, same_bytes, looks_alike

struct PictureMatch {
  LeakReason reason = LeakReason::kSameName;
  std::string benchmark;
  std::string id;          // of the held-out picture, as its benchmark names it
  int distance = 0;        // of looks_alike: bits of the hashes that differ
  double correlation = 0;  // of looks_alike
  bool mirrored = false;
};

class HeldPictures {
 public:
  struct Options {
    bool bytes = true, looks = true, mirrored = true;
    int hash_distance = 10;
    double correlation = 0.8;
  };
  // `folder` holds the temporary file, which has no name there.
  static Result<HeldPictures> create(const std::filesystem::path& folder, const Options& options);

  // The first picture of a name keeps it.
  void add_name(const std::string& name, std::string_view benchmark, std::string_view id);
  Status add_picture(std::string_view benchmark, std::string_view id, const Look& look);
  void build() { index_.build(); }

  std::optional<PictureMatch> find_name(const std::string& name) const;
  // By bytes, else the best correlated of those whose hashes are near.
  Result<std::optional<PictureMatch>> find(const Look& look) const;
  // The best correlated whatever the threshold says: to see how thresholds would do.
  Result<std::optional<PictureMatch>> most_alike(const Look& look) const;

  std::size_t names() const { return of_name_.size(); }
  std::size_t pictures() const { return of_picture_.size(); }

 private:
  struct Bytes128 {
    std::uint64_t low = 0, high = 0;
    bool operator==(const Bytes128&) const = default;
  };
  struct Bytes128Hash {
    std::size_t operator()(const Bytes128& bytes) const { return bytes.low; }
  };
  struct Candidate {
    int distance = 0;
    std::uint32_t picture = 0;
    std::uint8_t frame_held = 0, frame = 0;
    bool mirrored = false;
    auto operator<=>(const Candidate&) const = default;
  };

  HeldPictures(Options options, GreyStore greys) : options_(options), greys_(std::move(greys)) {}
  std::uint32_t entry(std::string_view benchmark, std::string_view id);
  PictureMatch match(LeakReason reason, std::uint32_t entry) const;
  void collect(const GreyPicture& grey, bool is_mirrored, std::vector<Candidate>& found) const;

  Options options_;
  GreyStore greys_;
  HashIndex index_;                                                     // kFrames hashes a picture
  std::vector<std::string> benchmarks_;                                 // few
  std::vector<std::string> ids_;                                        // by entry
  std::vector<std::uint16_t> benchmark_of_;                             // by entry
  std::vector<std::uint32_t> of_picture_;                               // entry by number in greys_
  std::unordered_map<std::string, std::uint32_t> of_name_;              // looked up only
  std::unordered_map<Bytes128, std::uint32_t, Bytes128Hash> of_bytes_;  // looked up only
};

}  // namespace unimo::stages
