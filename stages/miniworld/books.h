// Stories and plain facts about the same world, in other words than the captions: text without
// pictures.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::stages {

// Volumes of about 1500 sentences, `sentences` in all (rounded up to a whole paragraph): chapters
// with a heading, paragraphs between empty lines, lines of at most 78 characters. A larger world
// begins with the smaller one.
std::vector<std::string> write_books(std::uint64_t seed, std::int64_t sentences);

// The same, one volume at a time and never more in memory.
Status write_books(std::uint64_t seed, std::int64_t sentences,
                   const std::function<Status(const std::string& volume)>& take);

}  // namespace unimo::stages
