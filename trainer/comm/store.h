// The table that a launcher keeps for its ranks (torchrun's agent: a c10d::TCPStore), as a client.
// The only thing of LibTorch that this folder uses. Calls come from one thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "orchestrator/base/result.h"
#include "trainer/comm/launch.h"

namespace unimo::trainer {

class RankStore {
 public:
  // Tries until somebody answers or `limit` is over.
  static Result<std::unique_ptr<RankStore>> open(const Launch& launch,
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
