#include "trainer/comm/launch.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>

namespace unimo::trainer {

namespace {

constexpr std::int64_t kMostRanks = 65536;
constexpr std::int64_t kLastPort = 65535;

struct Variable {
  const char* name;
  std::string value;
};

Result<Variable> require(const Variables& variables, const char* name, const Variable& because) {
  auto value = variables(name);
  if (!value) {
    return fail(ErrorCode::kInvalid,
                "{} is not set although {} is \"{}\": set both (a launcher does), or neither", name,
                because.name, because.value);
  }
  return Variable{name, *std::move(value)};
}

Result<std::int64_t> number(const Variable& variable, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const char* const end = variable.value.data() + variable.value.size();
  const auto parsed = std::from_chars(variable.value.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value < least || value > most) {
    return fail(ErrorCode::kInvalid, "{} is \"{}\": it must be a number from {} to {}",
                variable.name, variable.value, least, most);
  }
  return value;
}

Result<std::int64_t> required_number(const Variables& variables, const char* name,
                                     const Variable& because, std::int64_t least,
                                     std::int64_t most) {
  const Variable variable = UNIMO_TRY(require(variables, name, because));
  return number(variable, least, most);
}

Status check(const Launch& launch, std::string_view rank_name, std::string_view size_name) {
  if (launch.size < 1 || launch.rank < 0 || launch.rank >= launch.size) {
    return fail(ErrorCode::kInvalid, "{} is {} and {} is {}: ranks are 0 to {} - 1", rank_name,
                launch.rank, size_name, launch.size, size_name);
  }
  if (launch.local_rank < 0 || launch.local_rank > launch.rank) {
    return fail(ErrorCode::kInvalid,
                "the local rank is {} and {} is {}: on its machine a rank has no higher number",
                launch.local_rank, rank_name, launch.rank);
  }
  if (launch.size > 1 && (launch.address.empty() || launch.port < 1 || launch.port > kLastPort)) {
    return fail(ErrorCode::kInvalid,
                "{} ranks need the address of rank 0 and a port from 1 to {}, not \"{}\" and {}",
                launch.size, kLastPort, launch.address, launch.port);
  }
  return ok();
}

Result<Launch> from_torchrun(const Variables& variables, const Variable& seen) {
  Launch launch;
  launch.rank =
      static_cast<int>(UNIMO_TRY(required_number(variables, "RANK", seen, 0, kMostRanks - 1)));
  launch.size =
      static_cast<int>(UNIMO_TRY(required_number(variables, "WORLD_SIZE", seen, 1, kMostRanks)));
  launch.local_rank = static_cast<int>(
      UNIMO_TRY(required_number(variables, "LOCAL_RANK", seen, 0, kMostRanks - 1)));
  launch.address = UNIMO_TRY(require(variables, "MASTER_ADDR", seen)).value;
  launch.port =
      static_cast<int>(UNIMO_TRY(required_number(variables, "MASTER_PORT", seen, 1, kLastPort)));
  if (const auto local = variables("LOCAL_WORLD_SIZE")) {
    launch.local_size =
        static_cast<int>(UNIMO_TRY(number({"LOCAL_WORLD_SIZE", *local}, 1, launch.size)));
  }
  launch.served = variables("TORCHELASTIC_USE_AGENT_STORE") == "True";
  launch.attempt = variables("TORCHELASTIC_RESTART_COUNT").value_or("");
  UNIMO_TRY(check(launch, "RANK", "WORLD_SIZE"));
  return launch;
}

// Two jobs of one machine get different ports unless their numbers differ by the range. The range
// ends below the ports that Linux gives to outgoing connections (from 32768).
int port_of(std::int64_t job, std::int64_t step) {
  constexpr std::int64_t kFirst = 10000;
  constexpr std::int64_t kRange = 20000;
  constexpr std::int64_t kStepStride = 1009;  // a prime, so that steps of one job spread
  return static_cast<int>(kFirst + (job % kRange + step % kRange * kStepStride) % kRange);
}

Result<Launch> from_slurm(const Variables& variables, const Variable& seen) {
  constexpr std::int64_t kMostJobs = INT64_C(1) << 40;
  Launch launch;
  launch.rank = static_cast<int>(
      UNIMO_TRY(required_number(variables, "SLURM_PROCID", seen, 0, kMostRanks - 1)));
  launch.size =
      static_cast<int>(UNIMO_TRY(required_number(variables, "SLURM_NTASKS", seen, 1, kMostRanks)));
  launch.local_rank = static_cast<int>(
      UNIMO_TRY(required_number(variables, "SLURM_LOCALID", seen, 0, kMostRanks - 1)));
  if (const auto address = variables("MASTER_ADDR")) {
    const Variable because{"MASTER_ADDR", *address};
    launch.address = *address;
    launch.port = static_cast<int>(
        UNIMO_TRY(required_number(variables, "MASTER_PORT", because, 1, kLastPort)));
  } else {
    const Variable hosts = UNIMO_TRY(require(variables, "SLURM_JOB_NODELIST", seen));
    launch.address = UNIMO_TRY(first_host(hosts.value));
    const auto job = UNIMO_TRY(required_number(variables, "SLURM_JOB_ID", seen, 0, kMostJobs));
    const auto step = UNIMO_TRY(number(seen, 0, kMostJobs));
    launch.port = port_of(job, step);
  }
  UNIMO_TRY(check(launch, "SLURM_PROCID", "SLURM_NTASKS"));
  return launch;
}

}  // namespace

std::optional<std::string> process_variable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

Result<Launch> launch_of_process(const std::optional<Launch>& given, const Variables& variables) {
  if (given) {
    UNIMO_TRY(check(*given, "the given rank", "the given number of ranks"));
    return *given;
  }
  constexpr std::array kTorchrun = {"RANK", "WORLD_SIZE"};
  for (const char* name : kTorchrun) {
    if (const auto value = variables(name)) return from_torchrun(variables, {name, *value});
  }
  if (const auto step = variables("SLURM_STEP_ID")) {
    return from_slurm(variables, {"SLURM_STEP_ID", *step});
  }
  constexpr std::array kRest = {"LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"};
  for (const char* name : kRest) {
    if (const auto value = variables(name)) return from_torchrun(variables, {name, *value});
  }
  return Launch{};
}

Result<std::string> first_host(std::string_view list) {
  const auto wrong = [list] {
    return fail(ErrorCode::kInvalid,
                "SLURM_JOB_NODELIST is \"{}\": not a list of hosts like n[01-03,7]", list);
  };
  std::string host;
  for (std::size_t at = 0; at < list.size() && list[at] != ',';) {
    if (list[at] != '[') {
      if (list[at] == ']') return wrong();
      host += list[at++];
      continue;
    }
    const std::size_t close = list.find(']', at);
    if (close == std::string_view::npos) return wrong();
    const std::string_view numbers = list.substr(at + 1, close - at - 1);
    const std::string_view first = numbers.substr(0, numbers.find_first_of("-,"));
    if (first.empty() || first.find_first_not_of("0123456789") != std::string_view::npos) {
      return wrong();
    }
    host += first;
    at = close + 1;
  }
  if (host.empty()) return wrong();
  return host;
}

}  // namespace unimo::trainer
