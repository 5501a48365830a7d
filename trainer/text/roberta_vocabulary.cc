#include "trainer/text/roberta_vocabulary.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "trainer/text/utf8.h"

namespace unimo::trainer {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kSpecial = {
    {{"[CLS]", "<s>"},
     {"[PAD]", "<pad>"},
     {"[SEP]", "</s>"},
     {"[UNK]", "<unk>"},
     {"[MASK]", "<mask>"}}};
constexpr std::string_view kEndOfText = "<|endoftext|>";

// A mapping in the order of its numbers, as Python's json.dump writes it.
std::string numbered_json(const std::vector<std::string>& pieces) {
  std::string text = "{";
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    text += i > 0 ? ", " : "";
    text += Json(pieces[i]).dump(-1, ' ', true) + ": " + std::to_string(i);
  }
  return text + "}";
}

// Piece to number, each number from 0 on once: the pieces in that order.
Result<std::vector<std::string>> pieces_of(const fs::path& path) {
  const Json document = UNIMO_TRY(read_json(path));
  if (!document.is_object() || document.empty())
    return fail(ErrorCode::kInvalid, "{}: a mapping of pieces to numbers is wanted", path.string());
  std::vector<std::string> pieces(document.size());
  for (const auto& [piece, number] : document.items()) {
    if (piece.empty() || !number.is_number_unsigned() ||
        number.get<std::uint64_t>() >= pieces.size() ||
        !pieces[number.get<std::size_t>()].empty()) {
      return fail(ErrorCode::kInvalid,
                  "{}: piece {} has number {}; {} pieces need each number from 0 to {} once",
                  path.string(), Json(piece).dump(), number.dump(), pieces.size(),
                  pieces.size() - 1);
    }
    pieces[number.get<std::size_t>()] = piece;
  }
  return pieces;
}

// GPT-2 numbers the bytes that are visible characters first, then the others, which stand for
// characters from U+0100 on.
std::vector<std::string> byte_pieces() {
  std::vector<std::string> pieces;
  const auto visible = [](std::uint32_t byte) {
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
  };
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    if (visible(byte)) append_utf8(byte, pieces.emplace_back());
  }
  std::uint32_t next = 0x100;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    if (!visible(byte)) append_utf8(next++, pieces.emplace_back());
  }
  return pieces;
}

// The results of the merges, in their order.
Result<std::vector<std::string>> merged_pieces(const fs::path& path) {
  std::vector<std::string> pieces;
  const auto lines = UNIMO_TRY(read_lines(path));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (line.empty() || (i == 0 && line.starts_with("#version"))) continue;
    const std::size_t blank = line.find(' ');
    if (blank == std::string::npos || blank == 0 || blank + 1 == line.size()) {
      return fail(ErrorCode::kInvalid, "{}:{}: \"{}\" is not two pieces with a blank between",
                  path.string(), i + 1, repair_utf8(line));
    }
    pieces.push_back(line.substr(0, blank) + line.substr(blank + 1));
  }
  return pieces;
}

}  // namespace

Result<RobertaVocabulary> to_roberta_vocabulary(const fs::path& folder) {
  const auto encoder = UNIMO_TRY(pieces_of(folder / "encoder.json"));
  const fs::path numbers = folder / "vocab.txt";
  const auto lines = UNIMO_TRY(read_lines(numbers));
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string line = lines[i].substr(0, lines[i].find('\t'));
    std::string piece = line;
    for (const auto& [ours, theirs] : kSpecial) {
      if (line == ours) piece = theirs;
    }
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error == std::errc() && end == line.data() + line.size()) {
      if (number >= encoder.size()) {
        return fail(ErrorCode::kInvalid, "{}:{}: {} is not a number of encoder.json (0 to {})",
                    numbers.string(), i + 1, number, encoder.size() - 1);
      }
      piece = encoder[number];
    }
    pieces.push_back(std::move(piece));
  }
  return RobertaVocabulary{.vocab_json = numbered_json(pieces),
                           .merges_txt = UNIMO_TRY(read_file(folder / "vocab.bpe"))};
}

Result<BpeVocabulary> from_roberta_vocabulary(const fs::path& folder) {
  const fs::path vocabulary = folder / "vocab.json", merges = folder / "merges.txt";
  const auto pieces = UNIMO_TRY(pieces_of(vocabulary));
  std::vector<std::string> encoder = byte_pieces();
  const auto merged = UNIMO_TRY(merged_pieces(merges));
  encoder.insert(encoder.end(), merged.begin(), merged.end());
  if (std::ranges::find(pieces, kEndOfText) != pieces.end()) encoder.emplace_back(kEndOfText);
  std::map<std::string_view, std::size_t> numbers;
  for (std::size_t i = 0; i < encoder.size(); ++i) {
    if (!numbers.emplace(encoder[i], i).second)
      return fail(ErrorCode::kInvalid, "{}: two merges give {}", merges.string(), encoder[i]);
  }
  std::string lines;
  std::size_t found = 0;
  for (const std::string& piece : pieces) {
    const auto number = numbers.find(piece);
    std::string line = piece;
    for (const auto& [ours, theirs] : kSpecial) {
      if (piece == theirs) line = ours;
    }
    if (number != numbers.end()) {
      line = std::to_string(number->second);
      ++found;
    }
    lines += line + "\n";
  }
  if (found != encoder.size()) {
    return fail(ErrorCode::kInvalid,
                "{}: {} of the {} pieces that merges.txt makes have no number: the files do not "
                "belong together",
                vocabulary.string(), encoder.size() - found, encoder.size());
  }
  return BpeVocabulary{.encoder_json = numbered_json(encoder),
                       .vocab_bpe = UNIMO_TRY(read_file(merges)),
                       .vocab_txt = std::move(lines)};
}

}  // namespace unimo::trainer
