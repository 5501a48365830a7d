#include "stages/fetch/fetcher.h"

#include <curl/curl.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "orchestrator/stage/stage.h"
#include "stages/fetch/host_queue.h"
#include "stages/fetch/statuses.h"
#include "stages/fetch/transfer.h"

namespace unimo::stages {

namespace {

using Clock = HostQueue::Clock;
using std::chrono::duration_cast;

// Rows read ahead, so that there are many hosts to choose from: about 150 bytes each.
constexpr std::int64_t kWindow = 20'000;

// Pictures that wait to be looked at, for each thread that looks.
constexpr std::int64_t kWaitingChecks = 64;

constexpr auto kLongestPoll = std::chrono::milliseconds(200);  // between looks at the stop flag

Clock::duration seconds(double value) {
  return duration_cast<Clock::duration>(std::chrono::duration<double>(value));
}

std::string user_agent(const std::string& contact) {
  return contact.empty() ? "unimo/1.0 (picture collection)" : "unimo/1.0 (+" + contact + ")";
}

// In [0, 1), from what is asked for alone.
double spread(std::uint64_t seed, std::int64_t row, int tries) {
  std::uint64_t x = hash_of(fmt::format("{} {} {}", seed, row, tries));
  x ^= x >> 32;  // FNV's high bits change little with the last characters
  x *= 0x9E3779B97F4A7C15ULL;
  return static_cast<double>(x >> 11) * 0x1p-53;
}

struct CurlLibrary {
  CurlLibrary() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;
  ~CurlLibrary() { curl_global_cleanup(); }
};

}  // namespace

class Fetcher::Loop {
 public:
  Loop(const Options& options, Sink sink)
      : options_(options),
        agent_(user_agent(options.params.contact)),
        sink_(std::move(sink)),
        memory_{.budget = options.body_budget},
        multi_(curl_multi_init(), &curl_multi_cleanup),
        queue_({.connections = options.params.connections,
                .per_host = options.params.per_host,
                .pause = std::chrono::milliseconds(options.params.pause_ms)}),
        checks_({.max_pixels = options.params.max_pixels,
                 .min_side = options.params.min_side,
                 .longer_side = options.params.longer_side,
                 .quality = options.params.quality},
                options.threads, [multi = multi_.get()] { curl_multi_wakeup(multi); }) {
    UNIMO_CHECK(multi_ != nullptr, "libcurl has no memory");
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS,
                      static_cast<long>(options.params.connections));
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() {
    for (const auto& [turn, transfer] : active_)
      curl_multi_remove_handle(multi_.get(), transfer->handle());
  }

  Status add(std::int64_t row, Address address) {
    queue_.add({.row = row, .address = std::move(address)});
    ++open_;
    if (open_ < kWindow) return ok();
    return run_down_to(kWindow * 3 / 4);
  }

  Status run_down_to(std::int64_t rows) {
    while (open_ > rows) UNIMO_TRY(step());
    return ok();
  }

 private:
  Status step() {
    if (StageContext::stop_requested())
      return fail(ErrorCode::kCancelled, "stopped while pictures were fetched");
    start();
    int running = 0;
    const CURLMcode code = curl_multi_perform(multi_.get(), &running);
    if (code != CURLM_OK) return fail(ErrorCode::kFailed, "libcurl: {}", curl_multi_strerror(code));
    const std::int64_t before = open_;
    UNIMO_TRY(collect_answers());
    UNIMO_TRY(collect_pictures());
    resume_paused();
    if (open_ == before) wait();
    return ok();
  }

  bool has_room() const {
    return memory_.used < memory_.budget / 2 &&
           checks_.pending() < kWaitingChecks * options_.threads;
  }

  void start() {
    const auto now = Clock::now();
    while (has_room()) {
      auto request = queue_.next(now);
      if (!request) return;
      std::unique_ptr<Transfer> transfer;
      if (idle_.empty()) {
        transfer = std::make_unique<Transfer>(options_.params, agent_, memory_);
      } else {
        transfer = std::move(idle_.back());
        idle_.pop_back();
      }
      transfer->begin(std::move(*request));
      const CURLMcode code = curl_multi_add_handle(multi_.get(), transfer->handle());
      UNIMO_CHECK(code == CURLM_OK, "libcurl: {}", curl_multi_strerror(code));
      active_.emplace(turns_++, std::move(transfer));
    }
  }

  Status collect_answers() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* handle = message->easy_handle;
      const CURLcode code = message->data.result;
      // A walk over at most some hundred transfers, once for each answer.
      const auto found = std::find_if(active_.begin(), active_.end(), [&](const auto& entry) {
        return entry.second->handle() == handle;
      });
      UNIMO_CHECK(found != active_.end(), "an answer of an unknown transfer");
      std::unique_ptr<Transfer> transfer = std::move(found->second);
      active_.erase(found);
      curl_multi_remove_handle(multi_.get(), handle);  // `message` is gone with it
      queue_.done(transfer->request().address.host);
      UNIMO_TRY(judge(*transfer, code));
      idle_.push_back(std::move(transfer));
    }
    return ok();
  }

  Status judge(Transfer& transfer, CURLcode code) {
    Request request = transfer.request();
    const Answer answer = transfer.finish(code);
    switch (answer.kind) {
      case Answer::Kind::kBody:
        checks_.submit({request.row, request.tries + 1, transfer.take_body()});
        return ok();
      case Answer::Kind::kRedirect: return redirect(std::move(request), answer.location);
      case Answer::Kind::kFailed: return failed(std::move(request), answer);
    }
    return ok();
  }

  Status redirect(Request request, const std::string& location) {
    if (request.redirects >= options_.params.max_redirects)
      return end(request.row, request.tries + 1, "too_many_redirects");
    auto address = parse_address(location, options_.params.rewrites);
    if (!address) return end(request.row, request.tries + 1, "bad_redirect");
    request.address = std::move(*address);
    ++request.redirects;
    queue_.add_later(std::move(request), Clock::now());
    return ok();
  }

  Status failed(Request request, const Answer& answer) {
    ++request.tries;
    if (!is_passing(answer.status) || request.tries > options_.params.retries)
      return end(request.row, request.tries, answer.status);
    const auto now = Clock::now();
    if (answer.retry_after.count() > 0) {
      const auto until =
          now + std::min<Clock::duration>(answer.retry_after, seconds(options_.params.max_wait_s));
      queue_.hold(request.address.host, until);
      queue_.add_later(std::move(request), until);
      return ok();
    }
    // Doubling, and spread over the upper half, so that what failed together is not tried together.
    const double wait = std::min(options_.params.max_wait_s,
                                 options_.params.backoff_s * std::ldexp(1.0, request.tries - 1)) *
                        (0.5 + 0.5 * spread(options_.seed, request.row, request.tries));
    queue_.add_later(std::move(request), now + seconds(wait));
    return ok();
  }

  Status end(std::int64_t row, int tries, const std::string& status) {
    --open_;
    return sink_({.row = row, .tries = tries, .picture = {.status = status}});
  }

  Status collect_pictures() {
    while (auto done = checks_.take()) {
      memory_.used -= done->body_size;
      --open_;
      UNIMO_TRY(
          sink_({.row = done->row, .tries = done->tries, .picture = std::move(done->picture)}));
    }
    return ok();
  }

  void resume_paused() {
    if (memory_.paused == 0) return;
    active_.begin()->second->prefer();  // the oldest: it ends first
    for (const auto& [turn, transfer] : active_) {
      if (turn == active_.begin()->first || memory_.used < memory_.budget) transfer->resume();
    }
  }

  void wait() {
    auto timeout = duration_cast<std::chrono::milliseconds>(kLongestPoll);
    // Without room an answer or a look at a picture must come first; both end the poll.
    if (const auto next = has_room() ? queue_.next_time() : std::nullopt) {
      const auto until = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now());
      timeout = std::clamp(until, std::chrono::milliseconds(0), timeout);
    }
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(timeout.count()), nullptr);
  }

  CurlLibrary library_;
  Options options_;
  std::string agent_;
  Sink sink_;
  BodyMemory memory_;
  std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi_;
  HostQueue queue_;
  PictureChecks checks_;  // before multi_ in dying: it wakes it
  std::map<std::uint64_t, std::unique_ptr<Transfer>> active_;  // by turn: oldest first
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::uint64_t turns_ = 0;
  std::int64_t open_ = 0;  // rows that the sink has not had
};

Fetcher::Fetcher(const Options& options, Sink sink)
    : loop_(std::make_unique<Loop>(options, std::move(sink))) {}
Fetcher::~Fetcher() = default;

Status Fetcher::add(std::int64_t row, Address address) {
  return loop_->add(row, std::move(address));
}

Status Fetcher::finish() { return loop_->run_down_to(0); }

}  // namespace unimo::stages
