#include "stages/ingest/corpora/flickr_entities.h"

#include <expat.h>

#include <charconv>
#include <memory>

namespace unimo::stages {

namespace {

constexpr std::string_view kMark = "[/EN#";
constexpr std::size_t kMaxDepth = 16;           // of XML elements; real files have four
constexpr std::size_t kMaxTextBytes = 1 << 16;  // of one element

bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' '; }

// Adds text with tidied blanks, so that offsets hold in what is kept.
class TidyText {
 public:
  void add(std::string_view piece) {
    for (const char c : piece) {
      if (is_blank(c)) {
        blank_ = !text.empty();
        continue;
      }
      if (blank_) text.push_back(' ');
      blank_ = false;
      text.push_back(c);
    }
  }
  // Where the next letter will stand.
  std::size_t next() const { return text.size() + (blank_ ? 1 : 0); }

  std::string text;

 private:
  bool blank_ = false;
};

// "/EN#221796/people/clothing" to number and types.
bool parse_head(std::string_view head, EntityPhrase& phrase) {
  head.remove_prefix(kMark.size() - 1);
  std::size_t slash = head.find('/');
  phrase.entity = std::string(head.substr(0, slash));
  while (slash != std::string_view::npos) {
    head.remove_prefix(slash + 1);
    slash = head.find('/');
    phrase.types.emplace_back(head.substr(0, slash));
    if (phrase.types.back().empty()) return false;
  }
  const auto& number = phrase.entity;
  return !number.empty() && !phrase.types.empty() &&
         number.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

Result<EntitySentence> parse_entity_sentence(std::string_view line) {
  EntitySentence sentence;
  TidyText text;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t mark = std::min(line.find(kMark, at), line.size());
    text.add(line.substr(at, mark - at));
    if (mark == line.size()) break;
    const std::size_t close = line.find(']', mark);
    if (close == std::string_view::npos)
      return fail(ErrorCode::kInvalid, "byte {}: the bracket is not closed", mark);
    const std::string_view inner = line.substr(mark + 1, close - mark - 1);
    const std::size_t blank = std::min(inner.find(' '), inner.size());
    EntityPhrase phrase;
    if (inner.find(kMark) != std::string_view::npos)
      return fail(ErrorCode::kInvalid, "byte {}: a mark within a mark", mark);
    if (!parse_head(inner.substr(0, blank), phrase)) {
      return fail(ErrorCode::kInvalid, "byte {}: must be [/EN#number/type words]", mark);
    }
    phrase.begin = text.next();
    text.add(inner.substr(blank));
    // The blank after the head may be pending still; the first letter stands after it.
    if (phrase.begin < text.text.size() && text.text[phrase.begin] == ' ') ++phrase.begin;
    phrase.end = text.text.size();
    if (phrase.end <= phrase.begin)
      return fail(ErrorCode::kInvalid, "byte {}: no words in the mark", mark);
    sentence.phrases.push_back(std::move(phrase));
    at = close + 1;
  }
  sentence.text = std::move(text.text);
  return sentence;
}

namespace {

// Follows expat through <annotation>; the first problem ends it.
class BoxesParser {
 public:
  explicit BoxesParser(XML_Parser parser) : parser_(parser) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(
        parser,
        [](void* self, const XML_Char* name, const XML_Char**) {
          static_cast<BoxesParser*>(self)->begin(name);
        },
        [](void* self, const XML_Char* name) { static_cast<BoxesParser*>(self)->end(name); });
    XML_SetCharacterDataHandler(parser, [](void* self, const XML_Char* text, int size) {
      static_cast<BoxesParser*>(self)->text({text, static_cast<std::size_t>(size)});
    });
    XML_SetStartDoctypeDeclHandler(
        parser, [](void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
          static_cast<BoxesParser*>(self)->stop("declares a document type, which is not allowed");
        });
  }

  EntityBoxes boxes;
  std::string problem;

 private:
  void stop(std::string why) {
    if (problem.empty()) problem = std::move(why);
    XML_StopParser(parser_, XML_FALSE);
  }

  void begin(const std::string& name) {
    if (++depth_ > kMaxDepth) return stop("nests too deep");
    text_.clear();
    if (name == "object") object_ = {};
    if (name == "bndbox") corners_ = {};
  }

  void text(std::string_view piece) {
    if (text_.size() + piece.size() > kMaxTextBytes) return stop("has an endless text");
    text_ += piece;
  }

  void end(const std::string& name) {
    --depth_;
    constexpr std::array<std::string_view, 4> kCorners{"xmin", "ymin", "xmax", "ymax"};
    for (std::size_t i = 0; i < kCorners.size(); ++i) {
      if (name == kCorners[i]) corners_[i] = number(name);
    }
    if (name == "width") boxes.width = static_cast<int>(number(name).value_or(0));
    if (name == "height") boxes.height = static_cast<int>(number(name).value_or(0));
    if (name == "name") object_.entities.push_back(trimmed());
    if (name == "scene") object_.scene = number(name) == 1;
    if (name == "nobox") object_.no_box = number(name) == 1;
    if (name == "bndbox") end_box();
    if (name == "object") boxes.objects.push_back(std::move(object_));
    text_.clear();
  }

  void end_box() {
    for (const auto& corner : corners_) {
      if (!corner) return stop("has a bndbox without xmin, ymin, xmax and ymax");
    }
    object_.box = {static_cast<double>(*corners_[0] - 1), static_cast<double>(*corners_[1] - 1),
                   static_cast<double>(*corners_[2] - *corners_[0] + 1),
                   static_cast<double>(*corners_[3] - *corners_[1] + 1)};
  }

  std::string trimmed() const {
    std::size_t first = 0;
    std::size_t last = text_.size();
    while (first < last && is_blank(text_[first])) ++first;
    while (last > first && is_blank(text_[last - 1])) --last;
    return text_.substr(first, last - first);
  }

  std::optional<int> number(const std::string& name) {
    const std::string text = trimmed();
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    constexpr int kMax = 1'000'000;
    if (error == std::errc() && end == text.data() + text.size() && value >= -kMax &&
        value <= kMax) {
      return value;
    }
    stop(fmt::format("has \"{}\" as {}, which is no pixel", text.substr(0, 40), name));
    return std::nullopt;
  }

  XML_Parser parser_;
  EntityObject object_;
  std::array<std::optional<int>, 4> corners_;
  std::string text_;
  std::size_t depth_ = 0;
};

}  // namespace

Result<EntityBoxes> parse_entity_boxes(std::string_view xml) {
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(nullptr), &XML_ParserFree);
  if (!parser) return fail(ErrorCode::kIo, "no memory for an XML parser");
  BoxesParser handler(parser.get());
  const auto status =
      XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), /*isFinal=*/1);
  if (status == XML_STATUS_OK && handler.problem.empty()) return std::move(handler.boxes);
  return fail(ErrorCode::kInvalid, "line {}: {}", XML_GetCurrentLineNumber(parser.get()),
              handler.problem.empty() ? fmt::format("not well-formed XML: {}",
                                                    XML_ErrorString(XML_GetErrorCode(parser.get())))
                                      : handler.problem);
}

}  // namespace unimo::stages
