// Parameters of fetch.images: lists of addresses to pictures (stages/fetch, docs/data.md).
//
// inputs: lists (many files or folders): Conceptual Captions' TSV, SBU's file of addresses or JSON,
// OpenImages' CSV, or plain lines; mirror (optional, a folder): what to ask instead of the network
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

// Pictures that moved to another host under the same path.
struct HostRewrite {
  std::string from;  // a host name in lower case; one * stands for anything
  std::string to;    // a host name, perhaps with ":port"
  bool https = true;
};
template <class V>
void visit(V& v, HostRewrite& c) {
  v.field("from", c.from, "host name; one * stands for anything");
  v.field("to", c.to, "host name, perhaps with a port");
  v.field("https", c.https, "ask by https; else by http");
}

struct FetchImages {
  // What the lists are.
  std::string format = "auto";
  std::string column;
  std::int64_t max_rows = 0;
  // SBU's list of 2011 names hosts that Flickr has given up; paths are the same on the new one.
  std::vector<HostRewrite> rewrites = {
      {.from = "static.flickr.com", .to = "live.staticflickr.com"},
      {.from = "farm*.static.flickr.com", .to = "live.staticflickr.com"}};

  // How hosts are treated.
  int connections = 64;
  int per_host = 8;
  std::int64_t pause_ms = 20;
  int retries = 2;
  double backoff_s = 1;
  double max_wait_s = 120;
  int max_redirects = 5;
  double connect_timeout_s = 10;
  double timeout_s = 60;
  std::int64_t low_speed_bytes = 1000;
  std::int64_t low_speed_s = 15;
  bool robots_tag = true;
  std::string contact;
  bool allow_loopback = false;

  // What a picture must be, and how it is kept.
  std::int64_t max_bytes = 20'000'000;
  std::int64_t max_pixels = 50'000'000;
  int min_side = 2;
  std::int64_t placeholder_limit = 10;
  int longer_side = 0;
  int quality = 90;
  double max_bad_share = 0.5;
};
template <class V>
void visit(V& v, FetchImages& c) {
  v.field(
      "format", c.format, one_of({"auto", "tsv", "csv", "json", "lines"}),
      "of the lists; auto: told by the content of each. tsv: caption, tab, address. csv: a "
      "header and a column of addresses. json: image_urls or a list. lines: one address a line");
  v.field("column", c.column,
          "of a csv that holds the addresses, such as Thumbnail300KURL; empty: OriginalURL or url");
  v.field("max_rows", c.max_rows, not_negative(), "the first so many rows; 0: all");
  v.field("rewrites", c.rewrites,
          "hosts that are asked instead of the listed ones: from (one * stands for anything), to, "
          "https");
  v.field("connections", c.connections, between(1, 4096), "open at once");
  v.field("per_host", c.per_host, between(1, 4096), "open at once to one host");
  v.field("pause_ms", c.pause_ms, between(0, 3'600'000),
          "shortest time between two requests to one host");
  v.field("retries", c.retries, between(0, 20),
          "more tries after a time-out, a broken connection, or status 408, 429 and 5xx");
  v.field("backoff_s", c.backoff_s, between(0, 3600),
          "wait before the second try; doubles with each one more");
  v.field("max_wait_s", c.max_wait_s, between(0, 86'400),
          "longest wait before a try, also when the host's Retry-After asks for more");
  v.field("max_redirects", c.max_redirects, between(0, 20), "followed for one address");
  v.field("connect_timeout_s", c.connect_timeout_s, between(0.001, 3600),
          "for the name and the connection");
  v.field("timeout_s", c.timeout_s, between(0.001, 86'400), "for one whole answer");
  v.field("low_speed_bytes", c.low_speed_bytes, not_negative(),
          "give up what stays slower than so many bytes a second");
  v.field("low_speed_s", c.low_speed_s, between(0, 86'400),
          "for so long; 0: slowness alone is no reason");
  v.field("robots_tag", c.robots_tag,
          "leave pictures whose X-Robots-Tag says noai, noimageai, noindex, noimageindex or none");
  v.field("contact", c.contact, "address or page in the user agent, for those who run the hosts");
  v.field("allow_loopback", c.allow_loopback,
          "also ask this machine's own loopback addresses; other private ones never");
  v.field("max_bytes", c.max_bytes, between(1, 1e9), "of one picture");
  v.field("max_pixels", c.max_pixels, between(1, 1e9),
          "refuse a larger picture before decoding it");
  v.field("min_side", c.min_side, between(1, 65'536),
          "refuse pictures with a shorter side; 2 keeps trackers of one pixel out");
  v.field("placeholder_limit", c.placeholder_limit, at_least(1),
          "identical bytes under more different addresses than this are no picture of any of them");
  v.field("longer_side", c.longer_side, between(0, 65'536),
          "make larger pictures so small, as JPEG; 0: keep every picture's bytes as they came");
  v.field("quality", c.quality, between(1, 100), "of those JPEGs");
  v.field("max_bad_share", c.max_bad_share, fraction(),
          "stop when more than this share of the rows gives no picture");
}

}  // namespace unimo::stages
