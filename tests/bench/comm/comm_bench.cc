// How fast the ranks of one machine add up: bench_comm [ranks] [MB] [repetitions].
//
// Starts the ranks as processes of its own, or is a rank itself where a launcher has set the
// variables of torchrun. Prints the best and the median time of an all-reduce of floats of that
// size (10^6 bytes each), of one float, and of a barrier. "bus" is what NCCL's tests call so: bytes
// that each rank must send and receive, 2 (n-1)/n of the buffer. The processor time is that of rank
// 0. "exact" are the same values added up as whole numbers, as train.reduction.sums: exact does:
// into the sums of a process, between the processes, and back into floats.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <vector>

#include "trainer/comm/join.h"
#include "trainer/optim/fixed_point.h"

namespace {

using unimo::trainer::Comm;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Times {
  double best = 0, median = 0, cpu = 0;
};

Times time_of(Comm& comm, int repetitions, const std::function<unimo::Status()>& work) {
  std::vector<double> all;
  Times times;
  for (int i = 0; i < repetitions; ++i) {
    if (!comm.barrier()) std::abort();
    const double start = seconds(), start_cpu = cpu_seconds();
    if (!work()) std::abort();
    all.push_back(seconds() - start);
    times.cpu += (cpu_seconds() - start_cpu) / repetitions;
  }
  std::sort(all.begin(), all.end());
  times.best = all.front();
  times.median = all[all.size() / 2];
  return times;
}

double memcpy_gb_per_s(std::size_t bytes) {
  const std::vector<char> from(bytes, 1);
  std::vector<char> to(bytes);
  const double start = seconds();
  std::memcpy(to.data(), from.data(), bytes);
  return static_cast<double>(bytes) / (seconds() - start) / 1e9;
}

int run_rank(const unimo::trainer::Launch& launch, unimo::trainer::Descriptor listener,
             double megabytes, int repetitions) {
  auto joined = unimo::trainer::join(launch, {.listener = std::move(listener)});
  if (!joined) {
    fmt::print(stderr, "{}\n", joined.error().message);
    return 1;
  }
  Comm& comm = **joined;
  std::vector<float> values(static_cast<std::size_t>(megabytes * 1e6 / sizeof(float)), 1.0F);
  std::vector<float> one(1, 1.0F);
  const auto sum = [&comm](std::vector<float>& buffer) {
    return comm.all_reduce(unimo::trainer::host_buffer(std::span(buffer)));
  };
  const Times large = time_of(comm, repetitions, [&] { return sum(values); });
  std::fill(values.begin(), values.end(), 1.0F);
  std::vector<std::int64_t> sums(values.size());
  const Times add = time_of(comm, repetitions, [&]() -> unimo::Status {
    if (!unimo::trainer::add_fixed(values, sums, comm.size())) std::abort();
    return unimo::ok();
  });
  const Times whole = time_of(comm, repetitions, [&] {
    return comm.all_reduce(unimo::trainer::host_buffer(std::span(sums)));
  });
  const Times take = time_of(comm, repetitions, [&]() -> unimo::Status {
    unimo::trainer::take_fixed(sums, values);
    return unimo::ok();
  });
  const Times small = time_of(comm, 500, [&] { return sum(one); });
  const Times barrier = time_of(comm, 500, [&] { return comm.barrier(); });
  if (comm.rank() != 0) return 0;
  const double bytes = static_cast<double>(values.size()) * sizeof(float);
  const double bus = 2.0 * (comm.size() - 1) / comm.size();
  fmt::print("{} ranks, {:.0f} MB of floats; memcpy of one core {:.1f} GB/s\n", comm.size(),
             bytes / 1e6, memcpy_gb_per_s(values.size() * sizeof(float)));
  fmt::print(
      "all-reduce   best {:.3f} s = {:.2f} GB/s (bus {:.2f}), median {:.3f} s, processor time "
      "of rank 0 {:.3f} s\n",
      large.best, bytes / large.best / 1e9, bus * bytes / large.best / 1e9, large.median,
      large.cpu);
  fmt::print(
      "exact        median: add {:.3f} s, all-reduce {:.3f} s, take {:.3f} s; processor time "
      "{:.3f}, "
      "{:.3f}, {:.3f} s\n",
      add.median, whole.median, take.median, add.cpu, whole.cpu, take.cpu);
  fmt::print("one float    best {:.0f} us, median {:.0f} us\n", small.best * 1e6,
             small.median * 1e6);
  fmt::print("barrier      best {:.0f} us, median {:.0f} us\n", barrier.best * 1e6,
             barrier.median * 1e6);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace unimo::trainer;
  const int ranks = argc > 1 ? std::atoi(argv[1]) : 2;
  const double megabytes = argc > 2 ? std::atof(argv[2]) : 500;
  const int repetitions = argc > 3 ? std::atoi(argv[3]) : 5;
  const auto launch = launch_of_process({}, &process_variable);
  if (!launch) {
    fmt::print(stderr, "{}\n", launch.error().message);
    return 2;
  }
  if (launch->size > 1) return run_rank(*launch, {}, megabytes, repetitions);
  Listener listener = listen_on(0, true).value();
  Launch own{.size = ranks, .local_size = ranks, .address = "127.0.0.1", .port = listener.port};
  for (own.rank = ranks - 1; own.rank > 0; --own.rank) {
    own.local_rank = own.rank;
    if (::fork() == 0) {
      listener.socket.close();
      ::_exit(run_rank(own, {}, megabytes, repetitions));
    }
  }
  own.local_rank = 0;
  const int code = run_rank(own, std::move(listener.socket), megabytes, repetitions);
  while (::wait(nullptr) > 0) {
  }
  return code;
}
