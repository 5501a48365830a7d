// The model on a GPU: CudaEngine, and the operations that shared code needs there (device_ops.h).
#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime.h>
#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

#include "orchestrator/base/result.h"
#include "trainer/cuda/embedding.h"
#include "trainer/cuda/heads.h"
#include "trainer/cuda/layer.h"
#include "trainer/cuda/row_kernels.h"
#include "trainer/model/device_ops.h"

namespace unimo::trainer {

namespace {

bool flash_fits(Precision precision, std::int64_t head_size) {
  return precision != Precision::kFp32 && head_size % 8 == 0 && head_size <= 256;
}

AttentionBackend choose_backend(const DeviceConfig& device, const ModelConfig& model,
                                Precision precision) {
  if (device.attention == "own") return AttentionBackend::kOwn;
  return flash_fits(precision, model.hidden / model.heads) ? AttentionBackend::kFlash
                                                           : AttentionBackend::kOwn;
}

// Operators of LibTorch that losses and tasks use repeat their bits as well, or say that they
// cannot.
void use_deterministic_operators() {
  // cuBLAS inside LibTorch needs a workspace of fixed size for that.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  at::globalContext().setDeterministicAlgorithms(true, false);
  // It would fill every new tensor first.
  at::globalContext().setDeterministicFillUninitializedMemory(false);
}

template <class T>
class CudaEngine : public ModelEngine {
 public:
  CudaEngine(const ModelConfig& config, ParameterStore& store, AttentionBackend backend)
      : config_(config),
        parameters_(store),
        device_(store.device()),
        backend_(backend),
        embedding_(store),
        table_(store, "word_embedding", "mask_lm_out_fc.b_0"),
        lm_norm_(store, "mask_lm_trans_layer_norm"),
        context_{.store = DeviceStore<T>(store),
                 .gemm = &gemm_,
                 .shape = {.heads = config.heads, .head_size = config.hidden / config.heads}} {
    for (int i = 0; i < config.layers; ++i)
      layers_.emplace_back(store, "encoder_layer_" + std::to_string(i));
    // Now rather than in the first step, so that a plan of the memory counts it.
    context_.store.low(0);
  }

  at::Tensor encode(const PackedBatch& batch, const EncodeOptions& options,
                    std::vector<at::Tensor>* states) override {
    const auto planned = std::make_shared<DeviceBatch<T>>();
    const auto rows = std::make_shared<const EmbeddingTables>(
        batch, embedding_, at::GradMode::is_enabled(), planned->tables);
    planned->attention =
        std::make_unique<AttentionRun<T>>(batch, context_.shape, backend_, planned->tables);
    planned->tables.send(device_);
    const std::shared_ptr<const DeviceTables> tables(planned, &planned->tables);
    const EmbeddingInput input{.text_dropout = site_key(options, kTextSite, config_.dropout),
                               .image_dropout = site_key(options, kImageSite, config_.dropout),
                               .text_delta = here(options.text_delta),
                               .feature_delta = here(options.feature_delta)};
    at::Tensor x = device_embed_rows(embedding_, context_.store, gemm_, tables, rows, input);
    const auto keep = [&] {
      if (states != nullptr) states->push_back(x.to(at::kFloat));
    };
    keep();
    std::uint32_t site = kLayerSite;
    for (const DeviceLayerWeights& layer : layers_) {
      const LayerDropout dropout{.attention = site_key(options, site, config_.attention_dropout),
                                 .after_attention = site_key(options, site + 1, config_.dropout),
                                 .after_ffn = site_key(options, site + 2, config_.dropout)};
      x = device_layer<T>(x, layer, context_, planned, dropout);
      keep();
      site += kLayerSites;
    }
    return x.to(at::kFloat);
  }

  at::Tensor linear(const at::Tensor& x, std::string_view name) override {
    auto found = maps_.find(name);
    if (found == maps_.end()) {
      const std::string text(name);
      found = maps_.emplace(text, DeviceLinear(parameters_, std::vector<std::string>{text})).first;
    }
    return device_linear(x, found->second, context_.store, gemm_);
  }

  at::Tensor lm_transform(const at::Tensor& rows) override {
    return device_gelu_norm(linear(rows, "mask_lm_trans_fc"), lm_norm_,
                            DeviceStore<float>(parameters_));
  }
  at::Tensor lm_logits(const at::Tensor& rows) override {
    return device_linear(lm_transform(rows), table_, context_.store, gemm_);
  }
  at::Tensor lm_loss_sum(const at::Tensor& rows, std::span<const std::int32_t> targets,
                         double smoothing) override {
    return device_cross_entropy_sum(lm_transform(rows), table_, context_.store, gemm_, targets,
                                    smoothing);
  }
  void set_recompute(bool recompute) override { context_.recompute = recompute; }
  std::int64_t activation_bytes() const override { return *context_.kept_bytes; }

 private:
  // Disturbances may lie on the host, and get their gradients there.
  at::Tensor here(const at::Tensor& delta) const {
    return delta.defined() ? delta.to(device_) : delta;
  }

  ModelConfig config_;
  ParameterStore& parameters_;
  at::Device device_;
  AttentionBackend backend_;
  DeviceGemm gemm_;
  DeviceEmbeddingWeights embedding_;
  std::vector<DeviceLayerWeights> layers_;
  DeviceLinear table_;
  DeviceNorm lm_norm_;
  DeviceLayerContext<T> context_;
  std::map<std::string, DeviceLinear, std::less<>> maps_;
};

// What the GPU itself lacks; empty when nothing.
std::string gpu_mistake(const DeviceConfig& device) {
  int count = 0;
  if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess || count == 0) {
    return fmt::format(
        "device cuda: no GPU to be seen ({}); take device cpu, or give the job a GPU",
        error == cudaSuccess ? "the driver reports none" : cudaGetErrorString(error));
  }
  if (device.index >= count)
    return fmt::format(
        "device.index {} (with several processes: the first one's and the number of the process on "
        "its machine): the job sees {} GPUs, counted from 0; give the job more, or lower "
        "train.processes",
        device.index, count);
  cudaDeviceProp properties = {};
  if (cudaGetDeviceProperties(&properties, device.index) != cudaSuccess || properties.major < 8) {
    return fmt::format("device cuda: {} has compute capability {}.{}; 8.0 or later is needed",
                       properties.name, properties.major, properties.minor);
  }
  return {};
}

std::string size_mistake(const DeviceConfig& device, const ModelConfig& model,
                         Precision precision) {
  if (model.hidden > kMostColumns)
    return fmt::format("device cuda: hidden {} is above {}", model.hidden, kMostColumns);
  const std::int64_t head_size = model.hidden / model.heads;
  if (device.attention == "flash" && !flash_fits(precision, head_size)) {
    return fmt::format(
        "device.attention flash needs bf16 or fp16 and a head size that is a multiple of 8 up to "
        "256; it is {}: take auto or own",
        head_size);
  }
  if (choose_backend(device, model, precision) == AttentionBackend::kOwn &&
      head_size > kMostHeadSize) {
    return fmt::format("device cuda: hidden / heads is {}; the own attention takes up to {}",
                       head_size, kMostHeadSize);
  }
  return {};
}

}  // namespace

std::string device_mistake(const DeviceConfig& device, const ModelConfig& model,
                           Precision precision) {
  if (device.kind != "cuda") return {};
  std::string mistake = size_mistake(device, model, precision);
  return mistake.empty() ? gpu_mistake(device) : mistake;
}

at::Device device_of(const DeviceConfig& device) {
  if (device.kind != "cuda") return at::kCPU;
  return {at::kCUDA, static_cast<c10::DeviceIndex>(device.index)};
}

std::string device_name(const at::Device& device) {
  if (!device.is_cuda()) return {};
  cudaDeviceProp properties = {};
  cudaGetDeviceProperties(&properties, device.index());
  int version = 0;
  cudaRuntimeGetVersion(&version);
  return fmt::format("{}, CUDA {}.{}", properties.name, version / 1000, version % 1000 / 10);
}

std::int64_t device_free_bytes(const at::Device& device) {
  const c10::cuda::CUDAGuard on(device);
  std::size_t free = 0, total = 0;
  C10_CUDA_CHECK(cudaMemGetInfo(&free, &total));
  // What LibTorch holds and no tensor uses is free, too.
  const auto held = c10::cuda::CUDACachingAllocator::getDeviceStats(device.index());
  constexpr auto kAll = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return static_cast<std::int64_t>(free) + held.reserved_bytes[kAll].current -
         held.allocated_bytes[kAll].current;
}

void* device_stream(const at::Device& device) {
  return c10::cuda::getCurrentCUDAStream(device.index()).stream();
}

std::unique_ptr<ModelEngine> make_cuda_engine(const ModelConfig& config, ParameterStore& store,
                                              Precision precision, const DeviceConfig& device) {
  use_deterministic_operators();
  c10::cuda::set_device(static_cast<c10::DeviceIndex>(device.index));
  const AttentionBackend backend = choose_backend(device, config, precision);
  if (precision == Precision::kBf16)
    return std::make_unique<CudaEngine<Bf16>>(config, store, backend);
  if (precision == Precision::kFp16)
    return std::make_unique<CudaEngine<Fp16>>(config, store, backend);
  return std::make_unique<CudaEngine<float>>(config, store, backend);
}

at::Tensor device_mask(const DropoutKey& key, std::int64_t rows, std::int64_t columns,
                       const at::Device& /*device*/) {
  at::Tensor mask = device_empty<float>({rows, columns});
  device_dropout_mask(key, rows, columns, pointer<float>(mask), current_stream());
  return mask;
}

}  // namespace unimo::trainer
