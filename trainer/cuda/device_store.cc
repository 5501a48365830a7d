#include "trainer/cuda/device_store.h"

#include "orchestrator/base/result.h"

namespace unimo::trainer {

DeviceLinear::DeviceLinear(const ParameterStore& store, const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Parameter& w = store.at(names[i] + ".w_0");
    const Parameter* b = store.find(names[i] + ".b_0");
    if (i == 0) {
      weight = w.offset;
      bias = b == nullptr ? -1 : b->offset;
      in = w.spec.shape[1];
      anchor = &w.value;
    }
    UNIMO_CHECK(w.offset == weight + out * in && (b == nullptr || b->offset == bias + out),
                "{} does not lie behind {}", names[i], names[0]);
    out += w.spec.shape[0];
  }
}

DeviceLinear::DeviceLinear(const ParameterStore& store, const std::string& weight_name,
                           const std::string& bias_name)
    : weight(store.at(weight_name).offset),
      bias(store.at(bias_name).offset),
      out(store.at(weight_name).spec.shape[0]),
      in(store.at(weight_name).spec.shape[1]),
      anchor(&store.at(weight_name).value) {}

std::vector<GradientRange> DeviceLinear::ranges() const {
  std::vector<GradientRange> both = {{weight, out * in}};
  if (bias >= 0) both.push_back({bias, out});
  return both;
}

DeviceNorm::DeviceNorm(const ParameterStore& store, const std::string& name)
    : scale(store.at(name + "_scale").offset),
      offset(store.at(name + "_bias").offset),
      anchor(&store.at(name + "_scale").value) {}

}  // namespace unimo::trainer
