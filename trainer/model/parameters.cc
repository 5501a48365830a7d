#include "trainer/model/parameters.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "orchestrator/base/result.h"
#include "trainer/model/counter_key.h"
#include "trainer/model/device_ops.h"
#include "trainer/model/huge_pages.h"
#include "trainer/model/kernels.h"

namespace unimo::trainer {

namespace {

constexpr std::int64_t kAlign = 16;

// The value below which a share p of a standard normal lies; Acklam's rational fit, relative error
// 1e-9.
double normal_quantile(double p) {
  constexpr double kA[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                           1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr double kB[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                           6.680131188771972e+01, -1.328068155288572e+01};
  constexpr double kC[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                           -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr double kD[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                           3.754408661907416e+00};
  if (p > 0.5) return -normal_quantile(1 - p);
  if (p < 0.02425) {
    const double q = std::sqrt(-2 * std::log(p));
    return (((((kC[0] * q + kC[1]) * q + kC[2]) * q + kC[3]) * q + kC[4]) * q + kC[5]) /
           ((((kD[0] * q + kD[1]) * q + kD[2]) * q + kD[3]) * q + 1);
  }
  const double q = p - 0.5;
  const double r = q * q;
  return (((((kA[0] * r + kA[1]) * r + kA[2]) * r + kA[3]) * r + kA[4]) * r + kA[5]) * q /
         (((((kB[0] * r + kB[1]) * r + kB[2]) * r + kB[3]) * r + kB[4]) * r + 1);
}

// Cut at two deviations, as Paddle's TruncatedNormal and BERT's initialiser are.
void fill_truncated_normal(std::span<float> out, std::uint64_t seed, std::string_view name,
                           double deviation) {
  const CounterKey key = counter_key(seed, name);
  std::vector<std::uint32_t> words(out.size());
  kernels().random_words(key.words, 0, 0, words.data(), static_cast<std::int64_t>(words.size()));
  const double low = 0.022750131948179195;  // share below -2
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double share = (static_cast<double>(words[i]) + 0.5) / 4294967296.0;
    out[i] = static_cast<float>(deviation * normal_quantile(low + (1 - 2 * low) * share));
  }
}

at::Tensor zeros_in_huge_pages(std::int64_t count) {
  at::Tensor values = at::empty({count}, at::kFloat);
  prefer_huge_pages(values.mutable_data_ptr(), values.nbytes());
  return values.zero_();
}

}  // namespace

ParameterStore::ParameterStore(const std::vector<ParameterSpec>& specs, std::uint64_t seed,
                               double deviation) {
  for (const ParameterSpec& spec : specs) {
    UNIMO_CHECK(find(spec.name) == nullptr, "two parameters are called {}", spec.name);
    const std::int64_t count =
        std::accumulate(spec.shape.begin(), spec.shape.end(), std::int64_t{1}, std::multiplies<>());
    parameters_.push_back({.spec = spec, .offset = values_count_, .count = count, .value = {}});
    values_count_ += (count + kAlign - 1) / kAlign * kAlign;
  }
  std::vector<std::int64_t> begins;
  for (const Parameter& p : parameters_) begins.push_back(p.offset);
  ledger_ = std::make_shared<GradientLedger>(std::move(begins), values_count_);
  values_ = zeros_in_huge_pages(values_count_);
  gradients_ = zeros_in_huge_pages(values_count_);
  for (Parameter& p : parameters_) {
    const std::span<float> values = this->values().subspan(static_cast<std::size_t>(p.offset),
                                                           static_cast<std::size_t>(p.count));
    if (p.spec.init == Init::kOne) std::fill(values.begin(), values.end(), 1.0F);
    if (p.spec.init == Init::kNormal) fill_truncated_normal(values, seed, p.spec.name, deviation);
  }
  make_leaves();
}

void ParameterStore::make_leaves() {
  for (Parameter& p : parameters_) {
    p.value = values_.narrow(0, p.offset, p.count).view(p.spec.shape).detach();
    p.value.set_requires_grad(true);
    p.value.mutable_grad() = gradients_.narrow(0, p.offset, p.count).view(p.spec.shape);
  }
}

void ParameterStore::move_to(const at::Device& device) {
  values_ = values_.to(device);
  gradients_ = gradients_.to(device);
  host_values_ = at::Tensor();
  host_version_ = 0;
  make_leaves();
  changed();
}

const Parameter* ParameterStore::find(std::string_view name) const {
  for (const Parameter& p : parameters_) {
    if (p.spec.name == name) return &p;
  }
  return nullptr;
}

const Parameter& ParameterStore::at(std::string_view name) const {
  const Parameter* found = find(name);
  UNIMO_CHECK(found != nullptr, "the model has no parameter {}", name);
  return *found;
}

namespace {
std::span<float> span_of(const at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}
}  // namespace

void ParameterStore::refresh_host_values() const {
  if (host_version_ == version_) return;
  if (!host_values_.defined()) host_values_ = at::empty({values_count_}, at::kFloat);
  device_download(values_, span_of(host_values_));
  host_version_ = version_;
}

std::span<float> ParameterStore::values() {
  if (on_host()) return span_of(values_);
  refresh_host_values();
  host_is_lent_ = true;
  return span_of(host_values_);
}
std::span<const float> ParameterStore::values() const {
  if (on_host()) return span_of(values_);
  refresh_host_values();
  return span_of(host_values_);
}
void ParameterStore::copy_values(std::span<float> to) const {
  if (!on_host()) return device_download(values_, to);
  const std::span<const float> from = span_of(values_);
  std::copy(from.begin(), from.end(), to.begin());
}
std::span<float> ParameterStore::gradients() {
  if (on_host()) return span_of(gradients_);
  host_gradients_ = gradients_.cpu();
  return span_of(host_gradients_);
}

const at::Tensor& ParameterStore::low_values(at::ScalarType type) {
  if (!low_.defined() || low_.scalar_type() != type) {
    low_ = at::empty({values_count_}, values_.options().dtype(type));
    low_version_ = 0;
  }
  if (low_version_ != version_) low_.copy_(values_);
  low_version_ = version_;
  return low_;
}

void ParameterStore::updated_on_device() {
  host_is_lent_ = false;
  ++version_;
  if (low_.defined()) low_version_ = version_;
}

void ParameterStore::changed() {
  ++version_;
  if (on_host() || !host_is_lent_) return;
  values_.copy_(host_values_);
  host_version_ = version_;
  host_is_lent_ = false;
}

std::int64_t ParameterStore::parameter_count() const {
  std::int64_t sum = 0;
  for (const Parameter& p : parameters_) sum += p.count;
  return sum;
}

void ParameterStore::zero_gradients() {
  if (!on_host()) {
    gradients_.zero_();
    return;
  }
  float* g = gradients().data();
  constexpr std::int64_t kPiece = 1 << 18;
  at::parallel_for(0, values_count_, kPiece, [g](std::int64_t begin, std::int64_t end) {
    std::fill(g + begin, g + end, 0.0F);
  });
}

}  // namespace unimo::trainer
