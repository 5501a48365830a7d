#include "stages/ingest/benchmarks/snli_ve.h"

#include <algorithm>
#include <array>

#include "stages/ingest/corpora/karpathy.h"
#include "stages/ingest/json_values.h"
#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/stream/line_reader.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kValPictures = 1'000;  // the last of the list train_val
constexpr std::array<std::string_view, 3> kLabels{"entailment", "neutral", "contradiction"};
constexpr std::size_t kShownBytes = 60;

std::string_view without_ending(std::string_view name) {
  return name.ends_with(".jpg") ? name.substr(0, name.size() - 4) : name;
}

// Text, or a number as some copies have it.
std::string picture_of(JsonView row) {
  for (const char* key : {"Flikr30kID", "Flickr30K_ID", "Flickr30kID", "Flikr30K_ID"}) {
    const std::string shown = shown_at(row, key);
    if (!shown.empty()) return std::string(without_ending(shown));
  }
  return {};
}

}  // namespace

Status SnliVeCorpus::read_lines(const fs::path& path, const std::string& split, Take take) {
  const std::string file = path.filename().string();
  const auto refuse = [&](std::int64_t line, const std::string& detail) {
    quarantine_.saw(Item::kExample);
    quarantine_.add(Item::kExample,
                    {fmt::format("{}:{}", file, line), "", "malformed_line", detail});
    return ok();
  };
  StreamOptions options;
  options.on_bad = [&](const JsonPlace& at, const Error& flaw) {
    return refuse(at.line, flaw.message);
  };
  return stream_json_lines(path, options, [&](const JsonPlace& at, JsonView row) -> Status {
    if (!row.is_object()) return refuse(at.line, "is no JSON object: " + row.dump(kShownBytes));
    return (this->*take)(row, fmt::format("{}:{}", file, at.line), split);
  });
}

Status SnliVeCorpus::read_rows(const fs::path& path) {
  const std::string split = split_of_file_name(path);
  if (split.empty()) {
    return fail(ErrorCode::kInvalid,
                "{}: its name tells no split; call it like snli_ve_train.jsonl", path.string());
  }
  return read_lines(path, split, &SnliVeCorpus::take_row);
}

Status SnliVeCorpus::take_row(JsonView row, const std::string& place, const std::string& split) {
  return add(row, place, picture_of(row), split, rows_++);
}

Status SnliVeCorpus::add_list(const fs::path& path, std::vector<std::string>& names) {
  const std::size_t before = names.size();
  auto lines = UNIMO_TRY(LineReader::open(path, {}));
  for (LineReader::Line line; UNIMO_TRY(lines.next(line));) {
    const std::string name(without_ending(tidy_blanks(line.text)));
    if (name.empty()) continue;
    if (!listed_.emplace(name, Listed{}).second) {
      return fail(ErrorCode::kInvalid, "{}:{}: picture {} is listed a second time; remove one",
                  path.string(), line.number, name);
    }
    names.push_back(name);
  }
  if (names.size() > before) return ok();
  return fail(ErrorCode::kInvalid, "{}: is empty; it lists one picture a line", path.string());
}

Status SnliVeCorpus::read_lists(const fs::path& train_val, const fs::path& test) {
  std::vector<std::string> names;
  UNIMO_TRY(add_list(train_val, names));
  const std::size_t val = names.size() > kValPictures ? names.size() - kValPictures : 0;
  const std::size_t end = names.size();
  UNIMO_TRY(add_list(test, names));
  for (std::size_t i = 0; i < names.size(); ++i)
    listed_[names[i]] = {i < val ? "train" : i < end ? "val" : "test", i};
  return ok();
}

Status SnliVeCorpus::read_snli(const fs::path& path) {
  return read_lines(path, "", &SnliVeCorpus::take_snli);
}

Status SnliVeCorpus::take_snli(JsonView row, const std::string& place, const std::string&) {
  const std::string id = text_at(row, "pairID").value_or("");
  if (id.starts_with("vg_")) {
    ++visual_genome_;
    return ok();
  }
  const std::string picture = id.substr(0, id.find(".jpg"));
  const auto found = listed_.find(picture);
  if (found != listed_.end())
    return add(row, place, picture, found->second.split, found->second.order);
  quarantine_.saw(Item::kExample);
  quarantine_.add(Item::kExample, {place, id, "unknown_image",
                                   "neither list has the picture that pairID begins with"});
  return ok();
}

Status SnliVeCorpus::add(JsonView row, const std::string& place, std::string_view image,
                         const std::string& split, std::uint64_t order) {
  const std::string id = text_at(row, "pairID").value_or("");
  const auto label = text_at(row, "gold_label");
  const std::string hypothesis = tidy_blanks(text_at(row, "sentence2").value_or(""));
  const auto refuse = [&](const char* reason, std::string detail) {
    quarantine_.saw(Item::kExample);
    quarantine_.add(Item::kExample, {place, id, reason, std::move(detail)});
    return ok();
  };
  if (id.empty() || !label || image.empty())
    return refuse("malformed_row",
                  unlike("texts pairID, gold_label, and a picture as Flikr30kID", row));
  if (*label == "-") {
    ++no_gold_;
    return ok();
  }
  if (std::find(kLabels.begin(), kLabels.end(), *label) == kLabels.end())
    return refuse("unknown_label", "gold_label must be entailment, neutral or contradiction, is " +
                                       with_replacements(*label));
  if (!is_utf8(hypothesis) || has_replacement(hypothesis))
    return refuse("invalid_utf8", with_replacements(hypothesis));
  if (!has_word(hypothesis)) return refuse("empty_text", "sentence2 has nothing to read");
  PictureExample item{.source = place, .file_name = std::string(image) + ".jpg"};
  item.example = {.id = id, .split = split, .image = std::string(image)};
  item.example.parts["hypothesis"] = hypothesis;
  item.example.label = *label;
  const std::string premise = tidy_blanks(text_at(row, "sentence1").value_or(""));
  if (is_utf8(premise) && !premise.empty()) item.example.extra["premise"] = premise;
  if (const auto caption = text_at(row, "captionID")) item.example.extra["caption"] = *caption;
  if (row["annotator_labels"].is_list())
    item.example.extra["annotator_labels"] = row["annotator_labels"].json();
  return examples_.add(order, item);
}

}  // namespace unimo::stages
