#include "trainer/cuda/gemm.h"

#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAStream.h>
#include <cublasLt.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

namespace unimo::trainer {

namespace {

// What NVIDIA advises for Hopper; enough for every split of a sum.
constexpr std::int64_t kWorkspaceBytes = std::int64_t{32} << 20;

void check(cublasStatus_t status, const char* call) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw std::runtime_error(fmt::format("{}: {}", call, cublasLtGetStatusString(status)));
}

template <class T>
constexpr cudaDataType_t data_type();
template <>
constexpr cudaDataType_t data_type<float>() {
  return CUDA_R_32F;
}
template <>
constexpr cudaDataType_t data_type<Bf16>() {
  return CUDA_R_16BF;
}
template <>
constexpr cudaDataType_t data_type<Fp16>() {
  return CUDA_R_16F;
}

// The largest power of two, up to 256, that divides an address.
std::uint32_t alignment_of(const void* pointer) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  return address == 0
             ? 256U
             : static_cast<std::uint32_t>(std::min<std::uintptr_t>(address & (~address + 1), 256));
}

// A product as cuBLASLt sees it, with matrices in columns: D[m, n] = op(A) op(B) (+ C) (+ bias).
struct Product {
  cudaDataType_t input = CUDA_R_32F;
  cudaDataType_t output = CUDA_R_32F;
  bool turn_a = false, turn_b = false;
  std::int64_t m = 0, n = 0, k = 0;
  std::int64_t lda = 0, ldb = 0, ldc = 0, ldd = 0;
  const void* a = nullptr;
  const void* b = nullptr;
  const void* addend = nullptr;
  const void* bias = nullptr;  // [m]
  void* d = nullptr;

  // What the choice of an algorithm depends on.
  std::array<std::int64_t, 17> key() const {
    return {input,
            output,
            turn_a,
            turn_b,
            m,
            n,
            k,
            lda,
            ldb,
            ldc,
            ldd,
            addend != nullptr,
            bias != nullptr,
            alignment_of(a),
            alignment_of(b),
            alignment_of(addend == nullptr ? d : addend),
            alignment_of(d)};
  }
};

// Deletes what cuBLASLt made.
template <class Handle, cublasStatus_t (*kDestroy)(Handle)>
class Owned {
 public:
  Owned() = default;
  Owned(Owned&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
  Owned& operator=(Owned&&) = delete;
  ~Owned() {
    if (handle_ != nullptr) kDestroy(handle_);
  }
  Handle get() const { return handle_; }
  Handle* place() { return &handle_; }

 private:
  Handle handle_ = nullptr;
};
using Description = Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using Layout = Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using Preference = Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

// A product prepared once: only its pointers change from call to call.
struct Prepared {
  Description description;
  Layout a, b, c, d;
  cublasLtMatmulAlgo_t algorithm = {};
};

Layout make_layout(cudaDataType_t type, std::int64_t rows, std::int64_t columns, std::int64_t ld) {
  Layout layout;
  check(cublasLtMatrixLayoutCreate(layout.place(), type, static_cast<std::uint64_t>(rows),
                                   static_cast<std::uint64_t>(columns), ld),
        "cublasLtMatrixLayoutCreate");
  return layout;
}

void set(const Description& description, cublasLtMatmulDescAttributes_t attribute,
         const auto& value) {
  check(cublasLtMatmulDescSetAttribute(description.get(), attribute, &value, sizeof value),
        "cublasLtMatmulDescSetAttribute");
}
void set(const Preference& preference, cublasLtMatmulPreferenceAttributes_t attribute,
         const auto& value) {
  check(cublasLtMatmulPreferenceSetAttribute(preference.get(), attribute, &value, sizeof value),
        "cublasLtMatmulPreferenceSetAttribute");
}

Preference make_preference(const Product& p) {
  Preference preference;
  check(cublasLtMatmulPreferenceCreate(preference.place()), "cublasLtMatmulPreferenceCreate");
  set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
      static_cast<std::uint64_t>(kWorkspaceBytes));
  // Parts of a split sum are added in a fixed order, through the workspace.
  set(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
      static_cast<std::uint32_t>(CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment_of(p.a));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment_of(p.b));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
      alignment_of(p.addend == nullptr ? p.d : p.addend));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment_of(p.d));
  return preference;
}

Description make_description(const Product& p) {
  Description description;
  // 32F without "fast": no TF32.
  check(cublasLtMatmulDescCreate(description.place(), CUBLAS_COMPUTE_32F, CUDA_R_32F),
        "cublasLtMatmulDescCreate");
  set(description, CUBLASLT_MATMUL_DESC_TRANSA, p.turn_a ? CUBLAS_OP_T : CUBLAS_OP_N);
  set(description, CUBLASLT_MATMUL_DESC_TRANSB, p.turn_b ? CUBLAS_OP_T : CUBLAS_OP_N);
  if (p.bias != nullptr) {
    set(description, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
    set(description, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, p.output);
    set(description, CUBLASLT_MATMUL_DESC_BIAS_POINTER, p.bias);
  }
  return description;
}

Prepared prepare(cublasLtHandle_t handle, const Product& p) {
  Prepared prepared{.description = make_description(p),
                    .a = make_layout(p.input, p.turn_a ? p.k : p.m, p.turn_a ? p.m : p.k, p.lda),
                    .b = make_layout(p.input, p.turn_b ? p.n : p.k, p.turn_b ? p.k : p.n, p.ldb),
                    .c = make_layout(p.output, p.m, p.n, p.ldc),
                    .d = make_layout(p.output, p.m, p.n, p.ldd)};
  const Preference preference = make_preference(p);
  cublasLtMatmulHeuristicResult_t best = {};
  int found = 0;
  const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(
      handle, prepared.description.get(), prepared.a.get(), prepared.b.get(), prepared.c.get(),
      prepared.d.get(), preference.get(), 1, &best, &found);
  if (status != CUBLAS_STATUS_SUCCESS || found == 0) {
    throw std::runtime_error(fmt::format(
        "cuBLASLt has no algorithm for a product of {} x {} x {} (types {} -> {}, strides {} {} "
        "{}): {}",
        p.m, p.n, p.k, static_cast<int>(p.input), static_cast<int>(p.output), p.lda, p.ldb, p.ldd,
        cublasLtGetStatusString(status)));
  }
  prepared.algorithm = best.algo;
  return prepared;
}

}  // namespace

struct DeviceGemm::State {
  cublasLtHandle_t handle = nullptr;
  at::Tensor workspace;
  std::map<std::array<std::int64_t, 17>, Prepared> prepared;

  void run(const Product& p) {
    if (p.m == 0 || p.n == 0 || p.k == 0) return;
    const auto key = p.key();
    auto found = prepared.find(key);
    if (found == prepared.end()) found = prepared.emplace(key, prepare(handle, p)).first;
    const Prepared& ready = found->second;
    if (p.bias != nullptr) set(ready.description, CUBLASLT_MATMUL_DESC_BIAS_POINTER, p.bias);
    const float one = 1;
    const float keep = p.addend == nullptr ? 0.0F : 1.0F;
    check(cublasLtMatmul(handle, ready.description.get(), &one, p.a, ready.a.get(), p.b,
                         ready.b.get(), &keep, p.addend == nullptr ? p.d : p.addend, ready.c.get(),
                         p.d, ready.d.get(), &ready.algorithm, workspace.data_ptr(),
                         static_cast<std::size_t>(kWorkspaceBytes),
                         c10::cuda::getCurrentCUDAStream().stream()),
          "cublasLtMatmul");
  }
};

DeviceGemm::DeviceGemm() : state_(std::make_unique<State>()) {
  check(cublasLtCreate(&state_->handle), "cublasLtCreate");
  state_->workspace =
      at::empty({kWorkspaceBytes}, at::TensorOptions().dtype(at::kByte).device(at::kCUDA));
}

DeviceGemm::~DeviceGemm() {
  state_->prepared.clear();
  cublasLtDestroy(state_->handle);
}

// Rows end to end are columns of the transposed matrix: y^T = w x^T, with w^T lying in memory.
template <class T, class Out>
void DeviceGemm::forward(const LinearSizes& s, const T* x, const T* w, const Out* bias, Out* y) {
  state_->run({.input = data_type<T>(),
               .output = data_type<Out>(),
               .turn_a = true,
               .m = s.out,
               .n = s.rows,
               .k = s.in,
               .lda = s.in,
               .ldb = s.in,
               .ldc = s.out_ld,
               .ldd = s.out_ld,
               .a = w,
               .b = x,
               .bias = bias,
               .d = y});
}

template <class T, class Out>
void DeviceGemm::input_gradient(const LinearSizes& s, const T* dy, const T* w, const Out* addend,
                                Out* dx) {
  state_->run({.input = data_type<T>(),
               .output = data_type<Out>(),
               .m = s.in,
               .n = s.rows,
               .k = s.out,
               .lda = s.in,
               .ldb = s.out_ld,
               .ldc = s.in,
               .ldd = s.in,
               .a = w,
               .b = dy,
               .addend = addend,
               .d = dx});
}

template <class T>
void DeviceGemm::weight_gradient(const LinearSizes& s, const T* dy, const T* x, float* dw) {
  state_->run({.input = data_type<T>(),
               .output = CUDA_R_32F,
               .turn_b = true,
               .m = s.in,
               .n = s.out,
               .k = s.rows,
               .lda = s.in,
               .ldb = s.out_ld,
               .ldc = s.in,
               .ldd = s.in,
               .a = x,
               .b = dy,
               .addend = dw,
               .d = dw});
}

#define UNIMO_INSTANTIATE(T, Out)                                                              \
  template void DeviceGemm::forward(const LinearSizes&, const T*, const T*, const Out*, Out*); \
  template void DeviceGemm::input_gradient(const LinearSizes&, const T*, const T*, const Out*, \
                                           Out*);
UNIMO_INSTANTIATE(float, float)
UNIMO_INSTANTIATE(Bf16, Bf16)
UNIMO_INSTANTIATE(Bf16, float)
UNIMO_INSTANTIATE(Fp16, Fp16)
UNIMO_INSTANTIATE(Fp16, float)
#undef UNIMO_INSTANTIATE
template void DeviceGemm::weight_gradient(const LinearSizes&, const float*, const float*, float*);
template void DeviceGemm::weight_gradient(const LinearSizes&, const Bf16*, const Bf16*, float*);
template void DeviceGemm::weight_gradient(const LinearSizes&, const Fp16*, const Fp16*, float*);

}  // namespace unimo::trainer
