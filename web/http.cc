#include "web/http.h"

#include <charconv>

namespace unimo::web {

std::string Request::param(std::string_view name, std::string_view fallback) const {
  const auto found = params.find(std::string(name));
  return found == params.end() ? std::string(fallback) : found->second;
}

std::string Request::header(std::string_view name) const {
  const auto found = headers.find(std::string(name));
  return found == headers.end() ? std::string() : found->second;
}

Result<std::int64_t> Request::number(std::string_view name, std::int64_t fallback, std::int64_t low,
                                     std::int64_t high) const {
  const std::string text = param(name);
  if (text.empty()) return fallback;
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    return fail(ErrorCode::kInvalid, "{}: '{}' is not a whole number from {} to {}", name, text,
                low, high);
  }
  return value;
}

Response text_response(int status, std::string text) {
  return {.status = status, .body = std::move(text)};
}

Response json_response(const Json& value) {
  return {.content_type = "application/json",
          .body = value.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Response error_response(const Error& error) {
  Response response =
      json_response({{"error", error.message}, {"code", std::string(to_string(error.code))}});
  switch (error.code) {
    case ErrorCode::kInvalid: response.status = 400; break;
    case ErrorCode::kNotFound: response.status = 404; break;
    case ErrorCode::kConflict: response.status = 503; break;
    default: response.status = 500;
  }
  return response;
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    parts.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

std::string escape_markup(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      // XML has no way to write the other control characters.
      default: out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
    }
  }
  return out;
}

std::string escape_query(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                       (byte >= 'A' && byte <= 'Z') || c == '-' || c == '_' || c == '.';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

}  // namespace unimo::web
