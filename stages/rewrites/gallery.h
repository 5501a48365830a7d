// rewrites.md: examples for people, with what was replaced in bold.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "orchestrator/base/result.h"
#include "stages/rewrites/rewriter.h"

namespace unimo::stages {

// Takes captions spread over the corpus, of those that have rewrites. One thread.
class Gallery {
 public:
  // Of `captions` captions `shown` are taken.
  Gallery(std::size_t captions, std::size_t shown) : captions_(captions), shown_(shown) {}

  // In the order of the corpus, `number` ascending from 0.
  void offer(std::uint64_t number, const CaptionText& caption, const CaptionRewrites& rewrites);
  Status write(const std::filesystem::path& file) const;

 private:
  std::size_t captions_, shown_;
  std::size_t taken_ = 0;
  std::string text_;
};

}  // namespace unimo::stages
