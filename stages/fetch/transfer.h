// One exchange with a host, on libcurl: request, answer, body in memory.
//
// Used by Fetcher, which owns the transfers and their multi handle. Redirects are not followed here
// but told, so that the next host gets its pause too. No proxy is used, whatever the environment
// says: what may be connected to is checked at the socket, after names are resolved.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "stages/fetch/host_queue.h"
#include "stages/schema/fetch.h"

namespace unimo::stages {

// Bodies of all transfers and of what waits to be looked at. Above the budget transfers pause,
// except one that may go on, so that something always ends.
struct BodyMemory {
  std::int64_t budget = 192 << 20;
  std::int64_t used = 0;
  int paused = 0;  // transfers
};

struct Answer {
  enum class Kind { kBody, kRedirect, kFailed };
  Kind kind = Kind::kFailed;
  std::string status;                   // of a failure: see statuses.h
  std::string location;                 // of a redirect; absolute, empty when it names none
  std::chrono::seconds retry_after{0};  // what the host asks for; 0: nothing
};

class Transfer {
 public:
  Transfer(const FetchImages& params, const std::string& user_agent, BodyMemory& memory);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  // The handle must have left its multi handle.
  ~Transfer();

  CURL* handle() const { return easy_.get(); }
  void begin(Request request);
  const Request& request() const { return request_; }

  // After the handle left its multi handle.
  Answer finish(CURLcode code);
  // The body; its bytes count in BodyMemory until the taker takes them off.
  std::string take_body();

  // May go on above the budget.
  void prefer() { preferred_ = true; }
  bool paused() const { return paused_; }
  // Not from a callback. It may pause again at once.
  void resume();

 private:
  static std::size_t on_header(char* bytes, std::size_t one, std::size_t size, void* self);
  static std::size_t on_body(char* bytes, std::size_t one, std::size_t size, void* self);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  std::size_t receive(const char* bytes, std::size_t size);
  long response_code() const;
  std::string failure(CURLcode code) const;
  void drop_body();

  const FetchImages& params_;
  BodyMemory& memory_;
  std::unique_ptr<CURL, void (*)(CURL*)> easy_;
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers_;
  Request request_;
  std::string body_;
  std::int64_t passed_over_ = 0;  // bytes of an error's page
  bool preferred_ = false, paused_ = false;
  bool forbidden_ = false, private_ = false, too_large_ = false;
};

}  // namespace unimo::stages
