#include "stages/decontaminate/leak_table.h"

#include <cmath>

#include "orchestrator/base/file.h"

namespace unimo::stages {

namespace {

// In the table; the whole stands in leaking_texts.jsonl.
constexpr std::size_t kShownBytes = 160;

// Not in the middle of a character.
std::string shortened(const std::string& text) {
  if (text.size() <= kShownBytes) return text;
  std::size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + " …";
}

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '*' || c == '_' || c == '`' || c == '<' || c == '[')
      out += '\\';
    out += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  }
  return out;
}

// Lists have one id a line.
Status check_line(std::string_view what, const std::string& id) {
  if (id.find_first_of("\n\r\t") == std::string::npos) return ok();
  return fail(ErrorCode::kInvalid,
              "{} {}: its id has a line end or tab in it, so that no list can name it; make the "
              "records with other ids",
              what, Json(id).dump());
}

std::string thresholds_line(const Json& thresholds) {
  std::string line;
  for (const auto& [name, value] : thresholds.items())
    line += fmt::format("{}{}: {}", line.empty() ? "" : ", ", name, value.dump());
  return line;
}

std::string counts_line(const Json& counts) {
  std::string line;
  for (const auto& [name, value] : counts.items())
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", value.dump(), name);
  return line;
}

std::string markdown(const Json& document) {
  std::string text = "# Decontamination\n\nHeld out: " + counts_line(document["held_out"]) +
                     ".\nChecked: " + counts_line(document["checked"]) +
                     ".\nRemoved: " + counts_line(document["removed"]) +
                     ".\nThresholds: " + cell(thresholds_line(document["thresholds"])) + ".\n";
  text += "\n| what | found by | corpus | benchmark | leaks |\n| --- | --- | --- | --- | ---: |\n";
  for (const Json& row : document["leaks"]) {
    text +=
        fmt::format("| {} | {} | {} | {} | {} |\n", cell(row["what"].get<std::string>()),
                    cell(row["reason"].get<std::string>()), cell(row["corpus"].get<std::string>()),
                    cell(row["benchmark"].get<std::string>()), row["count"].dump());
  }
  if (document["leaks"].empty()) text += "| nothing | | | | 0 |\n";
  for (const auto& [name, list] : document["examples"].items()) {
    text += fmt::format(
        "\n## {}\n\n| corpus | id | benchmark | held out | evidence |\n"
        "| --- | --- | --- | --- | --- |\n",
        cell(name));
    for (const Json& example : list) {
      text += "|";
      for (const char* field : {"corpus", "id", "benchmark", "held_out", "evidence"})
        text += " " + cell(example[field].get<std::string>()) + " |";
      text += "\n";
    }
  }
  return text;
}

std::string evidence(const PictureMatch& match) {
  if (match.reason != LeakReason::kLooksAlike) return "";
  return fmt::format("{}correlation {:.3f}, {} bits apart", match.mirrored ? "mirrored, " : "",
                     match.correlation, match.distance);
}

}  // namespace

Result<LeakTable> LeakTable::create(const std::filesystem::path& folder, std::int64_t shown) {
  LeakTable table(folder);
  table.shown_ = shown;
  // Both lists are there even when nothing leaks: they are inputs of others.
  table.exclude_.open(folder / "exclude.txt", std::ios::binary | std::ios::trunc);
  table.exclude_texts_.open(folder / "exclude_texts.txt", std::ios::binary | std::ios::trunc);
  if (!table.exclude_ || !table.exclude_texts_)
    return fail(ErrorCode::kIo, "{}: cannot write the lists", folder.string());
  return table;
}

Status LeakTable::write(std::ofstream& file, const char* name, const std::string& line) {
  if (!file.is_open()) file.open(folder_ / name, std::ios::binary | std::ios::trunc);
  file << line << '\n';
  if (file) return ok();
  return fail(ErrorCode::kIo, "{}: cannot write; is the disk full?", (folder_ / name).string());
}

void LeakTable::count(const std::string& what, const std::string& reason, const std::string& corpus,
                      const std::string& benchmark, Json example) {
  ++rows_[{what, reason, corpus, benchmark}];
  ++totals_[what + "." + reason];
  auto& shown = examples_[what + ": " + reason];
  if (static_cast<std::int64_t>(shown.size()) < shown_) shown.push_back(std::move(example));
}

Status LeakTable::add(const PictureLeak& leak) {
  UNIMO_TRY(check_line("picture", leak.image));
  const std::string reason(to_string(leak.match.reason));
  Json line = {{"corpus", leak.corpus},
               {"id", leak.image},
               {"reason", reason},
               {"benchmark", leak.match.benchmark},
               {"held_out", leak.match.id}};
  Json example = line;
  example["evidence"] = evidence(leak.match);
  if (leak.match.reason == LeakReason::kLooksAlike) {
    line["distance"] = leak.match.distance;
    line["correlation"] = std::round(leak.match.correlation * 1000) / 1000;
    line["mirrored"] = leak.match.mirrored;
  }
  UNIMO_TRY(write(images_, "removed_images.jsonl", canonical_text(line)));
  count("pictures", reason, leak.corpus, leak.match.benchmark, std::move(example));
  if (!excluded_.insert(leak.image)) return ok();
  ++totals_["pictures.removed"];
  return write(exclude_, "exclude.txt", leak.image);
}

Status LeakTable::exclude_text(const std::string& line) {
  if (!excluded_texts_.insert(line)) return ok();
  return write(exclude_texts_, "exclude_texts.txt", line);
}

Status LeakTable::add(const TextLeak& leak) {
  const std::string what = leak.is_document ? "documents" : "texts";
  UNIMO_TRY(check_line(leak.is_document ? "document" : "text", leak.id));
  Json line = {{"corpus", leak.corpus},
               {"id", leak.id},
               {"reason", "same_words"},
               {"benchmark", leak.benchmark},
               {"held_out", leak.held_out},
               {"words", leak.words},
               {"removed", leak.removed ? (leak.whole ? "all" : "sentences") : "nothing"}};
  if (leak.is_document) line["sentences"] = leak.sentences;
  UNIMO_TRY(write(texts_, "leaking_texts.jsonl", canonical_text(line)));
  Json example = {{"corpus", leak.corpus},
                  {"id", leak.id},
                  {"benchmark", leak.benchmark},
                  {"held_out", leak.held_out},
                  {"evidence", shortened(leak.words)}};
  count(what, "same_words", leak.corpus, leak.benchmark, std::move(example));
  if (!leak.removed) return ok();
  if (leak.whole) {
    ++totals_[what + ".removed"];
    return exclude_text(leak.id);
  }
  totals_["sentences.removed"] += static_cast<std::int64_t>(leak.sentences.size());
  for (const std::size_t sentence : leak.sentences)
    UNIMO_TRY(exclude_text(fmt::format("{}\t{}", leak.id, sentence)));
  return ok();
}

Status LeakTable::finish(Json summary) {
  summary["format"] = "unimo.decontamination";
  summary["version"] = 1;
  summary["leaks"] = Json::array();
  for (const auto& [key, number] : rows_) {
    const auto& [what, reason, corpus, benchmark] = key;
    summary["leaks"].push_back({{"what", what},
                                {"reason", reason},
                                {"corpus", corpus},
                                {"benchmark", benchmark},
                                {"count", number}});
  }
  summary["removed"] = Json::object();
  for (const char* what : {"pictures", "texts", "documents", "sentences"}) {
    const auto found = totals_.find(std::string(what) + ".removed");
    summary["removed"][what] = found == totals_.end() ? 0 : found->second;
  }
  summary["examples"] = examples_;
  for (auto* file : {&exclude_, &exclude_texts_, &images_, &texts_}) {
    if (!file->is_open()) continue;
    file->close();
    if (!*file)
      return fail(ErrorCode::kIo, "{}: cannot write the last lines; is the disk full?",
                  folder_.string());
  }
  UNIMO_TRY(write_json(folder_ / "decontamination.json", summary));
  return write_file_atomic(folder_ / "decontamination.md", markdown(summary));
}

}  // namespace unimo::stages
