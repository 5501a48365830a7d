#include "trainer/weights/detector_map.h"

#include <array>
#include <map>
#include <set>

#include "trainer/weights/roberta.h"

namespace unimo::trainer {

namespace {

constexpr std::string_view kPredictor = "roi_heads.box_predictor.";

// MILVLG's names in the predictor; all others are detectron2's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kMilvlgNames = {
    {{"cls_embedding.", "cls_embed."},
     {"fc_attr.", "attr_linear1."},
     {"attr_score.", "attr_linear2."}}};

std::string milvlg_name(const std::string& name) {
  if (!name.starts_with(kPredictor)) return name;
  for (const auto& [ours, theirs] : kMilvlgNames) {
    const std::string_view rest = std::string_view(name).substr(kPredictor.size());
    if (rest.starts_with(ours))
      return fmt::format("{}{}{}", kPredictor, theirs, rest.substr(ours.size()));
  }
  return name;
}

// "4b7" for block 7 of res4: blocks of the long stages are numbered behind b, those of three are a,
// b, c.
std::string caffe_block(int stage, int block) {
  if (block == 0) return fmt::format("{}a", stage);
  if (stage == 3 || stage == 4) return fmt::format("{}b{}", stage, block);
  return fmt::format("{}{}", stage, static_cast<char>('a' + block));
}

// The tail of a Caffe layer's name: "conv1", "4b7_branch2a"; empty when the name is no
// convolution's.
std::string caffe_convolution(const std::string& convolution) {
  if (convolution == "backbone.stem.conv1") return "conv1";
  const std::size_t at = convolution.find(".res");
  if (at == std::string::npos) return {};
  const int stage = convolution[at + 4] - '0';
  const std::size_t dot = convolution.find('.', at + 6);
  const int block = std::stoi(convolution.substr(at + 6, dot - at - 6));
  const std::string_view which = std::string_view(convolution).substr(dot + 1);
  const std::string branch =
      which == "shortcut" ? "1" : fmt::format("2{}", static_cast<char>('a' + (which[4] - '1')));
  return fmt::format("{}_branch{}", caffe_block(stage, block), branch);
}

// Norms are two layers in Caffe, "bn…" with mean, variance and their common divisor and "scale…"
// with γ and β; those of the stem have an underscore before the rest.
DetectorName caffe_norm(const std::string& tail, std::string_view which) {
  const std::string rest = tail == "conv1" ? "_conv1" : tail;
  if (which == "weight") return {.tensor = fmt::format("scale{}/0", rest)};
  if (which == "bias") return {.tensor = fmt::format("scale{}/1", rest)};
  return {.tensor = fmt::format("bn{}/{}", rest, which == "running_mean" ? 0 : 1),
          .divisor = fmt::format("bn{}/2", rest)};
}

const std::map<std::string, std::string, std::less<>>& caffe_layers() {
  static const std::map<std::string, std::string, std::less<>> layers = {
      {"proposal_generator.rpn_head.conv", "rpn_conv/3x3"},
      {"proposal_generator.rpn_head.objectness_logits", "rpn_cls_score"},
      {"proposal_generator.rpn_head.anchor_deltas", "rpn_bbox_pred"},
      {"roi_heads.box_predictor.cls_score", "cls_score"},
      {"roi_heads.box_predictor.bbox_pred", "bbox_pred"},
      {"roi_heads.box_predictor.cls_embedding", "cls_embedding"},
      {"roi_heads.box_predictor.fc_attr", "fc_attr"},
      {"roi_heads.box_predictor.attr_score", "attr_score"}};
  return layers;
}

DetectorName caffe_name(const std::string& name) {
  if (name == kCellAnchors) return {};
  const std::size_t dot = name.rfind('.');
  const std::string owner = name.substr(0, dot);
  const std::string_view which = std::string_view(name).substr(dot + 1);
  if (owner.ends_with(".norm"))
    return caffe_norm(caffe_convolution(owner.substr(0, owner.size() - 5)), which);
  if (const auto found = caffe_layers().find(owner); found != caffe_layers().end())
    return {.tensor = fmt::format("{}/{}", found->second, which == "weight" ? 0 : 1)};
  const std::string tail = caffe_convolution(owner);
  if (tail.empty()) return {};
  return {.tensor = fmt::format("{}{}/0", tail == "conv1" ? "" : "res", tail)};
}

// Older Hugging Face files say gamma and beta.
std::string found_name(const WeightFile& file, const std::string& name) {
  if (file.find(name) != nullptr) return name;
  for (const auto& [end, old] :
       {std::pair(".norm.weight", ".norm.gamma"), std::pair(".norm.bias", ".norm.beta")}) {
    if (!name.ends_with(end)) continue;
    const std::string other = name.substr(0, name.size() - std::string_view(end).size()) + old;
    if (file.find(other) != nullptr) return other;
  }
  return name;
}

bool says_nothing(const std::string& name) { return name.ends_with(".num_batches_tracked"); }

// Sizes from the shapes of a file; where a tensor is missing the default stays.
class StoredSizes {
 public:
  StoredSizes(const WeightFile& file, DetectorFormat format) : file_(file), format_(format) {}

  DetectorSizes read() const {
    DetectorSizes sizes;
    set(sizes.stem, "backbone.stem.conv1.weight", 0);
    set(sizes.width, "backbone.res2.0.conv1.weight", 0);
    for (int stage = 0; stage < 4; ++stage)
      count_blocks(stage, sizes.blocks[static_cast<std::size_t>(stage)]);
    const std::string head = "proposal_generator.rpn_head.", predictor(kPredictor);
    set(sizes.proposal_hidden, head + "conv.weight", 0);
    int deltas = 4 * sizes.anchors, scores = 0;
    set(deltas, head + "anchor_deltas.weight", 0);
    set(scores, head + "objectness_logits.weight", 0);
    sizes.anchors = deltas / 4;
    sizes.kind = format_ == DetectorFormat::kDetectron2 && scores != 2 * sizes.anchors
                     ? DetectorKind::kDetectron2
                     : DetectorKind::kCaffe;
    if (set(sizes.classes, predictor + "cls_score.weight", 0)) --sizes.classes;
    set(sizes.embedding, predictor + "cls_embedding.weight", 1);
    set(sizes.attribute_hidden, predictor + "fc_attr.weight", 0);
    if (set(sizes.attributes, predictor + "attr_score.weight", 0)) {
      --sizes.attributes;
    } else if (find(predictor + "fc_attr.weight") == nullptr) {
      sizes.attributes = 0;
    }
    return sizes;
  }

 private:
  const StoredTensor* find(const std::string& name) const {
    return file_.find(name_in(format_, name).tensor);
  }

  // False when the tensor is missing or has no such side.
  bool set(int& size, const std::string& name, std::size_t side) const {
    const StoredTensor* tensor = find(name);
    if (tensor == nullptr || tensor->shape.size() <= side) return false;
    const std::int64_t found = tensor->shape[side];
    if (found < 1 || found > 1'000'000) return false;
    size = static_cast<int>(found);
    return true;
  }

  void count_blocks(int stage, int& blocks) const {
    constexpr int kMost = 1000;
    int count = 0;
    while (count < kMost && find(detector_block(stage, count) + ".conv1.weight") != nullptr)
      ++count;
    if (count > 0) blocks = count;
  }

  const WeightFile& file_;
  DetectorFormat format_;
};

std::string shape_mistake(const WeightFile& file, const DetectorMap::Pair& pair) {
  return tensor_mistake(file, pair.source.tensor, pair.tensor.shape);
}

}  // namespace

std::string_view to_string(DetectorFormat format) {
  switch (format) {
    case DetectorFormat::kDetectron2: return "detectron2";
    case DetectorFormat::kMilvlg: return "MILVLG";
    case DetectorFormat::kCaffe: return "Caffe";
  }
  return "";
}

std::optional<DetectorFormat> detector_format(const WeightFile& file) {
  if (file.find("conv1/0") != nullptr && file.find("rpn_cls_score/0") != nullptr)
    return DetectorFormat::kCaffe;
  if (file.find("proposal_generator.rpn_head.objectness_logits.weight") == nullptr)
    return std::nullopt;
  for (const char* name : {"cls_embed.weight", "attr_linear1.weight"}) {
    if (file.find(std::string(kPredictor) + name) != nullptr) return DetectorFormat::kMilvlg;
  }
  return DetectorFormat::kDetectron2;
}

DetectorName name_in(DetectorFormat format, const std::string& name) {
  switch (format) {
    case DetectorFormat::kDetectron2: return {.tensor = name};
    case DetectorFormat::kMilvlg: return {.tensor = milvlg_name(name)};
    case DetectorFormat::kCaffe: return caffe_name(name);
  }
  return {};
}

DetectorMap map_detector(const WeightFile& file, const std::optional<DetectorSizes>& sizes) {
  const auto format = detector_format(file);
  UNIMO_CHECK(format.has_value(), "{} holds no detector", file.path().string());
  DetectorMap map{.format = *format, .sizes = sizes ? *sizes : StoredSizes(file, *format).read()};
  std::set<std::string> used;
  for (DetectorTensor& tensor : detector_tensors(map.sizes)) {
    DetectorMap::Pair pair{.tensor = std::move(tensor)};
    pair.source = name_in(*format, pair.tensor.name);
    pair.source.tensor = found_name(file, pair.source.tensor);
    const bool is_there = file.find(pair.source.tensor) != nullptr;
    used.insert(pair.source.tensor);
    if (!pair.source.divisor.empty()) used.insert(pair.source.divisor);
    if (!is_there) {
      if (pair.tensor.part != DetectorPart::kAnchors) map.missing.push_back(pair.source.tensor);
      continue;
    }
    if (std::string mistake = shape_mistake(file, pair); !mistake.empty()) {
      map.mistakes.push_back(std::move(mistake));
      continue;
    }
    map.pairs.push_back(std::move(pair));
  }
  for (const auto& [name, tensor] : file.tensors()) {
    if (!used.contains(name) && !says_nothing(name)) map.unexpected.push_back(name);
  }
  return map;
}

Status check_complete(const DetectorMap& map, const WeightFile& file, bool partial) {
  std::vector<Error> errors;
  const auto add = [&](std::string message) {
    errors.push_back({ErrorCode::kInvalid, std::move(message)});
  };
  if (!partial) {
    for (const std::string& name : map.missing)
      add(fmt::format("{}: tensor {} is missing", file.path().string(), name));
    for (const std::string& name : map.unexpected)
      add(fmt::format("{}: unexpected tensor {}: a detector of these sizes has no place for it",
                      file.path().string(), name));
  }
  for (const std::string& mistake : map.mistakes) add(mistake);
  if (errors.empty()) return ok();
  return tl::unexpected(join_errors(errors));
}

}  // namespace unimo::trainer
