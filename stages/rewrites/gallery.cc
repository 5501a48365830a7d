#include "stages/rewrites/gallery.h"

#include <algorithm>
#include <vector>

#include "orchestrator/base/file.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kShownOfLevel = 4;
constexpr char kMark = '\x01';

// Of Markdown's signs those that captions may have; kMark becomes bold.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == kMark) {
      out += "**";
      continue;
    }
    if (std::string_view("\\`*_<>[]|#").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

std::string marked(std::string_view caption, const CaptionRewrites& rewrites,
                   const Rewrite& rewrite) {
  return escaped(replace_nodes(caption, rewrites.nodes,
                               std::span(rewrite.replacements).first(rewrite.replaced),
                               std::string_view(&kMark, 1)));
}

// Spread over the list.
std::string list_of(std::string_view caption, const CaptionRewrites& rewrites,
                    const std::vector<Rewrite>& list, std::string_view level) {
  std::string text;
  const std::size_t shown = std::min(kShownOfLevel, list.size());
  for (std::size_t i = 0; i < shown; ++i) {
    text +=
        fmt::format("- {}: {}\n", level, marked(caption, rewrites, list[i * list.size() / shown]));
  }
  return text;
}

}  // namespace

void Gallery::offer(std::uint64_t number, const CaptionText& caption,
                    const CaptionRewrites& rewrites) {
  if (taken_ >= shown_ || number * shown_ < taken_ * captions_) return;
  if (rewrites.words.empty() && rewrites.phrases.empty()) return;
  ++taken_;
  text_ += fmt::format("\n{}\n\n", escaped(caption.text));
  text_ += list_of(caption.text, rewrites, rewrites.words, "word");
  text_ += list_of(caption.text, rewrites, rewrites.phrases, "phrase");
}

Status Gallery::write(const std::filesystem::path& file) const {
  return write_file(file, "# Rewritten captions\n\nWhat was replaced is bold.\n" + text_);
}

}  // namespace unimo::stages
