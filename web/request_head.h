// Decides, from its header block alone, whether a request may go on. Strict on purpose: the
// dashboard is read-only, so nothing with a body, a range or an upgrade is ever needed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace unimo::web {

struct HeadLimits {
  std::size_t block_bytes = 16 * 1024;
  std::size_t request_line_bytes = 4 * 1024;
  std::size_t lines = 64;
};

struct Refusal {
  int status = 400;
  std::string reason;  // one line for a person
};

struct HeadDecision {
  std::optional<Refusal> refusal;
  std::string head;  // what to process: the block without its Range lines, gzip as the one encoding
};

// `block` ends with an empty line ("\r\n\r\n").
HeadDecision decide_head(std::string_view block, const HeadLimits& limits);

// A whole HTTP response that says why, and that the connection is closed.
std::string refusal_text(const Refusal& refusal);

}  // namespace unimo::web
