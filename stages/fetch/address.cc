#include "stages/fetch/address.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace {

// What common servers accept as a request line.
constexpr std::size_t kMaxAddressBytes = 8 << 10;

class Url {
 public:
  explicit Url(const std::string& text) {
    // Schemes without support are refused by parse_address too, whatever this libcurl can do.
    valid_ = url_ && curl_url_set(url_.get(), CURLUPART_URL, text.c_str(),
                                  CURLU_URLENCODE | CURLU_ALLOW_SPACE) == CURLUE_OK;
  }
  bool valid() const { return valid_; }

  std::string get(CURLUPart part) const {
    char* text = nullptr;
    if (curl_url_get(url_.get(), part, &text, 0) != CURLUE_OK || text == nullptr) return {};
    std::string copy = text;
    curl_free(text);
    return copy;
  }

  bool set(CURLUPart part, const char* value) {
    return curl_url_set(url_.get(), part, value, 0) == CURLUE_OK;
  }

 private:
  std::unique_ptr<CURLU, void (*)(CURLU*)> url_{curl_url(), &curl_url_cleanup};
  bool valid_ = false;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

bool fits(std::string_view host, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return host == pattern;
  const std::string_view before = pattern.substr(0, star);
  const std::string_view after = pattern.substr(star + 1);
  return host.size() >= before.size() + after.size() && host.starts_with(before) &&
         host.ends_with(after);
}

bool rewrite(Url& url, const HostRewrite& rule) {
  const std::size_t colon = rule.to.find(':');
  const std::string host = rule.to.substr(0, colon);
  const std::string port = colon == std::string::npos ? "" : rule.to.substr(colon + 1);
  return url.set(CURLUPART_SCHEME, rule.https ? "https" : "http") &&
         url.set(CURLUPART_HOST, host.c_str()) &&
         url.set(CURLUPART_PORT, port.empty() ? nullptr : port.c_str());
}

struct Block {
  std::uint32_t begin;
  int bits;
};

// RFC 6890 and its registry: what is not "globally reachable", and multicast.
constexpr Block kClosedBlocks[] = {
    {0x00000000, 8},   // this network
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // shared between carriers
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local; clouds keep their credentials there
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // protocol assignments
    {0xC0000200, 24},  // documentation
    {0xC0586300, 24},  // 6to4 relays
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // benchmarks of networks
    {0xC6336400, 24},  // documentation
    {0xCB007100, 24},  // documentation
    {0xE0000000, 4},   // multicast
    {0xF0000000, 4},   // reserved, broadcast
};

bool may_connect_v4(std::uint32_t address, bool allow_loopback) {
  if (allow_loopback && address >> 24 == 127) return true;
  return std::none_of(std::begin(kClosedBlocks), std::end(kClosedBlocks), [&](const Block& block) {
    return address >> (32 - block.bits) == block.begin >> (32 - block.bits);
  });
}

std::uint32_t v4_at(const unsigned char* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

bool may_connect_v6(const unsigned char* bytes, bool allow_loopback) {
  constexpr unsigned char kZeros[15] = {};
  if (std::memcmp(bytes, kZeros, 15) == 0) return allow_loopback && bytes[15] == 1;  // ::, ::1
  const bool ten_zeros = std::memcmp(bytes, kZeros, 10) == 0;
  if (ten_zeros && bytes[10] == 0xFF && bytes[11] == 0xFF)  // IPv4 in IPv6
    return may_connect_v4(v4_at(bytes + 12), allow_loopback);
  if (ten_zeros) return false;  // IPv4-compatible, obsolete
  if (bytes[0] == 0 && bytes[1] == 0x64 && bytes[2] == 0xFF && bytes[3] == 0x9B)  // NAT64
    return std::memcmp(bytes + 4, kZeros, 8) == 0 && may_connect_v4(v4_at(bytes + 12), false);
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return may_connect_v4(v4_at(bytes + 2), false);  // 6to4
  // Only 2000::/3 is given out; 2001::/23 and 2001:db8::/32 in it are not for hosts.
  if (bytes[0] >> 5 != 1) return false;
  if (bytes[0] == 0x20 && bytes[1] == 0x01)
    return bytes[2] > 1 && !(bytes[2] == 0x0D && bytes[3] == 0xB8);
  return true;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text,
                                     const std::vector<HostRewrite>& rewrites) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
  if (text.size() > kMaxAddressBytes || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  Url url{std::string(text)};
  if (!url.valid()) return std::nullopt;
  const std::string scheme = url.get(CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  if (!url.get(CURLUPART_USER).empty()) return std::nullopt;
  const std::string host = lower(url.get(CURLUPART_HOST));
  // Other bytes than those of a name in UTF-8 would go on into queues and outcomes.
  if (host.empty() || !is_utf8(host) || !url.set(CURLUPART_HOST, host.c_str()) ||
      !url.set(CURLUPART_FRAGMENT, nullptr)) {
    return std::nullopt;
  }
  const auto rule =
      std::find_if(rewrites.begin(), rewrites.end(),
                   [&](const HostRewrite& candidate) { return fits(host, candidate.from); });
  if (rule != rewrites.end() && !rewrite(url, *rule)) return std::nullopt;
  Address address{.url = url.get(CURLUPART_URL), .host = url.get(CURLUPART_HOST)};
  const std::string port = url.get(CURLUPART_PORT);
  if (!port.empty()) address.host += ":" + port;
  if (address.url.empty()) return std::nullopt;
  return address;
}

bool may_connect(const sockaddr& address, bool allow_loopback) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    return may_connect_v4(ntohl(v4.sin_addr.s_addr), allow_loopback);
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    return may_connect_v6(v6.sin6_addr.s6_addr, allow_loopback);
  }
  return false;
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

}  // namespace unimo::stages
