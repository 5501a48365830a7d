// Records to read: the first documents, examples and texts of an artifact.
#include <algorithm>
#include <fstream>

#include "orchestrator/store/artifacts.h"
#include "web/api.h"

namespace unimo::web {
namespace {

// A look at the beginning of a corpus: reaching further would mean reading all that lies before.
constexpr std::int64_t kFurthest = 10'000;
constexpr std::size_t kTextBytes = 1500;  // of one text
constexpr std::size_t kSentences = 40;    // of one document
constexpr std::size_t kTexts = 20;        // of one list: turns of a conversation, targets
constexpr int kDepth = 6;

std::string front_of(const std::string& text) {
  if (text.size() <= kTextBytes) return text;
  std::size_t end = kTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + " …";
}

// Texts of a record, cut to what is read at one look; what lies too deep for that is left out.
Json cut(const Json& value, int depth = 0) {
  if (value.is_string()) return front_of(value.get<std::string>());
  if (!value.is_structured()) return value;
  Json kept = value.is_object() ? Json::object() : Json::array();
  if (depth == kDepth) return kept;
  for (const auto& [name, item] : value.items()) {
    if (value.is_object()) {
      kept[name] = cut(item, depth + 1);
    } else if (kept.size() < kTexts) {
      kept.push_back(cut(item, depth + 1));
    }
  }
  return kept;
}

// The bounds of a sentence, when they are some of the text.
bool read_span(const Json& span, std::size_t size, std::size_t& begin, std::size_t& end) {
  if (!span.is_array() || span.size() != 2) return false;
  if (!span[0].is_number_unsigned() || !span[1].is_number_unsigned()) return false;
  begin = span[0].get<std::size_t>();
  end = span[1].get<std::size_t>();
  return begin < end && end <= size;
}

// A document with its sentences as texts.
Json cut_document(const Json& document) {
  const auto text = document.find("text");
  const auto spans = document.find("sentences");
  if (text == document.end() || !text->is_string() || spans == document.end() || !spans->is_array())
    return nullptr;
  const std::string all = text->get<std::string>();
  Json sentences = Json::array();
  for (const Json& span : *spans) {
    std::size_t begin = 0, end = 0;
    if (!read_span(span, all.size(), begin, end)) return nullptr;
    if (sentences.size() < kSentences)
      sentences.push_back(front_of(all.substr(begin, end - begin)));
  }
  Json kept = {{"sentences", std::move(sentences)}, {"sentence_count", spans->size()}};
  for (const char* name : {"id", "title", "split"}) {
    if (document.contains(name)) kept[name] = cut(document[name]);
  }
  return kept;
}

struct Window {
  std::int64_t offset = 0, limit = 0;
  std::int64_t seen = 0, unreadable = 0;
  Json items = Json::array();
  bool more = false;
};

Status read_lines_of(const std::filesystem::path& path, bool documents, Window& window) {
  std::ifstream file(path);
  if (!file) {
    return fail(ErrorCode::kNotFound, "{}: cannot read; was it removed by garbage collection?",
                path.string());
  }
  for (std::string line; std::getline(file, line); ++window.seen) {
    if (window.seen < window.offset) continue;
    if (window.seen >= window.offset + window.limit) {
      window.more = true;
      break;
    }
    const Json record = Json::parse(line, nullptr, false);
    Json item = !record.is_object() ? Json() : documents ? cut_document(record) : cut(record);
    if (item.is_null()) {
      ++window.unreadable;
    } else {
      window.items.push_back(std::move(item));
    }
  }
  return ok();
}

// "documents", "examples" or "texts"; empty: not a file of them.
std::string kind_of(const std::string& path) {
  if (path == "examples.jsonl") return "examples";
  if (path == "texts.jsonl") return "texts";
  return path.starts_with("documents-") && path.ends_with(".jsonl") ? "documents" : "";
}

}  // namespace

Result<Json> api_samples(const Api& api, const Request& request) {
  auto lease = UNIMO_TRY(api.pool.borrow());
  RunReader& reader = *lease;
  const ArtifactRow artifact = UNIMO_TRY(reader.find_artifact(request.param("artifact")));
  std::vector<std::string> files, kinds;
  UNIMO_TRY(reader.database().query(
      "SELECT path FROM artifact_files WHERE artifact = ? ORDER BY path",
      [&](const Row& row) {
        const std::string kind = kind_of(row.text(0));
        if (kind.empty()) return;
        files.push_back(row.text(0));
        if (kinds.empty() || kinds.back() != kind) kinds.push_back(kind);
      },
      artifact.digest));
  if (kinds.empty()) {
    return fail(ErrorCode::kNotFound, "artifact {} holds no documents, examples or texts",
                artifact.digest);
  }
  const std::string kind = request.param("of", kinds[0]);
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
    return fail(ErrorCode::kNotFound, "artifact {} holds no {}", artifact.digest, kind);
  Window window{.offset = UNIMO_TRY(request.number("offset", 0, 0, kFurthest)),
                .limit = UNIMO_TRY(request.number("limit", 10, 1, 50))};
  for (const std::string& path : files) {
    if (kind_of(path) != kind || window.more) continue;
    UNIMO_TRY(read_lines_of(artifact_path(api.pool.paths(), artifact.digest) / path,
                            kind == "documents", window));
  }
  return Json{{"artifact", artifact.digest},
              {"of", kind},
              {"kinds", kinds},
              {"items", std::move(window.items)},
              {"offset", window.offset},
              {"unreadable", window.unreadable},
              {"more", window.more && window.offset + window.limit <= kFurthest}};
}

}  // namespace unimo::web
