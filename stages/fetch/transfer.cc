#include "stages/fetch/transfer.h"

#include <strings.h>
#include <sys/socket.h>

#include <string_view>

#include "orchestrator/base/result.h"
#include "stages/fetch/robots_tag.h"

namespace unimo::stages {

namespace {

constexpr long kOk = 200;

// Pages of errors are read to their end, so that the connection can be used again, unless they are
// longer than this.
constexpr std::int64_t kErrorPageBytes = 64 << 10;

long milliseconds(double seconds) { return static_cast<long>(seconds * 1000); }

template <class T>
void set(CURL* easy, CURLoption option, T value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  UNIMO_CHECK(code == CURLE_OK, "option {}: {}", static_cast<int>(option),
              curl_easy_strerror(code));
}

}  // namespace

Transfer::Transfer(const FetchImages& params, const std::string& user_agent, BodyMemory& memory)
    : params_(params),
      memory_(memory),
      easy_(curl_easy_init(), &curl_easy_cleanup),
      headers_(curl_slist_append(nullptr, "Accept: image/*,*/*;q=0.5"), &curl_slist_free_all) {
  CURL* easy = easy_.get();
  UNIMO_CHECK(easy != nullptr, "libcurl has no memory");
  set(easy, CURLOPT_PRIVATE, this);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_PROXY, "");
  set(easy, CURLOPT_USERAGENT, user_agent.c_str());
  set(easy, CURLOPT_HTTPHEADER, headers_.get());
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(params.connect_timeout_s));
  set(easy, CURLOPT_TIMEOUT_MS, milliseconds(params.timeout_s));
  set(easy, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(params.low_speed_bytes));
  set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(params.low_speed_s));
  set(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(params.max_bytes));
  set(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(easy, CURLOPT_HEADERDATA, this);
  set(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(easy, CURLOPT_WRITEDATA, this);
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_socket);
  set(easy, CURLOPT_OPENSOCKETDATA, this);
}

Transfer::~Transfer() { drop_body(); }

void Transfer::begin(Request request) {
  drop_body();
  request_ = std::move(request);
  passed_over_ = 0;
  preferred_ = forbidden_ = private_ = too_large_ = false;
  set(easy_.get(), CURLOPT_URL, request_.address.url.c_str());
}

void Transfer::drop_body() {
  memory_.used -= static_cast<std::int64_t>(body_.size());
  body_.clear();
  body_.shrink_to_fit();
  if (paused_) --memory_.paused;
  paused_ = false;
}

std::string Transfer::take_body() {
  std::string body = std::move(body_);
  body_.clear();
  return body;
}

void Transfer::resume() {
  if (!paused_) return;
  paused_ = false;
  --memory_.paused;
  curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
}

long Transfer::response_code() const {
  long code = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &code);
  return code;
}

std::size_t Transfer::on_header(char* bytes, std::size_t, std::size_t size, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  constexpr std::string_view kName = "x-robots-tag:";
  const std::string_view line(bytes, size);
  if (!transfer->params_.robots_tag || line.size() < kName.size() ||
      ::strncasecmp(bytes, kName.data(), kName.size()) != 0 || transfer->response_code() != kOk ||
      !robots_tag_forbids(line.substr(kName.size()))) {
    return size;
  }
  transfer->forbidden_ = true;
  return 0;  // ends the transfer
}

std::size_t Transfer::on_body(char* bytes, std::size_t, std::size_t size, void* self) {
  return static_cast<Transfer*>(self)->receive(bytes, size);
}

std::size_t Transfer::receive(const char* bytes, std::size_t size) {
  const auto count = static_cast<std::int64_t>(size);
  if (response_code() != kOk) {
    passed_over_ += count;
    return passed_over_ <= kErrorPageBytes ? size : 0;
  }
  if (static_cast<std::int64_t>(body_.size()) + count > params_.max_bytes) {
    too_large_ = true;
    return 0;
  }
  if (!preferred_ && memory_.used + count > memory_.budget) {
    paused_ = true;
    ++memory_.paused;
    return CURL_WRITEFUNC_PAUSE;
  }
  body_.append(bytes, size);
  memory_.used += count;
  return size;
}

curl_socket_t Transfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<Transfer*>(self);
  if (!may_connect(address->addr, transfer->params_.allow_loopback)) {
    transfer->private_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Answer Transfer::finish(CURLcode code) {
  Answer answer;
  const long response = response_code();
  if (code == CURLE_OK && response == kOk) {
    answer.kind = Answer::Kind::kBody;
    return answer;
  }
  drop_body();
  // 304 answers a question that we did not ask; 300 and 305 name no picture.
  if (response == 301 || response == 302 || response == 303 || response == 307 || response == 308) {
    answer.kind = Answer::Kind::kRedirect;
    char* location = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_REDIRECT_URL, &location);
    if (location != nullptr) answer.location = location;
    return answer;
  }
  // An error's status counts even if its page did not come whole.
  answer.status =
      response != 0 && response != kOk ? fmt::format("http_{}", response) : failure(code);
  curl_off_t wait = 0;  // libcurl reads both forms, seconds and dates
  curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &wait);
  answer.retry_after = std::chrono::seconds(wait);
  return answer;
}

std::string Transfer::failure(CURLcode code) const {
  if (forbidden_) return "robots";
  if (too_large_ || code == CURLE_FILESIZE_EXCEEDED) return "too_large";
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return "dns_failed";
    case CURLE_COULDNT_CONNECT: return private_ ? "private_address" : "connect_failed";
    case CURLE_OPERATION_TIMEDOUT: return "timeout";
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return "cut_off";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_INVALIDCERTSTATUS: return "tls_failed";
    default: return "failed";
  }
}

}  // namespace unimo::stages
