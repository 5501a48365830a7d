// A request and a response as the dashboard sees them: plain values, no socket, no library.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"

namespace unimo::web {

struct Request {
  std::string method;  // "GET" or "HEAD"; everything else is refused before it comes here
  std::string path;    // decoded, begins with '/'
  std::string target;  // path and query as sent
  std::multimap<std::string, std::string> params;
  std::map<std::string, std::string> headers;  // lower-case names

  // The first value, or `fallback` when the parameter or header is absent.
  std::string param(std::string_view name, std::string_view fallback = {}) const;
  std::string header(std::string_view name) const;
  // A whole number between low and high; kInvalid, naming the parameter, when it is something else.
  Result<std::int64_t> number(std::string_view name, std::int64_t fallback, std::int64_t low,
                              std::int64_t high) const;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

using Handler = std::function<Response(const Request&)>;

Response text_response(int status, std::string text);
Response json_response(const Json& value);  // invalid UTF-8 is replaced, never a failure
Response error_response(const Error& error);

// "/api/runs/7" as {"api", "runs", "7"}; empty segments stay, so that "//" matches nothing.
std::vector<std::string> split_path(std::string_view path);

// Escapes for HTML and SVG text and attributes.
std::string escape_markup(std::string_view text);

// Escapes one value for use inside a query.
std::string escape_query(std::string_view text);

}  // namespace unimo::web
