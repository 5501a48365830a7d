#include "stages/region_files/picture_ids.h"

#include <algorithm>
#include <array>

#include "stages/ingest/records.h"

namespace unimo::stages {

namespace {

constexpr std::uint32_t kTwo = 0xFFFFFFFF;

// "coco_train2014_000000000009": the corpus and the number at the end.
std::optional<std::string> uniter_name(std::string_view id) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kCorpora = {
      {{"coco_", "coco"}, {"vg_", "vg"}, {"flickr30k_", "flickr"}}};
  const std::size_t digits = id.find_last_not_of("0123456789") + 1;
  std::string_view number = id.substr(digits);
  if (number.empty()) return std::nullopt;
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size() - 1));
  for (const auto& [prefix, corpus] : kCorpora) {
    if (id.starts_with(prefix) && digits > 0 && id[digits - 1] == '_')
      return fmt::format("{}:{}", corpus, number);
  }
  return std::nullopt;
}

NumberedBy numbering(std::string_view name) {
  if (name == "coco") return NumberedBy::kCoco;
  if (name == "flickr") return NumberedBy::kFlickr;
  return name == "visual_genome" ? NumberedBy::kVisualGenome : NumberedBy::kUnknown;
}

}  // namespace

std::vector<std::string> names_of_row(std::string_view id, NumberedBy by) {
  if (auto name = uniter_name(id)) return {std::move(*name)};
  return picture_names(id, by);
}

void PictureIds::add(const ImageRecord& image, NumberedBy by) {
  const auto number = static_cast<std::uint32_t>(pictures_.size());
  pictures_.push_back({image.id, image.split, image.width, image.height});
  ids_.emplace(image.id, number);
  const auto put = [&](Numbers& numbers, const std::string& name) {
    const auto [found, is_new] = numbers.emplace(name, number);
    if (!is_new && found->second != number) found->second = kTwo;
  };
  for (const std::string& name : picture_names(image.id, by)) put(names_, name);
  for (const std::string& name : image.same_as) put(elsewhere_, name);
}

Result<PictureIds> PictureIds::read(std::span<const InputItem> records,
                                    std::string_view numbered_by) {
  PictureIds ids;
  std::vector<NumberedBy> seen;
  for (const InputItem& artifact : records) {
    const std::string source = UNIMO_TRY(read_records_source(artifact.path));
    const NumberedBy by = unimo::stages::numbered_by(source);
    seen.push_back(by);
    UNIMO_TRY(visit_images(artifact.path, [&](ImageRecord& image) {
      ids.add(image, by);
      return ok();
    }));
  }
  ids.numbered_by_ = numbering(numbered_by);
  const bool alike =
      std::adjacent_find(seen.begin(), seen.end(), std::not_equal_to<>()) == seen.end();
  if (numbered_by == "auto" && !seen.empty() && alike) ids.numbered_by_ = seen.front();
  return ids;
}

PictureIds::Found PictureIds::find(std::string_view row_id) const {
  if (const auto found = ids_.find(std::string(row_id)); found != ids_.end())
    return {&pictures_[found->second], false};
  const std::vector<std::string> names = names_of_row(row_id, numbered_by_);
  const Found own = find_in(names_, names);
  return own.picture != nullptr || own.ambiguous ? own : find_in(elsewhere_, names);
}

PictureIds::Found PictureIds::find_in(const Numbers& numbers,
                                      std::span<const std::string> names) const {
  std::optional<std::uint32_t> number;
  for (const std::string& name : names) {
    const auto found = numbers.find(name);
    if (found == numbers.end()) continue;
    if (found->second == kTwo || (number && *number != found->second)) return {nullptr, true};
    number = found->second;
  }
  if (!number) return {};
  return {&pictures_[*number], false};
}

}  // namespace unimo::stages
