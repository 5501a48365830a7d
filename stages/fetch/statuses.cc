#include "stages/fetch/statuses.h"

#include <algorithm>

namespace unimo::stages {

namespace {

struct Row {
  std::string_view status, meaning;
  bool passing = false, silence = false;
};

constexpr Row kRows[] = {
    {"ok", "a picture was kept"},
    {"placeholder", "the same bytes came under too many other addresses"},
    {"bad_row", "the list has no address there"},
    {"bad_url", "no address for http or https"},
    {"private_address", "the host lies inside a private network"},
    {"dns_failed", "the host has no address", true, true},
    {"connect_failed", "the host refused or could not be reached", true, true},
    {"tls_failed", "the host could not prove who it is"},
    {"timeout", "no whole answer in time", true, true},
    {"cut_off", "the connection broke before the end", true},
    {"too_many_redirects", "redirected more often than allowed"},
    {"bad_redirect", "redirected to what is no address for http or https"},
    {"robots", "the host asks not to use the picture (X-Robots-Tag)"},
    {"too_large", "more bytes than allowed"},
    {"too_many_pixels", "more pixels than allowed"},
    {"too_small", "a side shorter than allowed"},
    {"empty", "an answer without content"},
    {"not_an_image", "the content is no picture"},
    {"unsupported", "a picture of a format that is not read"},
    {"truncated", "a picture whose end is missing"},
    {"corrupt", "a picture that cannot be decoded"},
    {"failed", "the exchange failed otherwise", true},
};

const Row* find(std::string_view status) {
  const auto row = std::find_if(std::begin(kRows), std::end(kRows),
                                [&](const Row& candidate) { return candidate.status == status; });
  return row == std::end(kRows) ? nullptr : row;
}

}  // namespace

std::string_view meaning_of(std::string_view status) {
  if (const Row* row = find(status)) return row->meaning;
  if (status == "http_404" || status == "http_410") return "the picture is gone";
  if (status == "http_401" || status == "http_403") return "the host does not show the picture";
  if (status == "http_429") return "the host wants fewer requests";
  if (status.starts_with("http_5")) return "the host is in trouble";
  return "the host answered with this status code";
}

bool is_passing(std::string_view status) {
  if (const Row* row = find(status)) return row->passing;
  return status == "http_408" || status == "http_429" || status.starts_with("http_5");
}

bool is_silence(std::string_view status) {
  const Row* row = find(status);
  return row != nullptr && row->silence;
}

}  // namespace unimo::stages
