// One side of the comparison with PyTorch: peer.py starts this program and asks it for one pass at
// a time, so that both sides run by turns in one call.
//
//   detector_bench FOLDER THREADS PRECISION
//
// For every line read: a pass, answered by a line of JSON with seconds of its parts; the first one
// also writes FOLDER/ours.safetensors.
//
// FOLDER holds what peer.py wrote: model.safetensors (detectron2's names) and input.safetensors
// with `picture` [1, 3, H, W] and `boxes` [n, 4]. A pass is map, proposal maps, pooling, features
// and heads.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/base/json.h"
#include "trainer/detector/detector.h"
#include "trainer/weights/safetensors.h"

namespace unimo::trainer {
namespace {

template <class T>
T unwrap(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "detector_bench: {}\n", result.error().message);
  std::exit(1);
}

at::Tensor tensor_of(const WeightFile& file, const std::string& name) {
  const StoredTensor* stored = file.find(name);
  UNIMO_CHECK(stored != nullptr, "no tensor {}", name);
  at::Tensor tensor = at::empty(stored->shape, at::kFloat);
  const auto count = static_cast<std::size_t>(tensor.numel());
  UNIMO_CHECK(file.read_floats(name, {tensor.mutable_data_ptr<float>(), count}).has_value(), "{}",
              name);
  return tensor;
}

// Seconds of the processor, all threads together: other programs disturb them less than the clock.
class Stopwatch {
 public:
  double lap() {
    const double now = seconds();
    return now - std::exchange(last_, now);
  }

 private:
  static double seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }
  double last_ = seconds();
};

struct Pass {
  at::Tensor map, scores, deltas, pooled, features, classes, boxes, attributes;
  Json seconds;
};

Pass run(const Detector& detector, const at::Tensor& picture, const std::vector<Box>& boxes) {
  Pass pass;
  Stopwatch watch;
  pass.map = detector.map_of(picture);
  pass.seconds["map"] = watch.lap();
  const auto maps = detector.proposal_maps(pass.map);
  pass.scores = maps.scores;
  pass.deltas = maps.deltas;
  pass.seconds["proposals"] = watch.lap();
  pass.pooled = detector.pooled(pass.map, boxes);
  pass.seconds["pool"] = watch.lap();
  pass.features = detector.features_of(pass.pooled);
  pass.seconds["features"] = watch.lap();
  const auto heads = detector.heads_of(pass.features);
  pass.classes = heads.class_logits;
  pass.boxes = heads.box_deltas;
  pass.attributes = detector.attribute_logits(pass.features, heads.class_logits.argmax(1));
  pass.seconds["heads"] = watch.lap();
  return pass;
}

void write(const std::string& path, const Pass& pass) {
  std::vector<at::Tensor> whole;
  std::vector<FloatTensor> tensors;
  const auto add = [&](const char* name, const at::Tensor& tensor) {
    const at::Tensor& t = whole.emplace_back(tensor.to(at::kFloat).contiguous());
    tensors.push_back(
        {name, t.sizes().vec(), {t.const_data_ptr<float>(), static_cast<std::size_t>(t.numel())}});
  };
  whole.reserve(8);
  add("map", pass.map);
  add("scores", pass.scores);
  add("deltas", pass.deltas);
  add("pooled", pass.pooled);
  add("features", pass.features);
  add("classes", pass.classes);
  add("boxes", pass.boxes);
  add("attributes", pass.attributes);
  UNIMO_CHECK(write_safetensors(path, tensors, {}).has_value(), "{}", path);
}

}  // namespace
}  // namespace unimo::trainer

int main(int argc, char** argv) {
  using namespace unimo::trainer;
  if (argc != 4) {
    fmt::print(stderr, "usage: detector_bench FOLDER THREADS fp32|bf16\n");
    return 2;
  }
  const std::string folder = argv[1];
  at::set_num_threads(std::stoi(argv[2]));
  const c10::NoGradGuard no_gradients;
  const auto weights = unwrap(open_safetensors(folder + "/model.safetensors"));
  const auto input = unwrap(open_safetensors(folder + "/input.safetensors"));
  Detector detector(unwrap(read_detector(weights)));
  detector.prepare(std::string(argv[3]) == "bf16" ? at::kBFloat16 : at::kFloat);
  const at::Tensor picture = tensor_of(input, "picture");
  const at::Tensor corners = tensor_of(input, "boxes");
  std::vector<Box> boxes;
  for (std::int64_t i = 0; i < corners.size(0); ++i) {
    const float* c = corners.const_data_ptr<float>() + 4 * i;
    boxes.push_back({c[0], c[1], c[2], c[3]});
  }
  bool is_first = true;
  for (std::string line; std::getline(std::cin, line); is_first = false) {
    const Pass pass = run(detector, picture, boxes);
    if (is_first) write(folder + "/ours.safetensors", pass);
    fmt::print("{}\n", pass.seconds.dump());
    std::fflush(stdout);
  }
  return 0;
}
