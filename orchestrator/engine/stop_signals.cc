#include "orchestrator/engine/stop_signals.h"

namespace unimo {

namespace {

// A signal handler can reach nothing else.
volatile std::sig_atomic_t stop_count = 0;
volatile std::sig_atomic_t last_signal = 0;

void note_stop(int number) {
  stop_count = stop_count + 1;
  last_signal = number;
}

}  // namespace

StopSignals::StopSignals() {
  stop_count = 0;
  last_signal = 0;
  struct sigaction action {};
  action.sa_handler = note_stop;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, &old_int_);
  ::sigaction(SIGTERM, &action, &old_term_);
}

StopSignals::~StopSignals() {
  ::sigaction(SIGINT, &old_int_, nullptr);
  ::sigaction(SIGTERM, &old_term_, nullptr);
}

int StopSignals::count() const { return stop_count; }
int StopSignals::last() const { return last_signal; }

}  // namespace unimo
