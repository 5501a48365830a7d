#include "web/routes.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "orchestrator/base/hash.h"
#include "web/artifact_file.h"
#include "web/assets.h"

namespace unimo::web {
namespace {

constexpr std::string_view kPagePolicy =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action "
    "'self'; "
    "frame-ancestors 'none'";
constexpr std::string_view kCookie = "unimo_token";

bool is_page(const std::vector<std::string>& parts) {
  constexpr std::array kPages = {"",        "runs",     "compare", "lineage", "gallery",
                                 "samples", "rewrites", "report",  "system",  "artifacts"};
  const bool known =
      std::any_of(kPages.begin(), kPages.end(), [&](const char* page) { return parts[0] == page; });
  return known && parts.size() <= 2;
}

std::string cookie_value(const std::string& header, std::string_view name) {
  std::size_t begin = 0;
  while (begin < header.size()) {
    const std::size_t end = std::min(header.find(';', begin), header.size());
    std::string_view pair = std::string_view(header).substr(begin, end - begin);
    while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
    if (pair.starts_with(name) && pair.size() > name.size() && pair[name.size()] == '=') {
      return std::string(pair.substr(name.size() + 1));
    }
    begin = end + 1;
  }
  return {};
}

void add_missing(Response& response, const char* name, std::string_view value) {
  const bool present = std::any_of(response.headers.begin(), response.headers.end(),
                                   [name](const auto& header) { return header.first == name; });
  if (!present) response.headers.emplace_back(name, std::string(value));
}

void add_protection(Response& response) {
  add_missing(response, "Content-Security-Policy", kPagePolicy);
  add_missing(response, "X-Content-Type-Options", "nosniff");
  add_missing(response, "Referrer-Policy", "no-referrer");
  add_missing(response, "Cross-Origin-Resource-Policy", "same-origin");
  add_missing(response, "Cache-Control", "no-store");
}

std::string join_from(const std::vector<std::string>& parts, std::size_t first) {
  std::string path;
  for (std::size_t i = first; i < parts.size(); ++i) path += (i > first ? "/" : "") + parts[i];
  return path;
}

}  // namespace

std::string host_name(std::string_view header) {
  if (header.starts_with('[')) {
    const std::size_t end = header.find(']');
    return end == std::string_view::npos ? std::string() : std::string(header.substr(1, end - 1));
  }
  std::string name(header.substr(0, header.find(':')));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

bool host_allowed(std::string_view header, const AccessRules& rules) {
  const std::string name = host_name(header);
  if (name == "localhost") return true;
  std::array<unsigned char, sizeof(in6_addr)> address{};
  if (::inet_pton(AF_INET, name.c_str(), address.data()) == 1) return true;
  if (::inet_pton(AF_INET6, name.c_str(), address.data()) == 1) return true;
  return std::find(rules.hosts.begin(), rules.hosts.end(), name) != rules.hosts.end();
}

Router::Router(Api api, AccessRules rules)
    : api_(api),
      rules_(std::move(rules)),
      token_digest_(rules_.token.empty() ? std::string() : sha256_hex(rules_.token)) {
  for (const Asset& asset : assets()) {
    etags_[std::string(asset.name)] = "\"" + sha256_hex(asset.bytes).substr(0, 32) + "\"";
  }
}

Response Router::answer(const Request& request) const {
  Response response = route(request);
  add_protection(response);
  return response;
}

// Digests are compared, so that the time taken says nothing about the token.
bool Router::has_token(const Request& request) const {
  if (rules_.token.empty()) return true;
  const std::string bearer = request.header("authorization");
  if (bearer.starts_with("Bearer ") && sha256_hex(bearer.substr(7)) == token_digest_) return true;
  return sha256_hex(cookie_value(request.header("cookie"), kCookie)) == token_digest_;
}

// Someone without the token: either brings it in the address, once, or is told how.
Response Router::admit(const Request& request) const {
  if (sha256_hex(request.param("token")) != token_digest_) {
    return text_response(
        401,
        "This dashboard needs its token: open the address that unimo-web printed, or add "
        "?token=… once.\n");
  }
  Response response = text_response(303, "");
  response.headers.emplace_back("Location", request.path.starts_with("//") ? "/" : request.path);
  response.headers.emplace_back(
      "Set-Cookie", fmt::format("{}={}; HttpOnly; SameSite=Strict; Path=/", kCookie, rules_.token));
  return response;
}

Response Router::route(const Request& request) const {
  if (!host_allowed(request.header("host"), rules_)) {
    return text_response(
        421,
        "This name is not known here; use localhost or an address, or start with --allow-host.\n");
  }
  const std::string origin = request.header("origin");
  if (!origin.empty() && !origin.ends_with("://" + request.header("host"))) {
    return text_response(403, "Requests of other pages are not answered.\n");
  }
  const std::vector<std::string> parts = split_path(request.path);
  if (request.path == "/ping") return text_response(200, "ok\n");
  if (!has_token(request)) return admit(request);
  if (parts[0] == "static" && parts.size() == 2) return static_answer(request, parts[1]);
  if (parts[0] == "api") return api_answer(request, parts);
  if (parts.size() >= 3 && parts[0] == "image") {
    return artifact_file(api_.pool, request, parts[1], join_from(parts, 2), FileUse::kImage);
  }
  if (parts.size() >= 3 && parts[0] == "file") {
    return artifact_file(api_.pool, request, parts[1], join_from(parts, 2), FileUse::kDownload);
  }
  if (parts.size() >= 3 && parts[0] == "report-page") {
    return artifact_file(api_.pool, request, parts[1], join_from(parts, 2), FileUse::kReport);
  }
  if (is_page(parts)) return static_answer(request, "index.html");
  return text_response(404, "There is no such page.\n");
}

Response Router::static_answer(const Request& request, const std::string& name) const {
  const Asset* asset = find_asset(name);
  if (asset == nullptr) return text_response(404, "There is no such file.\n");
  Response response;
  const std::string& etag = etags_.at(name);
  response.headers.emplace_back("ETag", etag);
  // Asked again each time, answered 304: a new program never meets an old script.
  response.headers.emplace_back("Cache-Control", "no-cache");
  if (request.header("if-none-match") == etag) {
    response.status = 304;
    return response;
  }
  response.content_type = asset->content_type;
  response.body = asset->bytes;
  return response;
}

Response Router::api_answer(const Request& request, const std::vector<std::string>& parts) const {
  // Before the queries, so that a change during them is seen next time. Logs grow without the
  // store.
  const std::string stamp = api_.pool.stamp();
  const bool is_log = parts.size() == 4 && parts[3] == "log";
  if (!is_log && !stamp.empty() && request.param("since") == stamp) {
    return json_response({{"unchanged", true}, {"stamp", stamp}});
  }
  Result<Json> result = fail(ErrorCode::kNotFound, "{}: no such answer", request.path);
  const std::string& name = parts.size() > 1 ? parts[1] : parts[0];
  if (parts.size() == 2 && name == "status") result = api_status(api_, request);
  if (parts.size() == 2 && name == "runs") result = api_runs(api_, request);
  if (parts.size() == 2 && name == "points") result = api_points(api_, request);
  if (parts.size() == 2 && name == "compare") result = api_compare(api_, request);
  if (parts.size() == 2 && name == "lineage") result = api_lineage(api_, request);
  if (parts.size() == 2 && name == "gallery") result = api_gallery(api_, request);
  if (parts.size() == 2 && name == "samples") result = api_samples(api_, request);
  if (parts.size() == 2 && name == "rewrites") result = api_rewrites(api_, request);
  if (parts.size() == 2 && name == "reports") result = api_reports(api_, request);
  if (parts.size() == 3 && name == "runs") result = api_run(api_, request, parts[2]);
  if (parts.size() == 3 && name == "artifacts") result = api_artifact(api_, request, parts[2]);
  if (parts.size() == 4 && name == "runs" && parts[3] == "dag")
    result = api_dag(api_, request, parts[2]);
  if (parts.size() == 4 && name == "runs" && parts[3] == "log")
    result = api_log(api_, request, parts[2]);
  if (!result) return error_response(result.error());
  if (result->is_object()) (*result)["stamp"] = stamp;
  return json_response(*result);
}

}  // namespace unimo::web
