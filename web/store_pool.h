// Read-only connections to the store, lent to one request at a time. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "orchestrator/store/run_reader.h"
#include "orchestrator/store/store.h"

namespace unimo::web {

class StorePool {
 public:
  explicit StorePool(StorePaths paths) : paths_(std::move(paths)) {}

  // A reader that goes back to the pool with its holder.
  class Lease {
   public:
    Lease(StorePool& pool, std::unique_ptr<RunReader> reader)
        : pool_(&pool), reader_(std::move(reader)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    RunReader& operator*() const { return *reader_; }
    RunReader* operator->() const { return reader_.get(); }

   private:
    StorePool* pool_;
    std::unique_ptr<RunReader> reader_;
  };

  // kNotFound while there is no store yet.
  Result<Lease> borrow();

  // Changes whenever the store may have: a reader that saw the same text need not ask again. Empty
  // when a change this instant might not be told apart from the last one.
  std::string stamp() const;

  const StorePaths& paths() const { return paths_; }

 private:
  const StorePaths paths_;
  std::mutex mutex_;  // guards what follows
  std::vector<std::unique_ptr<RunReader>> idle_;
  std::uint64_t inode_ = 0;  // of the file that the idle connections have open
};

}  // namespace unimo::web
