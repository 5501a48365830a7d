// A folder that stands for the hosts of a list: while a task downloads, a small server on the
// loopback address gives its files, and every address is asked there. For the mini-world's pictures
// (its folder web/), and for trying a list without the network.
#pragma once

#include <filesystem>
#include <memory>

#include "orchestrator/base/result.h"
#include "stages/schema/fetch.h"

namespace unimo::stages {

// Serves from construction to destruction, on threads of its own. The path of an address is that of
// a file in the folder; what is not there is 404.
class Mirror {
 public:
  // On a free port of 127.0.0.1. kNotFound when `folder` is none, kIo when no port can be had.
  static Result<Mirror> serve(const std::filesystem::path& folder);
  Mirror(Mirror&&) noexcept;
  Mirror& operator=(Mirror&&) noexcept;
  ~Mirror();

  // These parameters, with every host rewritten to the mirror, which needs no politeness but has
  // few threads.
  FetchImages redirected(FetchImages params) const;

 private:
  class Server;
  explicit Mirror(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

}  // namespace unimo::stages
