#include "stages/ingest/text/near_duplicates.h"

#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>

namespace unimo::stages {

namespace {

constexpr std::size_t kShingle = 5;  // words
constexpr std::size_t kSortBudget = 64 << 20;
// Of a band with many documents only so many are compared with each later one: they are all alike.
constexpr std::size_t kMostCompared = 16;

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') ||
         ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

// Calls `take` with each word in lower case.
template <class Take>
void visit_words(std::string_view text, Take take) {
  std::string word;
  for (std::size_t at = 0; at < text.size();) {
    while (at < text.size() && !is_word(text[at])) ++at;
    word.clear();
    for (; at < text.size() && is_word(text[at]); ++at) {
      const char c = text[at];
      word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    if (!word.empty()) take(word);
  }
}

// splitmix64 (Steele, Lea, Flood 2014): one sequence of constants for every machine and run.
std::uint64_t splitmix(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

Status cannot(std::string_view what) {
  return fail(ErrorCode::kIo, "temporary file of signatures cannot {}: {}; is the disk full?", what,
              std::strerror(errno));
}

}  // namespace

std::vector<std::uint32_t> signature_of(std::string_view text, const MinHashOptions& options) {
  const auto count = static_cast<std::size_t>(options.permutations);
  std::vector<std::uint32_t> factors(count), summands(count);
  std::uint64_t state = 1;
  for (std::size_t i = 0; i < count; ++i) {
    factors[i] = static_cast<std::uint32_t>(splitmix(state)) | 1U;  // odd: a permutation
    summands[i] = static_cast<std::uint32_t>(splitmix(state));
  }
  std::vector<std::uint32_t> least(count, std::numeric_limits<std::uint32_t>::max());
  std::array<std::uint64_t, kShingle> last{};
  std::size_t words = 0;
  visit_words(text, [&](const std::string& word) {
    last[words++ % kShingle] = XXH3_64bits(word.data(), word.size());
    if (words < kShingle) return;
    std::uint64_t mixed = 0;
    for (std::size_t i = 0; i < kShingle; ++i)
      mixed = (mixed ^ last[(words + i) % kShingle]) * 0x9E3779B97F4A7C15U + (mixed >> 29);
    mixed ^= mixed >> 32;
    const auto shingle = static_cast<std::uint32_t>(mixed ^ (mixed >> 17));
    for (std::size_t i = 0; i < count; ++i)
      least[i] = std::min(least[i], factors[i] * shingle + summands[i]);
  });
  if (words < kShingle) least.clear();
  return least;
}

double similarity(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  if (a.empty() || a.size() != b.size()) return 0;
  std::size_t same = 0;
  for (std::size_t i = 0; i < a.size(); ++i) same += a[i] == b[i];
  return static_cast<double>(same) / static_cast<double>(a.size());
}

std::uint64_t content_hash(std::string_view text) {
  std::string content;
  content.reserve(text.size());
  visit_words(text, [&](const std::string& word) { (content += word) += ' '; });
  return XXH3_64bits(content.data(), content.size());
}

NearDuplicates::NearDuplicates(const std::filesystem::path& folder, const MinHashOptions& options,
                               File file)
    : options_(options), bands_(folder, kSortBudget), signatures_(std::move(file)) {}

Result<NearDuplicates> NearDuplicates::create(const std::filesystem::path& folder,
                                              const MinHashOptions& options) {
  if (options.bands < 1 || options.permutations < 1 || options.permutations % options.bands != 0) {
    return fail(ErrorCode::kInvalid, "{} permutations are no multiple of {} bands",
                options.permutations, options.bands);
  }
  std::string name = (folder / ".signatures-XXXXXX").string();
  const int fd = ::mkstemp(name.data());
  if (fd < 0) return tl::unexpected(cannot("be made in " + folder.string()).error());
  ::unlink(name.c_str());
  File file(::fdopen(fd, "w+b"), &std::fclose);
  if (!file) return tl::unexpected(cannot("be opened").error());
  return NearDuplicates(folder, options, std::move(file));
}

Status NearDuplicates::add(const std::vector<std::uint32_t>& signature) {
  const auto size = static_cast<std::size_t>(options_.permutations);
  const std::uint64_t document = count_++;
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < signature.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(signature[i]);
  if (std::fwrite(bytes.data(), 1, size, signatures_.get()) != size) return cannot("be written");
  if (signature.empty()) return ok();
  const std::size_t rows = size / static_cast<std::size_t>(options_.bands);
  const std::string_view payload(reinterpret_cast<const char*>(&document), sizeof(document));
  for (std::size_t band = 0; band < static_cast<std::size_t>(options_.bands); ++band) {
    const std::uint64_t key =
        XXH3_64bits_withSeed(signature.data() + band * rows, rows * sizeof(std::uint32_t), band);
    UNIMO_TRY(bands_.add(key, payload));
  }
  return ok();
}

Result<std::vector<std::uint8_t>> NearDuplicates::stored(std::uint64_t document) const {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(options_.permutations));
  const auto place = static_cast<off_t>(document * bytes.size());
  const ssize_t got = ::pread(::fileno(signatures_.get()), bytes.data(), bytes.size(), place);
  if (got != static_cast<ssize_t>(bytes.size())) return tl::unexpected(cannot("be read").error());
  return bytes;
}

// `first`: the documents of the band before this one, as many as are compared.
Status NearDuplicates::compare_band(std::vector<std::uint64_t>& first, std::uint64_t document,
                                    std::vector<bool>& gone) const {
  if (!gone[document] && !first.empty()) {
    const auto mine = UNIMO_TRY(stored(document));
    for (const std::uint64_t other : first) {
      const auto theirs = UNIMO_TRY(stored(other));
      double same = 0;
      for (std::size_t i = 0; i < mine.size(); ++i) same += mine[i] == theirs[i];
      // One byte agrees by chance once in 256.
      const double share = (same / static_cast<double>(mine.size()) - 1.0 / 256) / (255.0 / 256);
      if (share < options_.threshold) continue;
      gone[document] = true;
      break;
    }
  }
  if (first.size() < kMostCompared) first.push_back(document);
  return ok();
}

Result<std::vector<bool>> NearDuplicates::find() {
  if (std::fflush(signatures_.get()) != 0) return tl::unexpected(cannot("be written").error());
  UNIMO_TRY(bands_.sort());
  std::vector<bool> gone(count_);
  std::vector<std::uint64_t> first;
  std::uint64_t key = 0;
  while (const SpillSort::Item* item = UNIMO_TRY(bands_.next())) {
    std::uint64_t document = 0;
    std::memcpy(&document, item->payload.data(), sizeof(document));
    if (item->key != key) first.clear();
    key = item->key;
    UNIMO_TRY(compare_band(first, document, gone));
  }
  return gone;
}

}  // namespace unimo::stages
