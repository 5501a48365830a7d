// The table in which ranks find each other: kept by rank 0, read and written by all
// (c10d::TCPStore, the only thing of LibTorch that this folder uses).
//
// What listens at its port is LibTorch's server; a client that talks nonsense there is dropped by
// it. Calls come from one thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "orchestrator/base/result.h"
#include "trainer/comm/launch.h"
#include "trainer/comm/sockets.h"

namespace unimo::trainer {

class RankStore {
 public:
  // Rank 0 serves (unless the launcher does), on `listener` when it was given; its port must be the
  // launch's. The others connect and try again until `limit` is over.
  static Result<std::unique_ptr<RankStore>> open(const Launch& launch, Descriptor listener,
                                                 std::chrono::milliseconds limit);
  ~RankStore();

  // Writes `value` unless the key has one, and gives what is there now.
  Result<std::string> claim(const std::string& key, const std::string& value);
  // The value, or nothing while there is none.
  Result<std::optional<std::string>> look(const std::string& key);

 private:
  class Client;
  explicit RankStore(std::unique_ptr<Client> client);
  std::unique_ptr<Client> client_;
};

}  // namespace unimo::trainer
