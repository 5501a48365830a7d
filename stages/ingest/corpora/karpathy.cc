#include "stages/ingest/corpora/karpathy.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "stages/ingest/image_files.h"
#include "stages/ingest/json_values.h"
#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/stream/line_reader.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

void read_sentences(JsonView item, KarpathyImage& image, Quarantine& quarantine) {
  for (const JsonView sentence : item["sentences"].items()) {
    const auto id = whole_at(sentence, "sentid");
    auto text = text_at(sentence, "raw");
    if (!id || *id < 0 || !text) {
      quarantine.saw(Item::kCaption);
      quarantine.add(Item::kCaption, {image.source, image.filename, "malformed_caption",
                                      unlike("sentid and a text raw", sentence)});
      continue;
    }
    image.sentences.push_back({image.source, std::to_string(*id), std::move(*text)});
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

Status visit_karpathy(const fs::path& path, Quarantine& quarantine,
                      const std::function<Status(KarpathyImage& image)>& visit) {
  bool any = false;
  const auto take = [&](const JsonPlace& at, JsonView item) -> Status {
    if (at.section != "images") return ok();
    KarpathyImage image{.file = path.filename().string(),
                        .index = static_cast<std::int64_t>(at.index)};
    image.source = fmt::format("{} images[{}]", image.file, at.index);
    image.filename = text_at(item, "filename").value_or("");
    image.filepath = text_at(item, "filepath").value_or("");
    image.cocoid = whole_at(item, "cocoid").value_or(-1);
    image.split = text_at(item, "split").value_or("");
    if (image.filename.empty() || !is_known_split(image.split)) {
      quarantine.saw(Item::kImage);
      quarantine.add(Item::kImage,
                     {image.source, image.filename, "malformed_image",
                      unlike("a filename and a split of train, restval, val or test", item)});
      return ok();
    }
    read_sentences(item, image, quarantine);
    any = true;
    return visit(image);
  };
  UNIMO_TRY(stream_json_views(path, {}, take));
  if (any) return ok();
  return fail(ErrorCode::kInvalid,
              "{}: no pictures in it; a Karpathy split file has a list \"images\"", path.string());
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
  auto lines = UNIMO_TRY(LineReader::open(path, {}));
  for (LineReader::Line line; UNIMO_TRY(lines.next(line));) {
    const std::string text = tidy_blanks(line.text);
    if (!text.empty()) UNIMO_TRY(add(first_name(text), split, lines.place(line), quarantine));
  }
  return ok();
}

std::string SplitTable::find(const std::string& key) const {
  const auto found = table_.find(key);
  return found == table_.end() ? std::string() : found->second.first;
}

bool is_json_name(const fs::path& path) {
  return path.filename().string().find(".json") != std::string::npos;
}

Result<bool> read_split_files(std::span<const InputItem> items, SplitTable& table,
                              Quarantine& quarantine) {
  bool names_training = false;
  for (const InputItem& item : items) {
    if (is_json_name(item.path)) {
      names_training = true;  // a Karpathy file is complete
      UNIMO_TRY(visit_karpathy(item.path, quarantine, [&](KarpathyImage& image) {
        return table.add(image.filename, image.split, image.source, quarantine);
      }));
      continue;
    }
    const std::string split = split_of_file_name(item.path);
    if (split.empty()) {
      return fail(ErrorCode::kInvalid,
                  "{}: its name tells no split; call it like karpathy_val_images.txt or val.txt",
                  item.path.string());
    }
    names_training = names_training || split == "train";
    UNIMO_TRY(table.add_list(item.path, split, quarantine));
  }
  return names_training;
}

std::string split_of_file_name(const fs::path& path) {
  std::string name = path.filename().string();
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kWords{
      {{"unlabeled", "unlabeled"},
       {"test-dev", "test"},  // a part of VQA's test questions
       {"restval", "restval"},
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
