#include "stages/detector/annotated_pictures.h"

#include <algorithm>

#include "stages/regions/detector_picture.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

bool is_of(const ImageRecord& image, const std::vector<std::string>& splits) {
  return std::ranges::find(splits, image.split) != splits.end();
}

class Sorting {
 public:
  Sorting(const DetectorNames& names, const trainer::DetectorRules& rules, AnnotatedPictures& out)
      : names_(names), rules_(rules), out_(out) {}

  void add(ImageRecord& image) {
    trainer::TrainingPicture picture{
        .id = image.id, .width = image.width, .height = image.height, .objects = {}};
    const double scale = trainer::plan_resize(image.width, image.height, rules_).scale;
    for (const Region& region : image.regions) add_object(region, scale, picture);
    if (picture.objects.empty()) {
      ++out_.left_out.bare_pictures;
      return;
    }
    out_.boxes += static_cast<std::int64_t>(picture.objects.size());
    image.regions.clear();
    out_.pictures.push_back(std::move(picture));
    out_.records.push_back(std::move(image));
    out_.folder.push_back(out_.folders.size() - 1);
  }

 private:
  void add_object(const Region& region, double scale, trainer::TrainingPicture& picture) {
    const auto label = names_.classes.find(region.label);
    if (!label) {
      ++out_.left_out.unknown_labels;
      return;
    }
    const auto& [x1, y1, x2, y2] = region.box;
    // Also what is not a number.
    if (!((x2 - x1) * scale >= 1) || !((y2 - y1) * scale >= 1)) {
      ++out_.left_out.small_boxes;
      return;
    }
    trainer::TrainingPicture::Object object{.box = region.box, .label = *label, .attributes = {}};
    for (const std::string& attribute : region.attributes) {
      if (const auto number = names_.attributes.find(attribute)) {
        object.attributes.push_back(*number);
      } else {
        ++out_.left_out.unknown_attributes;
      }
    }
    picture.objects.push_back(std::move(object));
  }

  const DetectorNames& names_;
  const trainer::DetectorRules& rules_;
  AnnotatedPictures& out_;
};

}  // namespace

Result<NameCounts> count_names(const std::vector<fs::path>& folders,
                               const std::vector<std::string>& splits) {
  NameCounts counts;
  for (const fs::path& folder : folders) {
    UNIMO_TRY(visit_images(folder, [&](ImageRecord& image) {
      if (!is_of(image, splits)) return ok();
      for (const Region& region : image.regions) {
        if (const std::string label = plain_name(region.label); !label.empty())
          ++counts.labels[label];
        for (const std::string& attribute : region.attributes) {
          if (const std::string name = plain_name(attribute); !name.empty())
            ++counts.attributes[name];
        }
      }
      return ok();
    }));
  }
  return counts;
}

Result<AnnotatedPictures> read_annotated_pictures(const std::vector<fs::path>& folders,
                                                  const std::vector<std::string>& splits,
                                                  const DetectorNames& names,
                                                  const trainer::DetectorRules& rules) {
  AnnotatedPictures out;
  Sorting sorting(names, rules, out);
  for (const fs::path& folder : folders) {
    out.folders.push_back(folder);
    UNIMO_TRY(visit_images(folder, [&](ImageRecord& image) {
      if (is_of(image, splits)) sorting.add(image);
      return ok();
    }));
  }
  return out;
}

trainer::PixelReader AnnotatedPictures::reader(const trainer::DetectorRules& rules) const {
  return [this, rules](std::size_t number, bool mirrored) -> Result<trainer::DetectorPicture> {
    const ImageRecord& image = records[number];
    const fs::path& records_folder = folders[folder[number]];
    auto read = UNIMO_TRY(read_detector_picture(records_folder, image, rules, mirrored));
    if (read.picture) return std::move(*read.picture);
    return fail(ErrorCode::kInvalid, "{}: picture {} cannot be learned from: {} ({})",
                (records_folder / image.place.file).string(), image.id, read.reason, read.detail);
  };
}

}  // namespace unimo::stages
