// When the gradient of a parameter is final, so that its reduction over processes can run beside
// the rest of the backward pass.
//
// Every operation counts itself in when it runs forward and out when it has run backward; a
// parameter whose last operation is out is announced. So the tied word table comes after the
// embedding, not after the head, and a layer that a loss went through twice comes after its second
// time.
//
//   store.ledger().observe(&observer);   // after the forward pass whose gradients are the last:
//                                        // gradient_ready() for what no operation of it uses
//   loss.backward();                     // then from the heads down
//   store.ledger().finish();             // the rest: what this pass did not reach
//
// Between observe() and finish() every value of the flat gradient buffer is announced exactly once.
// All calls, and the observer's, come from the thread that runs forward and backward.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace unimo::trainer {

class GradientObserver {
 public:
  virtual ~GradientObserver() = default;
  // gradients()[offset, offset + count) will not change any more in this pass. Whole parameters,
  // with the gaps behind them.
  virtual void gradient_ready(std::int64_t offset, std::int64_t count) = 0;
};

// Values of the flat buffers.
struct GradientRange {
  std::int64_t offset = 0;
  std::int64_t count = 0;
};

class GradientLedger {
 public:
  // `begins`: the first value of every parameter, ascending; `size`: of the whole buffer.
  GradientLedger(std::vector<std::int64_t> begins, std::int64_t size);

  // The observer must live until finish().
  void observe(GradientObserver* observer);
  void finish();
  // Until finish() the parameters of that range are announced there only: their gradients come from
  // operations that do not count themselves.
  void hold(const GradientRange& range);

 private:
  friend class GradientUse;
  struct Entry {
    std::int64_t begin = 0;
    int uses = 0;  // operations that ran forward and not yet backward
    bool held = false;
    bool announced = false;
  };
  std::span<Entry> entries_in(const GradientRange& range);
  void announce_free(std::span<Entry> entries);
  std::int64_t end_of(const Entry& entry) const;

  std::vector<Entry> entries_;
  std::int64_t size_;
  GradientObserver* observer_ = nullptr;
};

// The parameters of one operation, counted in by begin() and out by end() or, when the operation is
// thrown away without a backward pass, by the destructor. Empty: an operation without parameters.
class GradientUse {
 public:
  GradientUse() = default;
  // The ledger is shared because a graph may outlive its model.
  GradientUse(std::shared_ptr<GradientLedger> ledger, std::vector<GradientRange> ranges);
  GradientUse(const GradientUse&) = delete;
  GradientUse& operator=(const GradientUse&) = delete;
  GradientUse(GradientUse&& other) noexcept = default;
  GradientUse& operator=(GradientUse&& other) noexcept = default;
  ~GradientUse();

  void begin();
  void end();

 private:
  void count_out();
  std::shared_ptr<GradientLedger> ledger_;
  std::vector<GradientRange> ranges_;
  bool counted_ = false;
};

}  // namespace unimo::trainer
