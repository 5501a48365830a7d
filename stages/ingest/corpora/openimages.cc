#include "stages/ingest/corpora/openimages.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "stages/ingest/corpora/karpathy.h"
#include "stages/ingest/flickr_photo.h"
#include "stages/ingest/packed.h"
#include "stages/ingest/stream/line_reader.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// Of a packed part.
enum Kind : std::int64_t { kImage, kListed, kBox, kLabel };

constexpr std::size_t kIdDigits = 16;
constexpr std::size_t kShownBytes = 60;

std::optional<std::uint64_t> parse_id(std::string_view text) {
  std::uint64_t id = 0;
  if (text.size() != kIdDigits) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

// Counter-clockwise quarter turns; empty means that nobody knows, and the picture stays as it is.
std::optional<int> parse_rotation(std::string_view text) {
  if (text.empty() || text == "nan") return 0;
  const auto degrees = parse_number(text);
  for (int turns = 0; turns < 4; ++turns) {
    if (degrees && *degrees == 90.0 * turns) return turns;
  }
  return std::nullopt;
}

// "validation" is val; empty when it is no subset.
std::string split_of_subset(std::string_view subset) {
  if (subset == "validation" || subset == "val") return "val";
  return subset == "train" || subset == "test" ? std::string(subset) : std::string();
}

}  // namespace

// A file that is being read.
struct OpenImagesCorpus::Table {
  CsvReader& csv;
  CsvHeader header;
  std::string subset;  // of the name of the file

  std::string_view field(const CsvReader::Row& row, std::string_view name) const {
    const auto column = header.find(name);
    return column ? std::string_view(row.fields[*column]) : std::string_view();
  }
};

// Everything that the files say of one picture.
struct OpenImagesCorpus::Group {
  bool in_images = false, in_ids = false, duplicate = false;
  std::int64_t order = -1;
  PendingImage image;
  std::set<std::string> present, absent;   // labels of the whole picture
  std::vector<std::string> label_sources;  // where they stand
};

OpenImagesCorpus::OpenImagesCorpus(const fs::path& folder, const OpenImagesIngest& params,
                                   Quarantine& quarantine)
    : params_(params), quarantine_(quarantine), parts_(folder) {}

Status OpenImagesCorpus::read_table(const fs::path& path,
                                    std::initializer_list<const char*> required, Item item,
                                    Take take) {
  auto csv = UNIMO_TRY(CsvReader::open(path));
  CsvReader::Row row;
  const bool any = UNIMO_TRY(csv.next(row));
  const Table table{csv, CsvHeader(any ? row.fields : std::vector<std::string>()),
                    split_of_file_name(path)};
  for (const char* name : required) {
    if (table.header.find(name)) continue;
    return fail(ErrorCode::kInvalid, "{}:1: the header has no column {}; is this the right file?",
                path.string(), name);
  }
  while (UNIMO_TRY(csv.next(row))) {
    std::string problem = row.problem;
    if (problem.empty() && row.fields.size() != table.header.size()) {
      problem =
          fmt::format("has {} columns, the header {}", row.fields.size(), table.header.size());
    }
    const auto id = problem.empty() ? parse_id(table.field(row, "ImageID")) : std::nullopt;
    if (id) {
      UNIMO_TRY((this->*take)(table, row, *id));
      continue;
    }
    quarantine_.saw(item);
    quarantine_.add(item, {csv.place(row), with_replacements(row.fields[0].substr(0, kShownBytes)),
                           "malformed_row",
                           problem.empty() ? "ImageID must be 16 hexadecimal digits, is " +
                                                 with_replacements(table.field(row, "ImageID"))
                                           : problem});
  }
  return ok();
}

Status OpenImagesCorpus::read_images(const fs::path& path) {
  has_images_ = true;
  return read_table(path, {"ImageID", "Subset"}, Item::kImage, &OpenImagesCorpus::take_image);
}

Status OpenImagesCorpus::take_image(const Table& table, const CsvReader::Row& row,
                                    std::uint64_t id) {
  const std::string split = split_of_subset(table.field(row, "Subset"));
  const auto turns = parse_rotation(table.field(row, "Rotation"));
  if (split.empty() || !turns) {
    quarantine_.saw(Item::kImage);
    quarantine_.add(Item::kImage, {table.csv.place(row), std::string(table.field(row, "ImageID")),
                                   "malformed_row",
                                   turns ? "Subset must be train, validation or test, is " +
                                               with_replacements(table.field(row, "Subset"))
                                         : "Rotation must be empty, 0, 90, 180 or 270, is " +
                                               with_replacements(table.field(row, "Rotation"))});
    return ok();
  }
  Packer packer;
  packer.whole(kImage).text(table.csv.place(row)).text(split).whole(order_++).whole(*turns);
  packer.text(flickr_photo(table.field(row, "OriginalURL")));
  return parts_.add(id, packer.take());
}

Status OpenImagesCorpus::read_ids(const fs::path& path) {
  has_ids_ = true;
  auto lines = UNIMO_TRY(LineReader::open(path, {}));
  const std::string subset = split_of_file_name(path);
  std::size_t column = 0;
  for (LineReader::Line line; UNIMO_TRY(lines.next(line));) {
    // These lists have no quotes before the id, in either form.
    std::string_view text = line.text;
    if (line.number == 1 && text.find("ImageID") != std::string_view::npos) {
      const std::string_view before = text.substr(0, text.find("ImageID"));
      column = static_cast<std::size_t>(std::count(before.begin(), before.end(), ','));
      continue;
    }
    for (std::size_t skip = column; skip > 0 && text.find(',') != std::string_view::npos; --skip)
      text.remove_prefix(text.find(',') + 1);
    text = text.substr(0, text.find(','));
    if (!text.empty()) UNIMO_TRY(add_listed(path.string(), lines.place(line), text, subset));
  }
  return ok();
}

Status OpenImagesCorpus::add_listed(const std::string& file, const std::string& place,
                                    std::string_view text, std::string_view subset) {
  const auto slash = text.find('/');
  std::string split =
      split_of_subset(slash == std::string_view::npos ? std::string_view() : text.substr(0, slash));
  if (split.empty()) split = std::string(subset);
  const auto id = parse_id(slash == std::string_view::npos ? text : text.substr(slash + 1));
  if (!id) {
    quarantine_.saw(Item::kImage);
    quarantine_.add(Item::kImage,
                    {place, with_replacements(text.substr(0, kShownBytes)), "malformed_row",
                     "must be 16 hexadecimal digits, perhaps after a subset and a slash"});
    return ok();
  }
  if (split.empty() && !has_images_ && params_.split == "subset") {
    return fail(ErrorCode::kInvalid,
                "{}: no subset of {}; write train/{} or call the list like train_ids.txt", file,
                text, text);
  }
  Packer packer;
  packer.whole(kListed).text(place).text(split).whole(order_++).whole(0).text("");
  return parts_.add(*id, packer.take());
}

Status OpenImagesCorpus::read_boxes(const fs::path& path) {
  return read_table(path, {"ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax"}, Item::kRegion,
                    &OpenImagesCorpus::take_box);
}

Status OpenImagesCorpus::take_box(const Table& table, const CsvReader::Row& row, std::uint64_t id) {
  // -1 means that nobody looked, and version 3 has no such columns.
  if (table.field(row, "IsGroupOf") == "1" && !params_.keep_groups) {
    ++counts_.groups;
    return ok();
  }
  std::array<double, 4> sides{};
  constexpr std::array<const char*, 4> kNames{"XMin", "XMax", "YMin", "YMax"};
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const auto value = parse_number(table.field(row, kNames[i]));
    if (!value) {
      quarantine_.saw(Item::kRegion);
      quarantine_.add(Item::kRegion, {table.csv.place(row),
                                      std::string(table.field(row, "ImageID")), "malformed_box",
                                      fmt::format("{} must be a number, is \"{}\"", kNames[i],
                                                  with_replacements(table.field(row, kNames[i])))});
      return ok();
    }
    sides[i] = *value;
  }
  Packer packer;
  packer.whole(kBox).text(table.csv.place(row)).text(table.field(row, "LabelName"));
  for (const double side : sides) packer.number(side);
  std::vector<std::string> attributes;
  constexpr std::pair<const char*, const char*> kFlags[] = {{"IsOccluded", "occluded"},
                                                            {"IsTruncated", "truncated"},
                                                            {"IsGroupOf", "group"},
                                                            {"IsDepiction", "depiction"},
                                                            {"IsInside", "inside"}};
  for (const auto& [column, word] : kFlags) {
    if (table.field(row, column) == "1") attributes.emplace_back(word);
  }
  packer.whole(static_cast<std::int64_t>(attributes.size()));
  for (const std::string& attribute : attributes) packer.text(attribute);
  return parts_.add(id, packer.take());
}

Status OpenImagesCorpus::read_labels(const fs::path& path) {
  return read_table(path, {"ImageID", "LabelName", "Confidence"}, Item::kText,
                    &OpenImagesCorpus::take_label);
}

Status OpenImagesCorpus::take_label(const Table& table, const CsvReader::Row& row,
                                    std::uint64_t id) {
  const auto confidence = parse_number(table.field(row, "Confidence"));
  if (!confidence || *confidence < 0 || *confidence > 1) {
    quarantine_.saw(Item::kText);
    quarantine_.add(Item::kText, {table.csv.place(row), std::string(table.field(row, "ImageID")),
                                  "malformed_label",
                                  "Confidence must be a number from 0 to 1, is " +
                                      with_replacements(table.field(row, "Confidence"))});
    return ok();
  }
  Packer packer;
  packer.whole(kLabel).text(table.csv.place(row)).text(table.field(row, "LabelName"));
  return parts_.add(id, packer.number(*confidence).take());
}

std::string OpenImagesCorpus::label_of(const std::string& id, const OpenImagesClasses& classes,
                                       Item item, const std::string& source) {
  if (classes.empty()) return id;
  std::string name = classes.name_of(id);
  if (!name.empty()) return name;
  quarantine_.saw(item);
  quarantine_.add(item, {source, id, "unknown_category", "no description has this class"});
  return {};
}

void OpenImagesCorpus::unpack(std::span<const std::string> parts, const OpenImagesClasses& classes,
                              Group& group) {
  PendingImage& image = group.image;
  for (const std::string& part : parts) {
    PackedReader values(part);
    const std::int64_t kind = values.whole();
    const std::string source = values.text();
    if (kind == kImage || kind == kListed) {
      const std::string split = values.text();
      const std::int64_t order = values.whole();
      const auto turns = static_cast<int>(values.whole());
      std::string photo = values.text();
      bool& seen = kind == kImage ? group.in_images : group.in_ids;
      if (seen) {
        quarantine_.saw(Item::kImage);
        quarantine_.add(Item::kImage,
                        {source, image.id, kind == kImage ? "duplicate_image" : "listed_twice",
                         "this id stood before; the first counts"});
        continue;
      }
      seen = true;
      // The image list knows more than a list of ids.
      if (kind == kListed && group.in_images) continue;
      group.order = order;
      image.source = source;
      image.split = split;
      image.quarter_turns = turns;
      image.same_as.clear();
      if (!photo.empty()) image.same_as.push_back(std::move(photo));
      continue;
    }
    const std::string id = values.text();
    const std::string label =
        label_of(id, classes, kind == kBox ? Item::kRegion : Item::kText, source);
    if (label.empty()) continue;
    if (kind == kLabel) {
      group.label_sources.push_back(source);
      // People said yes or no; machines give shares, of which a half is a yes.
      (values.number() >= 0.5 ? group.present : group.absent).insert(label);
      continue;
    }
    PendingBox box{.source = source, .id = id};
    box.x = values.number();
    box.width = values.number() - box.x;
    box.y = values.number();
    box.height = values.number() - box.y;
    box.label = label;
    for (std::int64_t left = values.whole(); left > 0; --left)
      box.attributes.push_back(values.text());
    image.boxes.push_back(std::move(box));
  }
}

// Annotations of pictures that nobody listed are bad; those of pictures that are left out on
// purpose are not.
bool OpenImagesCorpus::is_wanted(Group& group) {
  const bool known = has_images_ ? group.in_images : group.in_ids;
  if (known && (!has_ids_ || group.in_ids)) return true;
  if (known) {
    ++counts_.not_listed;
    return false;
  }
  if (has_ids_ && !group.in_ids) return false;
  refuse_parts(group, "unknown_image", "its picture is in no list of pictures");
  if (group.in_ids) {
    quarantine_.saw(Item::kImage);
    quarantine_.add(Item::kImage, {group.image.source, group.image.id, "unknown_image",
                                   "a list of ids names it, the image list does not"});
  }
  return false;
}

bool OpenImagesCorpus::locate(Group& group, const ImageFiles& files) {
  PendingImage& one = group.image;
  const auto found = files.find(one.id + ".jpg");
  one.path = found.path;
  if (!found.path.empty()) return true;
  quarantine_.saw(Item::kImage);
  quarantine_.add(Item::kImage,
                  {one.source, one.id, found.missing() ? "missing_file" : "ambiguous_file",
                   found.missing() ? one.id + ".jpg is in none of the picture folders"
                                   : "could be " + found.other});
  refuse_parts(group, "image_unusable", "its picture has no file");
  return false;
}

void OpenImagesCorpus::refuse_parts(const Group& group, const std::string& reason,
                                    const std::string& detail) {
  quarantine_.saw(Item::kRegion, static_cast<std::int64_t>(group.image.boxes.size()));
  for (const PendingBox& box : group.image.boxes)
    quarantine_.add(Item::kRegion, {box.source, group.image.id, reason, detail});
  quarantine_.saw(Item::kText, static_cast<std::int64_t>(group.label_sources.size()));
  for (const std::string& source : group.label_sources)
    quarantine_.add(Item::kText, {source, group.image.id, reason, detail});
}

Status OpenImagesCorpus::resolve(const ImageFiles& files, const OpenImagesClasses& classes,
                                 PictureQueue& pictures, SideFile& labels) {
  if (!has_images_ && !has_ids_) {
    return fail(ErrorCode::kInvalid,
                "no list of pictures; give image_list (train-images-with-rotation.csv) or ids");
  }
  return parts_.visit([&](std::uint64_t key, std::span<const std::string> parts) -> Status {
    Group group;
    group.image.id = fmt::format("{:016x}", key);
    group.image.normalised_boxes = true;
    group.image.stands_alone = true;
    unpack(parts, classes, group);
    if (!is_wanted(group) || !locate(group, files)) return ok();
    if (params_.split == "unlabeled") group.image.split = "unlabeled";
    const auto order = static_cast<std::uint64_t>(group.order);
    if (!group.present.empty() || !group.absent.empty()) {
      UNIMO_TRY(labels.add(
          order, group.image.id,
          {{"image", group.image.id}, {"present", group.present}, {"absent", group.absent}}));
    }
    return pictures.add(order, group.image);
  });
}

}  // namespace unimo::stages
