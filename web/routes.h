// Which address gives what, and the rules that hold for every answer: who may ask, and the headers
// that keep pages from running or loading anything that is not ours.
//
//   /                    the page (also /runs, /runs/<id>, /compare, /lineage, /gallery, /report,
//   /system) /ping                "ok" /static/<name>       embedded files /api/… JSON, see api.h;
//   `?since=<stamp>` answers {"unchanged": true} when the store is as it was /image/<digest>/<path>
//   a picture of an artifact /file/<digest>/<path>    a file of an artifact, to save
//   /report-page/<digest>/<path>   a report's HTML, without scripts and without an origin
#pragma once

#include <map>
#include <string>
#include <vector>

#include "web/api.h"
#include "web/http.h"

namespace unimo::web {

struct AccessRules {
  std::string token;               // empty: nobody is asked (loopback only)
  std::vector<std::string> hosts;  // names allowed in Host besides localhost and literal addresses
};

// The host part of a Host header: "[::1]:8080" gives "::1".
std::string host_name(std::string_view header);

// Protects against DNS rebinding: a page of an attacker reaches us only under the attacker's name.
bool host_allowed(std::string_view header, const AccessRules& rules);

class Router {
 public:
  Router(Api api, AccessRules rules);
  Response answer(const Request& request) const;

 private:
  Response route(const Request& request) const;
  Response api_answer(const Request& request, const std::vector<std::string>& parts) const;
  Response static_answer(const Request& request, const std::string& name) const;
  Response admit(const Request& request) const;
  bool has_token(const Request& request) const;

  const Api api_;
  const AccessRules rules_;
  const std::string token_digest_;
  std::map<std::string, std::string> etags_;  // of the assets, by name
};

}  // namespace unimo::web
