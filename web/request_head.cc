#include "web/request_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace unimo::web {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool has_stray_control(std::string_view block) {
  for (std::size_t i = 0; i < block.size(); ++i) {
    const auto byte = static_cast<unsigned char>(block[i]);
    if (byte == '\t' || (byte >= 0x20 && byte != 0x7f)) continue;
    if (byte == '\r' && i + 1 < block.size() && block[i + 1] == '\n') continue;
    if (byte == '\n' && i > 0 && block[i - 1] == '\r') continue;
    return true;
  }
  return false;
}

std::optional<Refusal> judge_request_line(std::string_view line, const HeadLimits& limits) {
  if (line.size() > limits.request_line_bytes) return Refusal{414, "the address is too long"};
  const std::size_t space = line.find(' ');
  const std::string_view method = line.substr(0, space);
  if (space == std::string_view::npos || method.empty()) return Refusal{400, "no request line"};
  if (method != "GET" && method != "HEAD") {
    return Refusal{405, "the dashboard is read-only: GET and HEAD"};
  }
  const std::string_view rest = line.substr(space + 1);
  if (rest.empty() || rest.front() != '/') return Refusal{400, "the address must begin with /"};
  if (!rest.ends_with(" HTTP/1.1") && !rest.ends_with(" HTTP/1.0")) {
    return Refusal{505, "only HTTP/1.0 and HTTP/1.1"};
  }
  return std::nullopt;
}

std::optional<Refusal> judge_header(const std::string& name, std::string_view value) {
  if (name == "transfer-encoding") return Refusal{400, "a request may have no body"};
  if (name == "content-length" && value != "0") return Refusal{413, "a request may have no body"};
  if (name == "expect") return Refusal{417, "a request may have no body"};
  return std::nullopt;
}

}  // namespace

HeadDecision decide_head(std::string_view block, const HeadLimits& limits) {
  HeadDecision decision;
  const auto refuse = [&decision](Refusal refusal) {
    decision.refusal = std::move(refusal);
    return decision;
  };
  if (block.size() > limits.block_bytes) return refuse({431, "the headers are too large"});
  if (has_stray_control(block)) return refuse({400, "a control character in the headers"});

  std::size_t lines = 0;
  int hosts = 0;
  for (std::size_t begin = 0; begin < block.size();) {
    const std::size_t end = block.find("\r\n", begin);
    const std::string_view line = block.substr(begin, end - begin);
    begin = end == std::string_view::npos ? block.size() : end + 2;
    if (line.empty()) break;
    if (++lines > limits.lines) return refuse({431, "too many headers"});
    if (lines == 1) {
      if (auto refusal = judge_request_line(line, limits)) return refuse(std::move(*refusal));
      decision.head.append(line).append("\r\n");
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || line.front() == ' ' ||
        line.front() == '\t') {
      return refuse({400, "a header without a name"});
    }
    const std::string name = lower(line.substr(0, colon));
    const std::string_view value = trim(line.substr(colon + 1));
    if (auto refusal = judge_header(name, value)) return refuse(std::move(*refusal));
    if (name == "host") ++hosts;
    if (name == "range" || name == "if-range" || name == "upgrade") continue;
    // Brotli at its default quality costs seconds a megabyte.
    if (name == "accept-encoding") {
      if (value.find("gzip") != std::string_view::npos)
        decision.head += "Accept-Encoding: gzip\r\n";
      continue;
    }
    decision.head.append(line).append("\r\n");
  }
  if (lines == 0) return refuse({400, "no request line"});
  if (hosts != 1) return refuse({400, "exactly one Host header is needed"});
  decision.head += "\r\n";
  return decision;
}

std::string refusal_text(const Refusal& refusal) {
  return fmt::format(
      "HTTP/1.1 {} Refused\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n"
      "X-Content-Type-Options: nosniff\r\nAllow: GET, HEAD\r\nConnection: close\r\n\r\n{}\n",
      refusal.status, refusal.reason.size() + 1, refusal.reason);
}

}  // namespace unimo::web
