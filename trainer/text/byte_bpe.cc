#include "trainer/text/byte_bpe.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "orchestrator/base/file.h"
#include "trainer/text/pair_merger.h"
#include "trainer/text/utf8.h"
#include "trainer/text/word_scanner.h"

namespace unimo::trainer {

namespace fs = std::filesystem;

namespace {

// GPT-2 writes bytes as visible characters: those that have one stand for themselves, the others
// are numbered from U+0100.
std::array<std::uint32_t, 256> characters_of_bytes() {
  std::array<std::uint32_t, 256> characters{};
  std::uint32_t next = 0x100;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    const bool visible =
        (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    characters[byte] = visible ? byte : next++;
  }
  return characters;
}

// The bytes of a piece in that writing.
class PieceReader {
 public:
  PieceReader() {
    const auto characters = characters_of_bytes();
    for (std::uint32_t byte = 0; byte < 256; ++byte)
      bytes_[characters[byte]] = static_cast<int>(byte);
  }
  std::optional<std::string> read(std::string_view written) const {
    std::string bytes;
    while (!written.empty()) {
      const CodePoint point = first_code_point(written);
      if (!point.valid || point.value >= bytes_.size() || bytes_[point.value] < 0)
        return std::nullopt;
      bytes += static_cast<char>(bytes_[point.value]);
      written.remove_prefix(point.bytes);
    }
    return bytes;
  }

 private:
  static constexpr std::array<int, 0x144> none() {
    std::array<int, 0x144> all{};
    all.fill(-1);
    return all;
  }
  std::array<int, 0x144> bytes_ = none();
};

// Calls `use(number from 1, line)` for every line, without line ends; stops at the first Error.
template <class Use>
Status for_each_line(std::string_view text, Use use) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    UNIMO_TRY(use(number, line));
  }
  return ok();
}

}  // namespace

Status ByteBpe::read_pieces(const fs::path& path, std::string_view bytes) {
  const Json document = UNIMO_TRY(parse_json(bytes, path.string()));
  if (!document.is_object() || document.empty()) {
    return fail(ErrorCode::kInvalid, "{}: not an object of pieces and their numbers",
                path.string());
  }
  const PieceReader reader;
  const std::size_t count = document.size();
  bytes_of_gpt2_.assign(count, {});
  std::vector<bool> seen(count);
  piece_of_byte_.assign(256, 0);
  std::size_t single_bytes = 0;
  for (const auto& [written, number] : document.items()) {
    const auto piece = reader.read(written);
    if (!piece || piece->empty()) {
      return fail(ErrorCode::kInvalid, "{}: piece {} is not written in GPT-2's byte characters",
                  path.string(), Json(written).dump());
    }
    if (!number.is_number_unsigned() || number.get<std::uint64_t>() >= count ||
        seen[number.get<std::size_t>()]) {
      return fail(ErrorCode::kInvalid,
                  "{}: piece {} has number {}; {} pieces need each number from 0 to {} once",
                  path.string(), Json(written).dump(), number.dump(), count, count - 1);
    }
    const auto id = number.get<std::size_t>();
    seen[id] = true;
    if (piece->size() == 1) {
      piece_of_byte_[static_cast<unsigned char>((*piece)[0])] = static_cast<std::uint32_t>(id);
      ++single_bytes;
    }
    bytes_of_gpt2_[id] = *piece;
  }
  if (single_bytes != 256) {
    return fail(ErrorCode::kInvalid, "{}: {} pieces of one byte, wanted all 256", path.string(),
                single_bytes);
  }
  return ok();
}

Status ByteBpe::read_merges(const fs::path& path, std::string_view bytes) {
  std::unordered_map<std::string_view, std::uint32_t> numbers;  // looked up only
  for (std::size_t i = 0; i < bytes_of_gpt2_.size(); ++i) {
    numbers.emplace(bytes_of_gpt2_[i], static_cast<std::uint32_t>(i));
  }
  const PieceReader reader;
  pairs_ = PairTable(static_cast<std::size_t>(std::ranges::count(bytes, '\n')) + 1);
  std::uint32_t rank = 0;
  return for_each_line(bytes, [&](std::size_t number, std::string_view line) -> Status {
    if (line.empty() || (number == 1 && line.starts_with("#version"))) return ok();
    const std::size_t blank = line.find(' ');
    const auto left = reader.read(line.substr(0, blank));
    const auto right = blank == line.npos ? std::nullopt : reader.read(line.substr(blank + 1));
    if (!left || !right || left->empty() || right->empty()) {
      return fail(ErrorCode::kInvalid, "{}:{}: \"{}\" is not two pieces with a blank between",
                  path.string(), number, repair_utf8(line));
    }
    const auto left_id = numbers.find(*left), right_id = numbers.find(*right),
               both = numbers.find(*left + *right);
    if (left_id == numbers.end() || right_id == numbers.end() || both == numbers.end()) {
      return fail(ErrorCode::kInvalid,
                  "{}:{}: merge \"{}\" has a part or a result that encoder.json does not number; "
                  "the files do not "
                  "belong together",
                  path.string(), number, repair_utf8(line));
    }
    if (!pairs_.add(left_id->second, right_id->second, {rank++, both->second})) {
      return fail(ErrorCode::kInvalid, "{}:{}: merge \"{}\" stands here for the second time",
                  path.string(), number, repair_utf8(line));
    }
    return ok();
  });
}

Status ByteBpe::read_numbers(const fs::path& path, std::string_view bytes) {
  constexpr std::array<std::string_view, 4> kFirst = {"[CLS]", "[PAD]", "[SEP]", "[UNK]"};
  id_of_gpt2_.assign(bytes_of_gpt2_.size(), -1);
  UNIMO_TRY(for_each_line(bytes, [&](std::size_t number, std::string_view line) -> Status {
    // Some vocabularies carry a count behind a tab; only the name matters.
    line = line.substr(0, line.find('\t'));
    const std::size_t id = number - 1;
    if (id < kFirst.size() && line != kFirst[id]) {
      return fail(ErrorCode::kInvalid, "{}:{}: \"{}\" where {} must stand", path.string(), number,
                  repair_utf8(line), kFirst[id]);
    }
    TokenId gpt2 = -1;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), gpt2);
    const bool is_number = error == std::errc() && end == line.data() + line.size();
    if (is_number && (gpt2 < 0 || static_cast<std::size_t>(gpt2) >= id_of_gpt2_.size())) {
      return fail(ErrorCode::kInvalid, "{}:{}: {} is not a number of encoder.json (0 to {})",
                  path.string(), number, line, id_of_gpt2_.size() - 1);
    }
    if (is_number && id_of_gpt2_[static_cast<std::size_t>(gpt2)] >= 0) {
      return fail(ErrorCode::kInvalid, "{}:{}: {} stands already on line {}", path.string(), number,
                  line, id_of_gpt2_[static_cast<std::size_t>(gpt2)] + 1);
    }
    if (!is_number && line.empty()) {
      return fail(ErrorCode::kInvalid, "{}:{}: an empty line; every line is an id", path.string(),
                  number);
    }
    if (is_number) id_of_gpt2_[static_cast<std::size_t>(gpt2)] = static_cast<TokenId>(id);
    gpt2_of_id_.push_back(is_number ? gpt2 : -1);
    special_names_.emplace_back(is_number ? std::string_view() : line);
    if (line == "[MASK]") mask_id_ = static_cast<TokenId>(id);
    return ok();
  }));
  if (mask_id_ == 0) return fail(ErrorCode::kInvalid, "{}: no line [MASK]", path.string());
  const auto missing = std::ranges::find(id_of_gpt2_, -1);
  if (missing != id_of_gpt2_.end()) {
    return fail(ErrorCode::kInvalid, "{}: GPT-2 id {} has no line", path.string(),
                missing - id_of_gpt2_.begin());
  }
  return ok();
}

Result<std::unique_ptr<ByteBpe>> ByteBpe::load(const fs::path& folder) {
  const fs::path encoder = folder / "encoder.json", merges = folder / "vocab.bpe",
                 numbers = folder / "vocab.txt";
  std::vector<File> files;
  for (const fs::path& path : {encoder, merges, numbers}) {
    files.push_back({path.filename().string(), UNIMO_TRY(read_file(path))});
  }
  std::unique_ptr<ByteBpe> bpe(new ByteBpe());
  UNIMO_TRY(bpe->read_pieces(encoder, files[0].bytes));
  UNIMO_TRY(bpe->read_merges(merges, files[1].bytes));
  UNIMO_TRY(bpe->read_numbers(numbers, files[2].bytes));
  bpe->find_neighbours();
  bpe->find_whole_words();
  bpe->keep_files(std::move(files), "");
  return bpe;
}

namespace {

std::size_t pair_of_bytes(char first, char second) {
  return std::size_t{static_cast<unsigned char>(first)} << 8 | static_cast<unsigned char>(second);
}

}  // namespace

void ByteBpe::find_neighbours() {
  for (const std::string& piece : bytes_of_gpt2_) {
    for (std::size_t i = 1; i < piece.size(); ++i)
      neighbours_.set(pair_of_bytes(piece[i - 1], piece[i]));
  }
}

std::size_t ByteBpe::segment_length(std::string_view word) const {
  std::size_t length = 1;
  while (length < word.size() && neighbours_[pair_of_bytes(word[length - 1], word[length])])
    ++length;
  return length;
}

// A word that is a piece is not always encoded as that piece: some pieces can never be the result
// of merging (those that are not whole words of the pattern, for one). So each is tried.
void ByteBpe::find_whole_words() {
  whole_words_.assign(std::bit_ceil(2 * bytes_of_gpt2_.size() + 2), {});
  for (std::size_t gpt2 = 0; gpt2 < bytes_of_gpt2_.size(); ++gpt2) {
    const std::string& bytes = bytes_of_gpt2_[gpt2];
    std::array<std::uint32_t, ShortWord::kLongest> space;
    if (bytes.size() > space.size() || merge(bytes, space).size() != 1) continue;
    const ShortWord word = ShortWord::of(bytes);
    std::size_t i = static_cast<std::size_t>(word.hash()) & (whole_words_.size() - 1);
    while (whole_words_[i].word.length != 0) i = (i + 1) & (whole_words_.size() - 1);
    whole_words_[i] = {word, id_of_gpt2_[gpt2]};
  }
}

bool ByteBpe::is_whole_word(const ShortWord& word, TokenId& id) const {
  for (std::size_t i = static_cast<std::size_t>(word.hash());; ++i) {
    const WholeWord& found = whole_words_[i & (whole_words_.size() - 1)];
    if (found.word.length == 0) return false;
    if (found.word == word) {
      id = found.id;
      return true;
    }
  }
}

std::span<const std::uint32_t> ByteBpe::merge(std::string_view word,
                                              std::span<std::uint32_t> space) const {
  for (std::size_t i = 0; i < word.size(); ++i) {
    space[i] = piece_of_byte_[static_cast<unsigned char>(word[i])];
  }
  return space.first(merge_pairs(pairs_, space.first(word.size())));
}

void ByteBpe::encode_word(std::string_view word, std::size_t readable,
                          std::vector<TokenId>& out) const {
  TokenId id = 0;
  if (word.size() <= ShortWord::kLongest && is_whole_word(ShortWord::of(word, readable), id)) {
    out.push_back(id);
    return;
  }
  while (!word.empty()) {
    const std::size_t length = segment_length(word);
    merge_segment(word.substr(0, length), out);
    word.remove_prefix(length);
  }
}

void ByteBpe::merge_segment(std::string_view segment, std::vector<TokenId>& out) const {
  std::array<std::uint32_t, kLongestInLine> few;
  std::vector<std::uint32_t> many;
  if (segment.size() > few.size()) many.resize(segment.size());
  const std::span<std::uint32_t> space =
      many.empty() ? std::span<std::uint32_t>(few) : std::span(many);
  for (const std::uint32_t piece : merge(segment, space)) out.push_back(id_of_gpt2_[piece]);
}

// Its short parts go through the cache.
void ByteBpe::encode_long_word(std::string_view word, std::size_t readable, WordCache& cache,
                               std::vector<TokenId>& out) const {
  while (!word.empty()) {
    const std::size_t length = segment_length(word);
    const std::string_view segment = word.substr(0, length);
    if (length > ShortWord::kLongest) {
      merge_segment(segment, out);
    } else {
      const ShortWord key = ShortWord::of(segment, readable);
      const std::size_t place = cache.place_of(key), before = out.size();
      if (const WordCache::Entry* known = cache.find(key, place)) {
        out.insert(out.end(), known->ids.begin(), known->ids.begin() + known->count);
      } else {
        merge_segment(segment, out);
        cache.add(key, place, std::span(out).subspan(before));
      }
    }
    word.remove_prefix(length);
    readable -= length;
  }
}

std::vector<TokenId> ByteBpe::encode(std::string_view text) const {
  std::string repaired;
  if (!is_valid_utf8(text)) text = repaired = repair_utf8(text);
  std::vector<TokenId> ids;
  ids.reserve(text.size() / 4 + 1);
  WordScanner scanner(classes_, text);
  for (auto word = scanner.next(); !word.empty(); word = scanner.next()) {
    encode_word(word, static_cast<std::size_t>(text.data() + text.size() - word.data()), ids);
  }
  return ids;
}

namespace {

// Words that are looked for in the cache together: the memory of the first has come when the last
// has been scanned.
constexpr std::size_t kTogether = 32;

struct ScannedWord {
  std::string_view bytes;
  ShortWord key;          // of a word that is short enough
  std::size_t place = 0;  // in the cache
  bool is_short() const { return key.length != 0; }
};

// How many of `words` were filled; less than all at the end of the text.
std::size_t scan(WordScanner& scanner, const char* end, const WordCache& cache,
                 std::span<ScannedWord> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view bytes = scanner.next();
    if (bytes.empty()) return i;
    words[i] = {.bytes = bytes};
    if (bytes.size() > ShortWord::kLongest) continue;
    words[i].key = ShortWord::of(bytes, static_cast<std::size_t>(end - bytes.data()));
    words[i].place = cache.place_of(words[i].key);
  }
  return words.size();
}

}  // namespace

void ByteBpe::encode(std::string_view text, WordCache& cache, std::vector<TokenId>& out) const {
  std::string repaired;
  if (!is_valid_utf8(text)) text = repaired = repair_utf8(text);
  const char* const end = text.data() + text.size();
  WordScanner scanner(classes_, text);
  std::array<ScannedWord, kTogether> words;
  // Collected here: cheaper than growing `out` word by word.
  std::array<TokenId, kTogether * WordCache::kMostIds> ids;
  for (std::size_t found = kTogether; found == kTogether;) {
    found = scan(scanner, end, cache, words);
    std::size_t count = 0;
    const auto flush = [&] {
      out.insert(out.end(), ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count));
      count = 0;
    };
    for (const ScannedWord& word : std::span(words).first(found)) {
      const WordCache::Entry* known = word.is_short() ? cache.find(word.key, word.place) : nullptr;
      if (known != nullptr) {
        known->copy_to(ids.data() + count);
        count += known->count;
        continue;
      }
      flush();
      const std::size_t before = out.size();
      const auto readable = static_cast<std::size_t>(end - word.bytes.data());
      if (!word.is_short()) {
        encode_long_word(word.bytes, readable, cache, out);
        continue;
      }
      encode_word(word.bytes, readable, out);
      cache.add(word.key, word.place, std::span(out).subspan(before));
    }
    flush();
  }
}

std::string ByteBpe::decode(std::span<const TokenId> ids) const {
  std::string bytes;
  for (const TokenId id : ids) {
    const TokenId gpt2 = gpt2_id(id);
    if (gpt2 >= 0) bytes += bytes_of_gpt2_[static_cast<std::size_t>(gpt2)];
  }
  return is_valid_utf8(bytes) ? bytes : repair_utf8(bytes);
}

bool ByteBpe::is_word_start(TokenId id) const {
  const TokenId gpt2 = gpt2_id(id);
  return gpt2 < 0 || bytes_of_gpt2_[static_cast<std::size_t>(gpt2)].starts_with(' ');
}

std::string ByteBpe::piece(TokenId id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= gpt2_of_id_.size()) return {};
  const TokenId gpt2 = gpt2_id(id);
  return gpt2 < 0 ? special_names_[static_cast<std::size_t>(id)]
                  : bytes_of_gpt2_[static_cast<std::size_t>(gpt2)];
}

Json ByteBpe::describe() const {
  Json description = Tokenizer::describe();
  description["unicode"] = CharacterClasses::unicode_version();
  return description;
}

TokenId ByteBpe::gpt2_id(TokenId id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= gpt2_of_id_.size()) return -1;
  return gpt2_of_id_[static_cast<std::size_t>(id)];
}

TokenId ByteBpe::id_of_gpt2(TokenId gpt2_id) const {
  if (gpt2_id < 0 || static_cast<std::size_t>(gpt2_id) >= id_of_gpt2_.size()) return kUnkId;
  return id_of_gpt2_[static_cast<std::size_t>(gpt2_id)];
}

}  // namespace unimo::trainer
