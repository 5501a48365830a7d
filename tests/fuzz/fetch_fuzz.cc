// Any bytes as what downloads read: lists of addresses, addresses, X-Robots-Tag, lines of the
// journal, and the addresses of sockets.
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "orchestrator/stage/job.h"
#include "stages/fetch/address.h"
#include "stages/fetch/journal.h"
#include "stages/fetch/robots_tag.h"
#include "stages/fetch/url_lists.h"
#include "stages/ingest/text/text_check.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using namespace unimo::stages;  // NOLINT: one small file

void check(bool holds) {
  if (!holds) std::abort();
}

// An address is one that can be asked, and reads the same again.
void read_address(std::string_view text) {
  const auto address = parse_address(text, FetchImages().rewrites);
  if (!address) return;
  check(address->url.starts_with("http://") || address->url.starts_with("https://"));
  check(!address->host.empty() && address->url.find('#') == std::string::npos);
  check(is_utf8(address->url) && is_utf8(address->host));
  for (const char c : address->url) check(static_cast<unsigned char>(c) > ' ' && c != '\x7F');
  const auto again = parse_address(address->url, {});
  check(again && again->host == address->host && again->url == address->url);
}

void read_list(std::string_view text, const char* format) {
  const FuzzFile file(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  unimo::InputItem item;
  item.path = file.path();
  const auto lists = UrlLists::find({&item, 1}, {.format = format, .column = "", .max_rows = 50});
  if (!lists) return;
  std::int64_t rows = 0;
  const auto visit = [&](const ListedUrl& listed) {
    check(listed.row == rows++ && listed.list == 0);
    return unimo::ok();
  };
  (void)lists->visit(visit).has_value();
  check(rows <= 50);
}

void read_entry(std::string_view line) {
  const auto entry = parse_entry(line);
  if (!entry) return;
  const auto again = parse_entry(format_entry(*entry));
  check(again && format_entry(*again) == format_entry(*entry));
}

// IPv4 inside of IPv6 is judged as IPv4.
void connect(std::string_view bytes) {
  if (bytes.size() < 16) return;
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  std::memcpy(&v6.sin6_addr, bytes.data(), 16);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  std::memcpy(&v4.sin_addr, bytes.data(), 4);
  const auto allowed = [](auto& address) {
    return may_connect(reinterpret_cast<const sockaddr&>(address), false);
  };
  (void)allowed(v6);
  sockaddr_in6 mapped{};
  mapped.sin6_family = AF_INET6;
  mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xFF;
  std::memcpy(mapped.sin6_addr.s6_addr + 12, bytes.data(), 4);
  check(allowed(v4) == allowed(mapped));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned choice = fuzz_choice(data, size, 6);
  const std::string_view text = fuzz_text(data, size);
  switch (choice) {
    case 0: read_address(text); break;
    case 1: (void)robots_tag_forbids(text); break;
    case 2: read_entry(text); break;
    case 3: connect(text); break;
    case 4: read_list(text, "auto"); break;
    default: read_list(text, "csv"); break;
  }
  return 0;
}
