#include "stages/fetch/host_queue.h"

#include <algorithm>

#include "orchestrator/base/result.h"

namespace unimo::stages {

void HostQueue::list(const std::string& name, Host& host) {
  if (host.listed || host.waiting.empty() || host.active >= limits_.per_host) return;
  host.listed = true;
  ready_.push({host.free, turns_++, name});
}

void HostQueue::add(Request request) {
  const std::string name = request.address.host;
  Host& host = hosts_[name];
  host.waiting.push_back(std::move(request));
  ++waiting_;
  list(name, host);
}

void HostQueue::add_later(Request request, Time due) {
  ++waiting_;
  later_.push({due, turns_++, std::move(request)});
}

void HostQueue::hold(const std::string& name, Time until) {
  Host& host = hosts_[name];
  host.free = std::max(host.free, until);
}

// Moves what is due to its host.
void HostQueue::wake(Time now) {
  while (!later_.empty() && later_.top().due <= now) {
    Request request = later_.top().request;
    later_.pop();
    const std::string name = request.address.host;
    Host& host = hosts_[name];
    host.waiting.push_front(std::move(request));
    list(name, host);
  }
}

std::optional<Request> HostQueue::next(Time now) {
  wake(now);
  if (active_ >= limits_.connections) return std::nullopt;
  while (!ready_.empty() && ready_.top().time <= now) {
    const std::string name = ready_.top().host;
    ready_.pop();
    Host& host = hosts_[name];
    host.listed = false;
    if (host.free > now) {  // held since it was listed
      list(name, host);
      continue;
    }
    Request request = std::move(host.waiting.front());
    host.waiting.pop_front();
    ++host.active;
    ++active_;
    --waiting_;
    host.free = now + limits_.pause;
    list(name, host);
    if (hosts_.size() > forget_above_) forget_idle(now);
    return request;
  }
  return std::nullopt;
}

void HostQueue::done(const std::string& name) {
  const auto host = hosts_.find(name);
  UNIMO_CHECK(host != hosts_.end() && host->second.active > 0, "{} has no connection", name);
  --host->second.active;
  --active_;
  list(name, host->second);
}

std::optional<HostQueue::Time> HostQueue::next_time() const {
  if (active_ >= limits_.connections) return std::nullopt;
  std::optional<Time> time;
  if (!later_.empty()) time = later_.top().due;
  if (!ready_.empty()) time = time ? std::min(*time, ready_.top().time) : ready_.top().time;
  return time;
}

// Lists name hundreds of thousands of hosts: those whose pause is over need not be remembered.
void HostQueue::forget_idle(Time now) {
  std::erase_if(hosts_, [&](const auto& entry) {
    const Host& host = entry.second;
    return !host.listed && host.active == 0 && host.waiting.empty() && host.free <= now;
  });
  forget_above_ = std::max<std::size_t>(4096, 2 * hosts_.size());
}

}  // namespace unimo::stages
