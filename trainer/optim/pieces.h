// A store cut into pieces that optimisers work on in parallel: no piece crosses a parameter, and
// the cut does not depend on the number of threads. Private to trainer/optim.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "trainer/model/parameters.h"

namespace unimo::trainer {

struct StorePiece {
  std::int64_t begin, count;
  bool decay;
};

inline std::vector<StorePiece> pieces_of(const ParameterStore& store) {
  // A multiple of 16, so that every piece begins aligned.
  constexpr std::int64_t kPiece = 1 << 15;
  std::vector<StorePiece> pieces;
  for (const Parameter& p : store.all()) {
    for (std::int64_t done = 0; done < p.count; done += kPiece) {
      pieces.push_back({p.offset + done, std::min(kPiece, p.count - done), p.spec.decay});
    }
  }
  return pieces;
}

template <class Work>
void for_pieces(const std::vector<StorePiece>& pieces, const Work& work) {
  at::parallel_for(0, static_cast<std::int64_t>(pieces.size()), 1,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t i = begin; i < end; ++i)
                       work(i, pieces[static_cast<std::size_t>(i)]);
                   });
}

}  // namespace unimo::trainer
