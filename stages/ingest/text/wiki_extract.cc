#include "stages/ingest/text/wiki_extract.h"

#include "orchestrator/base/json.h"
#include "stages/ingest/stream/line_reader.h"
#include "stages/ingest/text/text_check.h"
#include "stages/ingest/text/wikitext_parts.h"

namespace unimo::stages {

namespace {

// The value of an attribute in a tag that WikiExtractor wrote; its entities resolved.
std::string attribute(std::string_view tag, std::string_view name) {
  const std::string start = fmt::format(" {}=\"", name);
  const std::size_t begin = tag.find(start);
  if (begin == std::string_view::npos) return {};
  // A title may hold quotes itself: the value ends before the next attribute or the end of the tag.
  std::string_view value = tag.substr(begin + start.size());
  for (const std::string_view end : {"\" url=\"", "\" title=\"", "\" revid=\"", "\">"})
    value = value.substr(0, std::min(value.find(end), value.size()));
  std::string result;
  for (std::size_t i = 0; i < value.size();) {
    const auto entity = value[i] == '&' ? wikitext::read_entity(value.substr(i)) : std::nullopt;
    result += entity ? entity->text : std::string(1, value[i]);
    i += entity ? entity->length : 1;
  }
  return result;
}

class ExtractReader {
 public:
  ExtractReader(std::string_view file, const DocumentVisitor& visitor)
      : file_(file), visitor_(visitor) {}

  Status line(const LineReader::Line& line) {
    if (line.text.starts_with("<doc ") && line.text.ends_with(">")) {
      if (inside_) cut();
      begin(line);
      return ok();
    }
    if (!inside_) {
      outside(line);
      return ok();
    }
    if (line.text.starts_with("</doc>")) {
      inside_ = false;
      return visitor_.add(std::move(document_));
    }
    // The first line repeats the title.
    if (!(document_.text.empty() && tidy_blanks(line.text) == document_.title))
      (document_.text += line.text) += '\n';
    return ok();
  }

  void end() {
    if (inside_) cut();
  }

 private:
  void begin(const LineReader::Line& line) {
    inside_ = true;
    in_gap_ = false;
    document_ = {};
    document_.form = TextForm::kExtract;
    document_.title = attribute(line.text, "title");
    document_.place = fmt::format("{}:{}", file_, line.number);
    document_.id = attribute(line.text, "id");
    if (document_.id.empty()) document_.id = document_.place;
  }
  void cut() {
    inside_ = false;
    visitor_.refuse({document_.place, document_.id, "cut_document",
                     fmt::format("\"{}\" has no </doc>", document_.title)});
  }
  void outside(const LineReader::Line& line) {
    if (line.text.find_first_not_of(" \t") == std::string_view::npos || in_gap_) return;
    in_gap_ = true;
    visitor_.refuse({fmt::format("{}:{}", file_, line.number), "", "no_article",
                     with_replacements(line.text.substr(0, 80))});
  }

  std::string_view file_;
  const DocumentVisitor& visitor_;
  RawDocument document_;
  bool inside_ = false;
  bool in_gap_ = false;
};

// {"id": "12", "url": "...", "title": "...", "text": "..."}
Status json_line(const LineReader::Line& line, std::string_view file,
                 const DocumentVisitor& visitor) {
  if (line.text.find_first_not_of(" \t") == std::string_view::npos) return ok();
  const std::string place = fmt::format("{}:{}", file, line.number);
  const auto json = parse_json(line.text, place);
  const auto text = [&](const char* key) -> std::string {
    if (!json->contains(key) || !(*json)[key].is_string()) return {};
    return (*json)[key].get<std::string>();
  };
  if (!json || !json->is_object() || text("text").empty()) {
    visitor.refuse(
        {place, "", "malformed_json", json ? "no object with a text" : json.error().message});
    return ok();
  }
  RawDocument document{.id = text("id"), .title = text("title"), .place = place};
  document.text = text("text");
  document.form = TextForm::kExtract;
  if (document.id.empty()) document.id = place;
  return visitor.add(std::move(document));
}

}  // namespace

Status visit_wiki_extract(std::unique_ptr<ByteSource> source, std::string_view file,
                          const DocumentVisitor& visitor) {
  LineReader lines(std::move(source), {});
  ExtractReader reader(file, visitor);
  bool json = false;
  for (LineReader::Line line; UNIMO_TRY(lines.next(line));) {
    if (line.number == 1) json = line.text.starts_with('{');
    if (json) {
      UNIMO_TRY(json_line(line, file, visitor));
    } else {
      UNIMO_TRY(reader.line(line));
    }
  }
  reader.end();
  return ok();
}

bool is_wiki_extract(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  if (head.starts_with("<doc id=\"")) return true;
  const std::string_view line = head.substr(0, head.find('\n'));
  return line.starts_with("{\"id\": \"") && line.find("\"text\": \"") != std::string_view::npos;
}

}  // namespace unimo::stages
