#include "stages/ingest/corpora/karpathy.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "orchestrator/base/file.h"
#include "stages/ingest/image_files.h"
#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

std::string text_or_empty(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_or(const Json& object, const char* key, std::int64_t otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>()
                                                             : otherwise;
}

void read_sentences(const Json& item, KarpathyImage& image, Quarantine& quarantine) {
  const auto sentences = item.find("sentences");
  if (sentences == item.end() || !sentences->is_array()) return;
  for (const Json& sentence : *sentences) {
    const std::int64_t id = sentence.is_object() ? number_or(sentence, "sentid", -1) : -1;
    if (id < 0 || !sentence.contains("raw") || !sentence["raw"].is_string()) {
      quarantine.add(Item::kCaption, {image.source, image.filename, "malformed_caption",
                                      "a sentence needs sentid and a text raw"});
      continue;
    }
    image.sentences.push_back(
        {image.source, std::to_string(id), sentence["raw"].get<std::string>()});
  }
}

// The picture of a list's line. COCO's lists add the number, Visual Genome's an XML file; other
// blanks belong to the file's name.
std::string first_name(const std::string& line) {
  const auto blank = line.rfind(' ');
  if (blank == std::string::npos) return line;
  const bool number = std::all_of(line.begin() + static_cast<std::ptrdiff_t>(blank) + 1, line.end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  return number || line.ends_with(".xml") ? line.substr(0, blank) : line;
}

}  // namespace

Result<std::vector<KarpathyImage>> read_karpathy(const fs::path& path, Quarantine& quarantine) {
  std::vector<KarpathyImage> images;
  const auto visit = [&](std::string_view section, std::size_t index, Json& item) -> Status {
    if (section != "images") return ok();
    KarpathyImage image;
    image.source = fmt::format("{} images[{}]", path.filename().string(), index);
    if (item.is_object()) {
      image.filename = text_or_empty(item, "filename");
      image.filepath = text_or_empty(item, "filepath");
      image.cocoid = number_or(item, "cocoid", -1);
      image.split = text_or_empty(item, "split");
    }
    if (image.filename.empty() || !is_known_split(image.split)) {
      quarantine.add(Item::kImage, {image.source, image.filename, "malformed_image",
                                    "needs a filename and a split of train, restval, val or test"});
      return ok();
    }
    read_sentences(item, image, quarantine);
    images.push_back(std::move(image));
    return ok();
  };
  UNIMO_TRY(stream_json(path, {.skip_keys = {"tokens", "sentids"}}, visit));
  if (images.empty()) {
    return fail(ErrorCode::kInvalid,
                "{}: no pictures in it; a Karpathy split file has a list \"images\"",
                path.string());
  }
  return images;
}

Status SplitTable::add(const fs::path& file, const std::string& split, const std::string& source,
                       Quarantine& quarantine) {
  const std::string name = file.filename().string();
  std::string key = name;
  if (key_ == Key::kNumber) {
    const std::int64_t number = trailing_number(file);
    if (number < 0) {
      return fail(ErrorCode::kInvalid,
                  "{}: {} does not end in a picture's number, as COCO's names do", source, name);
    }
    key = std::to_string(number);
  }
  const auto [place, fresh] = table_.emplace(std::move(key), std::pair{split, source});
  if (fresh) return ok();
  const auto& [first_split, first_source] = place->second;
  if (first_split != split) {
    return fail(ErrorCode::kInvalid,
                "{}: {} is in split {}, but {} puts it into {}; remove it from one of them", source,
                name, split, first_source, first_split);
  }
  quarantine.add(Item::kImage, {source, name, "listed_twice", "first in " + first_source});
  return ok();
}

Status SplitTable::add_list(const fs::path& path, const std::string& split,
                            Quarantine& quarantine) {
  const auto lines = UNIMO_TRY(read_lines(path));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string line = tidy_blanks(lines[i]);
    if (line.empty()) continue;
    const std::string source = fmt::format("{}:{}", path.filename().string(), i + 1);
    UNIMO_TRY(add(first_name(line), split, source, quarantine));
  }
  return ok();
}

std::string SplitTable::find(const std::string& key) const {
  const auto found = table_.find(key);
  return found == table_.end() ? std::string() : found->second.first;
}

std::string split_of_file_name(const fs::path& path) {
  std::string name = path.filename().string();
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kWords{
      {{"restval", "restval"},
       {"train", "train"},
       {"val", "val"},
       {"dev", "val"},
       {"test", "test"}}};
  for (const auto& [word, split] : kWords) {
    if (name.find(word) != std::string::npos) return std::string(split);
  }
  return {};
}

}  // namespace unimo::stages
