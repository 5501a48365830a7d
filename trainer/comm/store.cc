#include "trainer/comm/store.h"

#include <c10/util/Logging.h>

#include <exception>
#include <string_view>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <utility>

#include "trainer/comm/sockets.h"

namespace unimo::trainer {

namespace {

// LibTorch's texts go on with a stack.
std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

// LibTorch writes each error of a connection with a stack to the log before it throws it. What
// counts is in our errors; its log level is one for the whole process, and restored.
class Quiet {
 public:
  Quiet() : before_(FLAGS_caffe2_log_level) { FLAGS_caffe2_log_level = kFatal; }
  ~Quiet() { FLAGS_caffe2_log_level = before_; }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  static constexpr int kFatal = 3;
  const int before_;
};

}  // namespace

class RankStore::Client {
 public:
  Client(const std::string& host, const c10d::TCPStoreOptions& options) : store(host, options) {}
  c10d::TCPStore store;
  std::string place;  // host:port, for errors
};

RankStore::RankStore(std::unique_ptr<Client> client) : client_(std::move(client)) {}
RankStore::~RankStore() = default;

Result<std::unique_ptr<RankStore>> RankStore::open(const Launch& launch,
                                                   std::chrono::milliseconds limit) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(launch.port);
  options.waitWorkers = false;
  options.timeout = limit;
  const std::string place = fmt::format("{}:{}", launch.address, launch.port);
  const auto missing = [&](const std::string& why) {
    return fail(ErrorCode::kIo,
                "rank {} of {} found no table of its launcher at {} within {:.1f} s: {}",
                launch.rank, launch.size, place, static_cast<double>(limit.count()) / 1e3, why);
  };
  const auto served = connect_to(launch.address, launch.port, CommClock::now() + limit);
  if (!served) return missing(served.error().message);
  const Quiet quiet;
  try {
    auto client = std::make_unique<Client>(launch.address, options);
    client->place = place;
    return std::unique_ptr<RankStore>(new RankStore(std::move(client)));
  } catch (const std::exception& error) {
    return missing(first_line(error.what()));
  }
}

Result<std::string> RankStore::claim(const std::string& key, const std::string& value) {
  const Quiet quiet;
  try {
    return client_->store.Store::compareSet(key, "", value);
  } catch (const std::exception& error) {
    return fail(ErrorCode::kIo,
                "the connection to the launcher's table at {} broke while the ranks met: {}",
                client_->place, first_line(error.what()));
  }
}

Result<std::optional<std::string>> RankStore::look(const std::string& key) {
  const Quiet quiet;
  try {
    if (!client_->store.check({key})) return std::optional<std::string>();
    return std::optional(client_->store.get_to_str(key));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kIo,
                "the connection to the launcher's table at {} broke while the ranks met: {}",
                client_->place, first_line(error.what()));
  }
}

}  // namespace unimo::trainer
