// Counts SIGINT and SIGTERM for as long as it lives; afterwards they do what they did before.
#pragma once

#include <csignal>

namespace unimo {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  int count() const;
  int last() const;  // the last signal's number; 0: none yet

 private:
  struct sigaction old_int_ {
  }, old_term_{};
};

}  // namespace unimo
