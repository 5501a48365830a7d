// The same work for many items on a few threads; results do not depend on how many.
#pragma once

#include <cstdint>
#include <functional>

namespace unimo::stages {

// Calls work(i) once for each i in [0, count), on at most `threads` threads, and returns when all
// are done. Each call must write only what belongs to its i.
void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work);

}  // namespace unimo::stages
