// Which documents are nearly the same as an earlier one: MinHash of their word shingles, candidates
// by bands of equal hashes (Broder 1997; Leskovec, Rajaraman, Ullman: Mining of Massive Datasets,
// chapter 3).
//
//   auto near = UNIMO_TRY(NearDuplicates::create(context.output(), {}));
//   UNIMO_TRY(near.add(signature_of(text, {})));            // documents 0, 1, 2, ...
//   const std::vector<bool> gone = UNIMO_TRY(near.find());  // once, after the last add
//
// Memory: one bit a document, and 64 MiB for sorting; what waits on the disk meanwhile is
// `permutations` bytes and 24 bytes a band for each document (512 bytes with the defaults), in
// files without a name. The result depends on the documents and their order alone. One thread;
// signature_of may run anywhere.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/spill_sort.h"

namespace unimo::stages {

struct MinHashOptions {
  int permutations = 128;  // a multiple of bands
  int bands = 16;
  double threshold = 0.8;  // of the share of shingles in common (Jaccard)
};

// The least hash of the shingles of five words under each permutation; empty for text of fewer
// words. Only letters and digits count, and upper case is lower case.
std::vector<std::uint32_t> signature_of(std::string_view text, const MinHashOptions& options);

// What both texts have in common by their signatures: an estimate of the Jaccard similarity.
double similarity(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b);

// The same hash for texts that differ only in blanks, punctuation and upper case.
std::uint64_t content_hash(std::string_view text);

class NearDuplicates {
 public:
  static Result<NearDuplicates> create(const std::filesystem::path& folder,
                                       const MinHashOptions& options);
  // The next document's signature; an empty one is like no other.
  Status add(const std::vector<std::uint32_t>& signature);
  // Per document whether an earlier one is as similar as the threshold asks.
  Result<std::vector<bool>> find();

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  NearDuplicates(const std::filesystem::path& folder, const MinHashOptions& options, File file);
  Result<std::vector<std::uint8_t>> stored(std::uint64_t document) const;
  Status compare_band(std::vector<std::uint64_t>& first, std::uint64_t document,
                      std::vector<bool>& gone) const;

  MinHashOptions options_;
  SpillSort bands_;  // hash of the band to document
  File signatures_;  // the last byte of each hash
  std::uint64_t count_ = 0;
};

}  // namespace unimo::stages
