#include "stages/ingest/stream/json_stream.h"

#include <algorithm>
#include <optional>

#include "stages/ingest/id_table.h"
#include "stages/ingest/stream/json_cutter.h"
#include "stages/ingest/stream/json_element.h"
#include "stages/ingest/stream/line_reader.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kRemedy = "download it again or mend it there";

// Walks the top of one document.
class DocumentReader {
 public:
  DocumentReader(ByteSource& source, const StreamOptions& options, const ViewVisitor& visit)
      : cutter_(source, options.max_element_bytes), options_(options), visit_(visit) {}

  Status read() {
    UNIMO_TRY(check_encoding());
    const auto first = UNIMO_TRY(cutter_.peek());
    if (!first) return cutter_.wrong("is empty; download it again");
    if (*first == '{') {
      UNIMO_TRY(read_object(/*top=*/true));
    } else if (*first == '[') {
      UNIMO_TRY(read_list());
    } else {
      return cutter_.wrong("the document is neither an object of lists nor a list");
    }
    if (UNIMO_TRY(cutter_.peek()))
      return syntax_error("something stands behind the end of the document");
    return ok();
  }

 private:
  Status check_encoding() {
    const std::string_view first = UNIMO_TRY(cutter_.first(4));
    if (first.starts_with("\xEF\xBB\xBF"))
      return cutter_.wrong("starts with a byte order mark; save it as plain UTF-8");
    const bool marked = first.starts_with("\xFF\xFE") || first.starts_with("\xFE\xFF");
    if (marked || first.substr(0, 2).find('\0') != std::string_view::npos)
      return cutter_.wrong("is UTF-16; convert it to UTF-8");
    return ok();
  }

  tl::unexpected<Error> syntax_error(std::string_view what) const {
    return cutter_.wrong(fmt::format("not valid JSON; {}: {}", kRemedy, what));
  }

  // The next byte that is no blank; the document must go on.
  Result<char> next() {
    if (const char here = cutter_.peek_here(); here > ' ') return here;
    const auto c = UNIMO_TRY(cutter_.peek());
    if (!c) return syntax_error("the document ends too early: it was cut");
    return *c;
  }

  // After a value: whether another follows.
  Result<bool> another(char close) {
    const char c = UNIMO_TRY(next());
    if (c != close && c != ',')
      return syntax_error(fmt::format("needs a comma or {} here, has {}", close, shown(c)));
    cutter_.pass(1);
    return c == ',';
  }

  static std::string shown(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7F ? std::string(1, c) : fmt::format("byte 0x{:02x}", byte);
  }

  Status read_list() {
    cutter_.pass(1);
    std::size_t index = 0;
    if (UNIMO_TRY(next()) == ']') {
      cutter_.pass(1);
      return ok();
    }
    do {
      UNIMO_TRY(next());
      UNIMO_TRY(read_element({}, index++));
    } while (UNIMO_TRY(another(']')));
    return ok();
  }

  Status read_object(bool top) {
    cutter_.pass(1);
    IdTable keys;
    std::size_t index = 0;
    if (UNIMO_TRY(next()) == '}') {
      cutter_.pass(1);
      return ok();
    }
    do {
      std::string key = UNIMO_TRY(read_key(keys));
      if (top) {
        section_ = std::move(key);
        UNIMO_TRY(read_top_value());
      } else {
        UNIMO_TRY(read_element(key, index++));
      }
    } while (UNIMO_TRY(another('}')));
    return ok();
  }

  // A key and its colon; the value comes next.
  Result<std::string> read_key(IdTable& keys) {
    if (UNIMO_TRY(next()) != '"') {
      const auto c = UNIMO_TRY(cutter_.peek());
      return syntax_error(fmt::format("needs a key in quotation marks here, has {}", shown(*c)));
    }
    const std::string_view cut = UNIMO_TRY(cutter_.value());
    const auto parsed = parser_.parse(cut);
    if (!parsed) return flaw_error(parsed.error());
    std::string key(parsed->text().value_or(""));
    if (!keys.insert(key)) {
      return cutter_.wrong(
          fmt::format("the key \"{}\" stands twice in one object; {}", key, kRemedy));
    }
    cutter_.pass(cut.size());
    const char colon = UNIMO_TRY(next());
    if (colon != ':') return syntax_error(fmt::format("needs a colon here, has {}", shown(colon)));
    cutter_.pass(1);
    UNIMO_TRY(next());
    return key;
  }

  Status read_top_value() {
    const char first = UNIMO_TRY(next());
    if (first == '[') return read_list();
    if (options_.objects == TopObjects::kPassOver) return pass_over();
    if (first == '{' && options_.objects == TopObjects::kMembers) return read_object(/*top=*/false);
    return read_element({}, 0);
  }

  // What nobody asked for must still be JSON; only beyond the size of an element nobody looks.
  Status pass_over() {
    const auto cut = UNIMO_TRY(cutter_.value_or_pass());
    if (!cut) return ok();
    const auto parsed = parser_.parse(*cut);
    if (!parsed) return flaw_error(parsed.error());
    cutter_.pass(cut->size());
    return ok();
  }

  Status read_element(std::string_view key, std::size_t index) {
    const std::string_view cut = UNIMO_TRY(cutter_.value());
    const JsonPlace place{section_, key, index, cutter_.line(), cutter_.offset()};
    const auto parsed = parser_.parse(cut);
    if (parsed) {
      UNIMO_TRY(visit_(place, *parsed));
    } else {
      ElementParser::Flaw within = parsed.error();
      within.what = fmt::format("{}: {}", element_name(place), within.what);
      Error flaw = flaw_error(within).value();
      if (!options_.on_bad) return tl::unexpected(std::move(flaw));
      UNIMO_TRY(options_.on_bad(place, flaw));
    }
    cutter_.pass(cut.size());
    return ok();
  }

  // "images[0]", "annotations/id7".
  static std::string element_name(const JsonPlace& place) {
    if (!place.key.empty()) return fmt::format("{}/{}", place.section, place.key);
    return fmt::format("{}[{}]", place.section, place.index);
  }

  tl::unexpected<Error> flaw_error(const ElementParser::Flaw& flaw) const {
    return cutter_.wrong_at(flaw.at, fmt::format("not valid JSON; {}: {}", kRemedy, flaw.what));
  }

  JsonCutter cutter_;
  const StreamOptions& options_;
  const ViewVisitor& visit_;
  ElementParser parser_;
  std::string section_;
};

// One line after the other.
class LinesReader {
 public:
  LinesReader(ByteSource& source, const StreamOptions& options, const ViewVisitor& visit)
      : lines_(source, {.max_line_bytes = options.max_element_bytes}),
        name_(source.name()),
        options_(options),
        visit_(visit) {}

  Status read() {
    std::size_t index = 0;
    for (LineReader::Line line; UNIMO_TRY(lines_.next(line));) {
      if (line.text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      UNIMO_TRY(read_line(line, index++));
    }
    return ok();
  }

 private:
  Status read_line(const LineReader::Line& line, std::size_t index) {
    padded_.assign(line.text);
    padded_.append(kJsonPadding, ' ');
    const JsonPlace place{{}, {}, index, line.number, line.offset};
    const auto parsed = parser_.parse({padded_.data(), line.text.size()});
    if (parsed) return visit_(place, *parsed);
    const Error flaw = fail(ErrorCode::kInvalid, "{}:{}: byte {}: not valid JSON; {}: {}", name_,
                            line.number, line.offset + static_cast<std::int64_t>(parsed.error().at),
                            kRemedy, parsed.error().what)
                           .value();
    if (!options_.on_bad) return tl::unexpected(flaw);
    return options_.on_bad(place, flaw);
  }

  LineReader lines_;
  std::string name_;
  const StreamOptions& options_;
  const ViewVisitor& visit_;
  ElementParser parser_;
  std::string padded_;
};

}  // namespace

Status stream_json_views(ByteSource& source, const StreamOptions& options,
                         const ViewVisitor& visit) {
  return DocumentReader(source, options, visit).read();
}

Status stream_json_views(const fs::path& path, const StreamOptions& options,
                         const ViewVisitor& visit) {
  const auto source = UNIMO_TRY(open_source(path, options.source));
  return stream_json_views(*source, options, visit);
}

Status stream_json(const fs::path& path, const StreamOptions& options,
                   const ElementVisitor& visit) {
  return stream_json_views(path, options, [&](const JsonPlace& place, JsonView view) -> Status {
    Json element = view.json(options.skip_keys);
    return visit(place.section, place.index, element);
  });
}

Status stream_json_lines(ByteSource& source, const StreamOptions& options,
                         const ViewVisitor& visit) {
  return LinesReader(source, options, visit).read();
}

Status stream_json_lines(const fs::path& path, const StreamOptions& options,
                         const ViewVisitor& visit) {
  const auto source = UNIMO_TRY(open_source(path, options.source));
  return stream_json_lines(*source, options, visit);
}

}  // namespace unimo::stages
