// Addresses as lists have them to addresses that can be asked, and which machines may be asked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stages/schema/fetch.h"

struct sockaddr;

namespace unimo::stages {

struct Address {
  std::string url;   // http or https, without fragment; blanks and other bytes percent-encoded
  std::string host;  // "name" or "name:port", lower case: what pauses and connections count for
};

// Nothing when this is no address for us: another scheme (ftp, file, data), no host or one that is
// not UTF-8, a user name, control characters, more than 8 KiB. Blanks around it go. The first
// rewrite that fits applies.
std::optional<Address> parse_address(std::string_view text,
                                     const std::vector<HostRewrite>& rewrites);

// False for addresses inside somebody's network: private, link-local, shared, multicast and
// reserved blocks of the IANA special-purpose registries (RFC 6890), also inside IPv6 addresses
// that carry an IPv4 one. `allow_loopback` lets 127.0.0.0/8 and ::1 pass.
bool may_connect(const sockaddr& address, bool allow_loopback);

// 64 bits of a text, the same on every machine (FNV-1a).
std::uint64_t hash_of(std::string_view text);

}  // namespace unimo::stages
