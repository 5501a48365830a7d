// Captions by picture of COCO's JSON or Flickr8k's token file, for the programs of this folder.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "stages/rewrites/vocabulary.h"

namespace unimo::stages {

inline std::vector<ImageCaptions> images_of(std::map<std::string, std::vector<CaptionText>> all) {
  std::vector<ImageCaptions> images;
  for (auto& [image, captions] : all)
    images.push_back({.image = image, .split = "train", .captions = std::move(captions)});
  return images;
}

inline Result<std::vector<ImageCaptions>> captions_of_file(const std::string& path) {
  std::map<std::string, std::vector<CaptionText>> captions;
  if (path.ends_with(".json")) {
    const Json json = UNIMO_TRY(read_json(path));
    for (const Json& one : json.at("annotations")) {
      captions[std::to_string(one.at("image_id").get<std::int64_t>())].push_back(
          {std::to_string(one.at("id").get<std::int64_t>()), one.at("caption").get<std::string>()});
    }
    return images_of(std::move(captions));
  }
  const auto lines = UNIMO_TRY(read_lines(path));
  for (const std::string& line : lines) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    captions[line.substr(0, line.find('#'))].push_back({line.substr(0, tab), line.substr(tab + 1)});
  }
  return images_of(std::move(captions));
}

}  // namespace unimo::stages
