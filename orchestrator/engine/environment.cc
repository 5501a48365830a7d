#include "orchestrator/engine/environment.h"

#include <gnu/libc-version.h>
#include <sys/utsname.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>

#include "orchestrator/base/file.h"
#include "orchestrator/engine/host.h"
#include "orchestrator/engine/machine.h"
#include "orchestrator/engine/provenance.h"
#include "orchestrator/store/database.h"

namespace unimo {

namespace fs = std::filesystem;

namespace {

// Variables that change what a computation gives or how fast it is; nothing else of the environment
// is kept.
constexpr std::array kVariables{"OMP_NUM_THREADS",
                                "MKL_NUM_THREADS",
                                "OPENBLAS_NUM_THREADS",
                                "MKL_CBWR",
                                "ATEN_CPU_CAPABILITY",
                                "DNNL_MAX_CPU_ISA",
                                "CUDA_VISIBLE_DEVICES",
                                "CUBLAS_WORKSPACE_CONFIG",
                                "NVIDIA_TF32_OVERRIDE",
                                "LC_ALL",
                                "LANG",
                                "TZ",
                                "SLURM_JOB_ID",
                                "SLURM_JOB_NODELIST"};

// The value behind "name\t: value" of /proc/cpuinfo and its like.
std::string value_after(const std::string& text, std::string_view name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name)) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t start = line.find_first_not_of(" \t", colon + 1);
    return start == std::string::npos ? std::string() : line.substr(start);
  }
  return {};
}

bool is_vector_extension(std::string_view flag) {
  for (const std::string_view prefix :
       {"sse", "ssse", "avx", "amx", "fma", "f16c", "asimd", "sve", "neon"}) {
    if (flag.starts_with(prefix)) return true;
  }
  return false;
}

struct Cpu {
  std::string model;
  std::string extensions;  // sorted, separated by spaces
};

Cpu read_cpu() {
  const auto text = read_file("/proc/cpuinfo");
  if (!text) return {};
  Cpu cpu;
  cpu.model = value_after(*text, "model name");
  std::string flags = value_after(*text, "flags");
  if (flags.empty()) flags = value_after(*text, "Features");
  std::istringstream words(flags);
  std::set<std::string> kept;
  for (std::string flag; words >> flag;) {
    if (is_vector_extension(flag)) kept.insert(flag);
  }
  cpu.extensions = fmt::format("{}", fmt::join(kept, " "));
  return cpu;
}

Json read_gpus() {
  Json gpus = Json::array();
  std::error_code error;
  std::set<std::string> folders;
  for (const auto& entry : fs::directory_iterator("/proc/driver/nvidia/gpus", error))
    folders.insert(entry.path());
  for (const std::string& folder : folders) {
    if (const auto text = read_file(fs::path(folder) / "information"))
      gpus.push_back(value_after(*text, "Model"));
  }
  return gpus;
}

Json read_variables() {
  Json variables = Json::object();
  for (const char* name : kVariables) {
    if (const char* value = std::getenv(name)) variables[name] = value;
  }
  return variables;
}

std::string compiler() {
#ifdef __clang__
  return fmt::format("Clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("GCC {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

}  // namespace

Json capture_environment() {
  const Cpu cpu = read_cpu();
  const Machine machine = detect_machine();
  utsname system{};
  ::uname(&system);
  return Json{
      {"host", host_name()},
      {"system", fmt::format("{} {} {}", system.sysname, system.release, system.machine)},
      {"cpu", {{"model", cpu.model}, {"extensions", cpu.extensions}, {"cores", machine.cores}}},
      {"memory_mb", machine.memory_mb},
      {"gpus", read_gpus()},
      {"compiler", compiler()},
      {"libraries",
       {{"glibc", gnu_get_libc_version()},
        {"libgit2", git_library_version()},
        {"sqlite", Database::library_version()}}},
      {"variables", read_variables()}};
}

std::string numerics_text(const std::string& libraries) {
  const Cpu cpu = read_cpu();
  return fmt::format("cpu {}; {}; {}", cpu.model, cpu.extensions, libraries);
}

}  // namespace unimo
