#include "stages/ingest/benchmarks/unimo_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "stages/ingest/base64.h"
#include "trainer/text/byte_bpe.h"

namespace unimo::stages {

static_assert(std::endian::native == std::endian::little, "the files hold little-endian floats");

namespace {

using trainer::TokenId;

constexpr std::string_view kSeparator = "[SEP]";

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find(separator, at);
    parts.push_back(text.substr(at, end - at));
    if (end == std::string_view::npos) return parts;
    at = end + 1;
  }
}

template <class T>
bool parse_number(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// The fields of a line, taken one after the other; the first mistake is kept.
class Fields {
 public:
  Fields(std::string_view line, std::string_view place, std::size_t expected)
      : fields_(split(line, ';')), place_(place) {
    if (fields_.size() != expected) {
      wrong(fmt::format("{} fields between semicolons where {} must be", fields_.size(), expected));
    }
  }

  std::string text() { return std::string(next()); }

  std::int64_t number() {
    const std::string_view field = next();
    std::int64_t value = 0;
    if (!parse_number(field, value)) wrong_field(field, "is no whole number");
    return value;
  }

  IdList list() {
    const std::string_view field = next();
    IdList ids;
    for (const std::string_view word : split(field, ' ')) {
      if (word.empty()) continue;
      std::int32_t id = 0;
      if (!parse_number(word, id)) {
        wrong_field(word, "is no whole number of a list");
        return {};
      }
      ids.push_back(id);
    }
    return ids;
  }

  UnimoTokens tokens() {
    UnimoTokens tokens;
    tokens.ids = list();
    tokens.sentences = list();
    tokens.positions = list();
    if (tokens.ids.size() != tokens.sentences.size() ||
        tokens.ids.size() != tokens.positions.size()) {
      wrong(fmt::format("{} token ids, {} sentence ids, {} position ids; they must be as many",
                        tokens.ids.size(), tokens.sentences.size(), tokens.positions.size()));
    }
    return tokens;
  }

  // Floats of `rows` boxes: the same number for each.
  std::vector<float> floats(std::int64_t rows) {
    const std::string_view field = next();
    const auto bytes = from_base64(field);
    if (!bytes) {
      wrong_field(field, bytes.error().message);
      return {};
    }
    if (bytes->size() % sizeof(float) != 0) {
      wrong_field(field, fmt::format("{} bytes are no float32 numbers", bytes->size()));
      return {};
    }
    std::vector<float> values(bytes->size() / sizeof(float));
    if (!values.empty()) std::memcpy(values.data(), bytes->data(), bytes->size());
    const auto odd = std::find_if_not(values.begin(), values.end(),
                                      [](float value) { return std::isfinite(value); });
    if (odd != values.end())
      wrong_field(field, fmt::format("number {} is {}", odd - values.begin(), *odd));
    const auto count = static_cast<std::int64_t>(values.size());
    if (rows < 0 || (rows == 0 && count > 0) || (rows > 0 && count % rows != 0)) {
      wrong_field(field, fmt::format("{} numbers do not go into {} boxes", count, rows));
    }
    return values;
  }

  void wrong(std::string text) {
    if (message_.empty()) message_ = std::move(text);
  }

  template <class Record>
  Result<Record> result(Record record) const {
    if (message_.empty()) return record;
    return fail(ErrorCode::kInvalid, "{}: {}", place_, message_);
  }

 private:
  std::string_view next() { return next_ < fields_.size() ? fields_[next_++] : std::string_view(); }
  void wrong_field(std::string_view field, std::string_view text) {
    constexpr std::size_t kShown = 40;
    wrong(fmt::format("field {}: \"{}{}\": {}", next_, field.substr(0, kShown),
                      field.size() > kShown ? "…" : "", text));
  }
  std::vector<std::string_view> fields_;
  std::string_view place_;
  std::size_t next_ = 0;
  std::string message_;
};

std::string list_text(const IdList& ids) {
  std::string text;
  for (const std::int32_t id : ids) text += fmt::format("{}{}", text.empty() ? "" : " ", id);
  return text;
}

std::string floats_text(const std::vector<float>& values) {
  return to_base64({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

std::string tokens_text(const UnimoTokens& tokens) {
  return fmt::format("{};{};{}", list_text(tokens.ids), list_text(tokens.sentences),
                     list_text(tokens.positions));
}

}  // namespace

UnimoCell::UnimoCell(const trainer::ByteBpe& bpe)
    : bpe_(bpe), words_(std::make_unique<trainer::WordCache>()) {}

UnimoCell::~UnimoCell() = default;

std::string UnimoCell::encode(std::span<const std::string> pieces) {
  std::string cell;
  std::vector<TokenId> ids;
  const auto append = [&](std::string_view token) {
    if (!cell.empty()) cell += ' ';
    cell += token;
  };
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) append(kSeparator);
    ids.clear();
    bpe_.encode(pieces[i], *words_, ids);
    for (const TokenId id : ids) append(fmt::format_int(bpe_.gpt2_id(id)).c_str());
  }
  return cell;
}

Result<std::vector<std::string>> UnimoCell::decode(std::string_view cell) const {
  std::vector<std::string> pieces;
  std::vector<TokenId> ids;
  const auto close = [&] {
    pieces.push_back(bpe_.decode(ids));
    ids.clear();
  };
  for (const std::string_view word : split(cell, ' ')) {
    if (word.empty()) continue;
    if (word == kSeparator) {
      close();
      continue;
    }
    TokenId number = 0;
    if (!parse_number(word, number) || number < 0 ||
        static_cast<std::size_t>(number) >= bpe_.gpt2_size()) {
      return fail(ErrorCode::kInvalid,
                  "\"{}\" is neither one of GPT-2's {} numbers nor [SEP]; is the cell plain text?",
                  word.substr(0, 40), bpe_.gpt2_size());
    }
    ids.push_back(bpe_.id_of_gpt2(number));
  }
  close();
  return pieces;
}

Result<UnimoCaption> parse_unimo_caption(std::string_view line, std::string_view place) {
  Fields fields(line, place, 16);
  UnimoCaption record;
  record.image_id = fields.text();
  record.caption_id = fields.text();
  record.tokens = fields.tokens();
  record.segment_labels = fields.list();
  record.span_begins = fields.list();
  record.span_ends = fields.list();
  if (record.span_begins.size() != record.span_ends.size()) {
    fields.wrong(fmt::format("{} spans begin and {} end", record.span_begins.size(),
                             record.span_ends.size()));
  }
  record.height = fields.number();
  record.width = fields.number();
  record.boxes = fields.number();
  record.box_values = fields.floats(record.boxes);
  record.class_probabilities = fields.floats(record.boxes);
  record.attribute_probabilities = fields.floats(record.boxes);
  record.features = fields.floats(record.boxes);
  record.label = fields.text();
  return fields.result(std::move(record));
}

Result<UnimoTags> parse_unimo_tags(std::string_view line, std::string_view place) {
  Fields fields(line, place, 4);
  UnimoTags record;
  record.image_id = fields.text();
  record.tokens = fields.tokens();
  return fields.result(std::move(record));
}

Result<UnimoEntailment> parse_unimo_entailment(std::string_view line, std::string_view place) {
  Fields fields(line, place, 14);
  UnimoEntailment record;
  record.image_id = fields.text();
  record.data_id = fields.text();
  record.label = fields.number();
  if (record.label < 0 || record.label > 2)
    fields.wrong(fmt::format("label {}; there are 0, 1 and 2", record.label));
  record.tokens = fields.tokens();
  record.unused_before_size = fields.text();
  record.width = fields.number();
  record.height = fields.number();
  record.boxes = fields.number();
  record.box_values = fields.floats(record.boxes);
  record.features = fields.floats(record.boxes);
  for (std::string& field : record.unused_at_end) field = fields.text();
  return fields.result(std::move(record));
}

Result<UnimoRetrieval> parse_unimo_retrieval(std::string_view line, std::string_view place) {
  Fields fields(line, place, 5);
  UnimoRetrieval record;
  record.tokens = fields.tokens();
  record.image = fields.number();
  record.caption = fields.number();
  return fields.result(std::move(record));
}

std::string format_unimo(const UnimoCaption& record) {
  return fmt::format(
      "{};{};{};{};{};{};{};{};{};{};{};{};{};{}", record.image_id, record.caption_id,
      tokens_text(record.tokens), list_text(record.segment_labels), list_text(record.span_begins),
      list_text(record.span_ends), record.height, record.width, record.boxes,
      floats_text(record.box_values), floats_text(record.class_probabilities),
      floats_text(record.attribute_probabilities), floats_text(record.features), record.label);
}

std::string format_unimo(const UnimoTags& record) {
  return fmt::format("{};{}", record.image_id, tokens_text(record.tokens));
}

std::string format_unimo(const UnimoEntailment& record) {
  return fmt::format("{};{};{};{};{};{};{};{};{};{};{};{}", record.image_id, record.data_id,
                     record.label, tokens_text(record.tokens), record.unused_before_size,
                     record.width, record.height, record.boxes, floats_text(record.box_values),
                     floats_text(record.features), record.unused_at_end[0],
                     record.unused_at_end[1]);
}

std::string format_unimo(const UnimoRetrieval& record) {
  return fmt::format("{};{};{}", tokens_text(record.tokens), record.image, record.caption);
}

}  // namespace unimo::stages
