#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <numeric>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "tests/trainer/comm/rank_processes.h"
#include "trainer/comm/exchange.h"

namespace unimo::trainer {
namespace {

using unimo::testing::RankEnd;
using unimo::testing::RankPlace;
using unimo::testing::run_group;
using unimo::testing::run_ranks;
using unimo::testing::text_of;

// Of very different sizes, so that a sum in another order has other bits.
template <typename T>
T value_of(int rank, std::int64_t i) {
  const auto mixed = static_cast<std::uint64_t>(i * 2654435761 + rank * 40503 + 17);
  const auto small = static_cast<std::int64_t>(mixed % 2000003) - 1000001;
  if constexpr (std::is_same_v<T, std::byte>) {
    return static_cast<std::byte>(mixed);
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return small * 4611686018427387;  // sums wrap around
  } else {
    return static_cast<T>(small) * static_cast<T>(mixed % 7 == 0 ? 1e6 : 1e-3);
  }
}

template <typename T>
std::vector<T> values_of(int rank, std::int64_t count) {
  std::vector<T> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(value_of<T>(rank, i));
  return values;
}

template <typename T>
std::vector<T> expected_sum(int ranks, std::int64_t count) {
  std::vector<T> sum = values_of<T>(0, count);
  for (int rank = 1; rank < ranks; ++rank) {
    for (std::int64_t i = 0; i < count; ++i) {
      auto& total = sum[static_cast<std::size_t>(i)];
      if constexpr (std::is_same_v<T, std::int64_t>) {
        total = static_cast<T>(static_cast<std::uint64_t>(total) +
                               static_cast<std::uint64_t>(value_of<T>(rank, i)));
      } else {
        total = total + value_of<T>(rank, i);
      }
    }
  }
  return sum;
}

template <typename T>
bool same_bits(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

// None, one, a prime, the size of a cache block, and more than several rings of every rank hold.
constexpr std::int64_t kMuch = 4 * static_cast<std::int64_t>(Exchange::kRing) + 12347;
constexpr std::int64_t kCounts[] = {0, 1, 2, 3, 7919, 65536, kMuch};

template <typename T>
std::string try_all_reduce(Comm& comm) {
  for (const std::int64_t count : kCounts) {
    std::vector<T> values = values_of<T>(comm.rank(), count);
    const Status status = comm.all_reduce(host_buffer(std::span(values)));
    if (!status) return text_of(status);
    const std::vector<T> wanted = expected_sum<T>(comm.size(), count);
    if (!same_bits<T>(values, wanted)) return fmt::format("{} elements: another sum", count);
  }
  return "ok";
}

// Parts of unequal sizes, with gaps, not in the order of the ranks.
std::vector<Part> odd_parts(std::int64_t count, int ranks) {
  std::vector<Part> parts(static_cast<std::size_t>(ranks));
  std::int64_t offset = 0;
  for (int i = 0; i < ranks; ++i) {
    const std::int64_t size = i == 0 ? count / 2 : (count - count / 2) / (2 * ranks);
    parts[static_cast<std::size_t>(ranks - 1 - i)] = {.offset = offset, .count = size};
    offset += size + (count > 100 ? 3 : 0);
  }
  return parts;
}

template <typename T>
std::string try_reduce_scatter(Comm& comm) {
  for (const std::int64_t count : kCounts) {
    for (const auto& parts : {equal_parts(count, comm.size()), odd_parts(count, comm.size())}) {
      const std::vector<T> before = values_of<T>(comm.rank(), count);
      std::vector<T> values = before;
      const Status status = comm.reduce_scatter(host_buffer(std::span(values)), parts);
      if (!status) return text_of(status);
      std::vector<T> wanted = before;
      const std::vector<T> sum = expected_sum<T>(comm.size(), count);
      const Part own = parts[static_cast<std::size_t>(comm.rank())];
      std::copy_n(sum.begin() + own.offset, own.count, wanted.begin() + own.offset);
      if (!same_bits<T>(values, wanted)) return fmt::format("{} elements: other values", count);
    }
  }
  return "ok";
}

template <typename T>
std::string try_all_gather(Comm& comm) {
  for (const std::int64_t count : kCounts) {
    for (const auto& parts : {equal_parts(count, comm.size()), odd_parts(count, comm.size())}) {
      std::vector<T> values = values_of<T>(comm.rank(), count);
      std::vector<T> wanted = values;
      for (int rank = 0; rank < comm.size(); ++rank) {
        const Part part = parts[static_cast<std::size_t>(rank)];
        for (std::int64_t i = part.offset; i < part.offset + part.count; ++i)
          wanted[static_cast<std::size_t>(i)] = value_of<T>(rank, i);
      }
      const Status status = comm.all_gather(host_buffer(std::span(values)), parts);
      if (!status) return text_of(status);
      if (!same_bits<T>(values, wanted)) return fmt::format("{} elements: other values", count);
    }
  }
  return "ok";
}

void expect_ok(const std::vector<RankEnd>& ends) {
  for (std::size_t rank = 0; rank < ends.size(); ++rank) {
    EXPECT_EQ(ends[rank].said, "ok") << "rank " << rank << ", signal " << ends[rank].signal;
  }
}

class Collectives : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Ranks, Collectives, ::testing::Values(1, 2, 3, 4));

TEST_P(Collectives, AllReduceAddsInTheOrderOfTheRanks) {
  expect_ok(run_group(GetParam(), [](Comm& comm) {
    for (auto* attempt :
         {&try_all_reduce<float>, &try_all_reduce<double>, &try_all_reduce<std::int64_t>}) {
      if (const std::string said = attempt(comm); said != "ok") return said;
    }
    return std::string("ok");
  }));
}

TEST_P(Collectives, ReduceScatterGivesEachRankItsPartAndLeavesTheRest) {
  expect_ok(run_group(GetParam(), [](Comm& comm) {
    const std::string said = try_reduce_scatter<float>(comm);
    return said == "ok" ? try_reduce_scatter<std::int64_t>(comm) : said;
  }));
}

TEST_P(Collectives, AllGatherCopiesThePartOfEachRank) {
  expect_ok(run_group(GetParam(), [](Comm& comm) {
    const std::string said = try_all_gather<float>(comm);
    return said == "ok" ? try_all_gather<std::byte>(comm) : said;
  }));
}

TEST_P(Collectives, BroadcastCopiesFromEveryRoot) {
  expect_ok(run_group(GetParam(), [](Comm& comm) -> std::string {
    for (int root = 0; root < comm.size(); ++root) {
      for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{3'000'001}}) {
        std::vector<std::byte> bytes(size, static_cast<std::byte>(comm.rank() + 1));
        const Status status = comm.broadcast(bytes, root);
        if (!status) return text_of(status);
        if (bytes != std::vector<std::byte>(size, static_cast<std::byte>(root + 1)))
          return fmt::format("{} bytes from {}: other bytes", size, root);
      }
    }
    return "ok";
  }));
}

TEST_P(Collectives, GatherBringsTextsOfAnyLengthToRankZero) {
  expect_ok(run_group(GetParam(), [](Comm& comm) -> std::string {
    for (const std::size_t unit : {std::size_t{0}, std::size_t{1}, std::size_t{700'001}}) {
      const auto text = [unit](int rank) {
        return std::string(unit * static_cast<std::size_t>(rank), static_cast<char>('a' + rank));
      };
      const auto texts = comm.gather(text(comm.rank()));
      if (!texts) return texts.error().message;
      std::vector<std::string> wanted;
      for (int rank = 0; comm.rank() == 0 && rank < comm.size(); ++rank)
        wanted.push_back(text(rank));
      if (*texts != wanted) return fmt::format("{} texts, not those of the ranks", texts->size());
    }
    return "ok";
  }));
}

TEST_P(Collectives, BarrierReleasesNobodyBeforeTheLastHasCome) {
  const auto folder = TempDir::make("barrier").value();
  expect_ok(run_group(GetParam(), [&](Comm& comm) -> std::string {
    for (int round = 0; round < 20; ++round) {
      const auto mark = [&](int rank) { return folder.path() / fmt::format("{}.{}", round, rank); };
      if (!write_file(mark(comm.rank()), "here")) return "no file";
      if (const Status status = comm.barrier(); !status) return text_of(status);
      for (int rank = 0; rank < comm.size(); ++rank) {
        if (!std::filesystem::exists(mark(rank))) return fmt::format("before rank {}", rank);
      }
    }
    return "ok";
  }));
}

TEST_P(Collectives, GiveTheSameBitsOnAllRanksAndEveryTime) {
  const auto ends = run_group(GetParam(), [](Comm& comm) -> std::string {
    std::string first;
    for (int repetition = 0; repetition < 20; ++repetition) {
      std::vector<float> values = values_of<float>(comm.rank(), 300'007);
      if (const Status status = comm.all_reduce(host_buffer(std::span(values))); !status)
        return text_of(status);
      const std::string digest =
          sha256_hex({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
      if (repetition > 0 && digest != first) return "another sum";
      first = digest;
    }
    return first;
  });
  for (const RankEnd& end : ends) EXPECT_EQ(end.said, ends[0].said);
  EXPECT_EQ(ends[0].said.size(), 64U) << ends[0].said;
}

TEST_P(Collectives, StartedOperationsRunInOrderWhileTheCallerGoesOn) {
  expect_ok(run_group(GetParam(), [](Comm& comm) -> std::string {
    constexpr std::int64_t kCount = 50'021;
    std::vector<std::vector<double>> buckets;
    for (int i = 0; i < 8; ++i) buckets.push_back(values_of<double>(comm.rank(), kCount + i));
    std::vector<std::unique_ptr<Work>> works;
    for (auto& bucket : buckets)
      works.push_back(comm.start_all_reduce(host_buffer(std::span(bucket))));
    if (const Status status = comm.barrier(); !status) return text_of(status);
    for (std::size_t i = buckets.size(); i-- > 0;) {  // waiting in another order is fine
      if (const Status status = works[i]->wait(); !status) return text_of(status);
      const auto wanted = expected_sum<double>(comm.size(), kCount + static_cast<int>(i));
      if (!same_bits<double>(buckets[i], wanted)) return fmt::format("bucket {}", i);
    }
    return "ok";
  }));
}

std::int64_t entries_of(const char* folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

TEST_P(Collectives, LeaveNoDescriptorAndNoThreadBehind) {
  expect_ok(run_ranks(GetParam(), [](RankPlace& place) -> std::string {
    constexpr int kWarmUp = 3;  // LibTorch and the C library keep some things open from then on
    std::int64_t descriptors = 0, threads = 0;
    for (int round = 0; round < 100; ++round) {
      {
        auto comm = join(place.launch, {.meeting_s = 20, .listener = std::move(place.listener)});
        if (!comm) return comm.error().message;
        // The next meeting is at the same port: nobody goes there before all have left this one.
        if (const Status status = (*comm)->barrier(); !status) return text_of(status);
      }
      if (round == kWarmUp) {
        descriptors = entries_of("/proc/self/fd");
        threads = entries_of("/proc/self/task");
      }
    }
    if (entries_of("/proc/self/fd") != descriptors) {
      return fmt::format("{} descriptors, then {}", descriptors, entries_of("/proc/self/fd"));
    }
    if (entries_of("/proc/self/task") != threads) {
      return fmt::format("{} threads, then {}", threads, entries_of("/proc/self/task"));
    }
    return "ok";
  }));
}

}  // namespace
}  // namespace unimo::trainer
