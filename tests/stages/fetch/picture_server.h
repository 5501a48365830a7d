// A host of pictures on the loopback address, with every kind of trouble. Nothing here leaves the
// machine.
//
//   PictureServer server;
//   server.on("/slow.jpg", [&](const httplib::Request&, httplib::Response& answer) { ... });
//   server.picture("/a.jpg", make_picture(1));
//   server.url("/a.jpg");        // http://127.0.0.1:41234/a.jpg
//   server.asked("/a.jpg");      // how often it was
//
// A connection holds a thread while it lives.
#pragma once

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <thread>
#include <vector>

namespace unimo::stages {

// Different for each number; a JPEG unless told otherwise.
inline std::string make_picture(int number, int width = 40, int height = 30,
                                const std::string& ending = ".jpg") {
  cv::Mat pixels(height, width, CV_8UC3);
  cv::RNG draws(static_cast<std::uint64_t>(number) + 1);
  draws.fill(pixels, cv::RNG::UNIFORM, 0, 256);
  std::vector<uchar> bytes;
  cv::imencode(ending, pixels, bytes);
  return {bytes.begin(), bytes.end()};
}

class PictureServer {
 public:
  using Clock = std::chrono::steady_clock;
  using Handler = std::function<void(const httplib::Request&, httplib::Response&)>;

  explicit PictureServer(int threads = 64) {
    server_.new_task_queue = [threads] {
      return new httplib::ThreadPool(static_cast<std::size_t>(threads));
    };
    server_.set_keep_alive_max_count(100'000);
    server_.set_keep_alive_timeout(1);
    server_.set_tcp_nodelay(true);
    server_.Get(".*", [this](const httplib::Request& request, httplib::Response& answer) {
      handle(request, answer);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  PictureServer(const PictureServer&) = delete;
  PictureServer& operator=(const PictureServer&) = delete;
  ~PictureServer() {
    server_.stop();
    thread_.join();
  }

  int port() const { return port_; }
  std::string host() const { return fmt::format("127.0.0.1:{}", port_); }
  std::string url(const std::string& path) const { return "http://" + host() + path; }

  void on(const std::string& path, Handler handler) {
    const std::lock_guard lock(mutex_);
    handlers_[path] = std::move(handler);
  }
  void picture(const std::string& path, std::string bytes) {
    on(path, [bytes = std::move(bytes)](const auto&, httplib::Response& answer) {
      answer.set_content(bytes, "image/jpeg");
    });
  }
  void status(const std::string& path, int code) {
    on(path, [code](const auto&, httplib::Response& answer) {
      answer.status = code;
      answer.set_content("<html>no</html>", "text/html");
    });
  }
  void redirect(const std::string& path, const std::string& to) {
    on(path, [to](const auto&, httplib::Response& answer) { answer.set_redirect(to); });
  }
  // For paths of which nothing else is said; without it they are missing (404).
  void on_others(Handler handler) {
    const std::lock_guard lock(mutex_);
    others_ = std::move(handler);
  }
  // Pauses before every answer, in milliseconds.
  void latency(std::function<int(const std::string& path)> latency) {
    const std::lock_guard lock(mutex_);
    latency_ = std::move(latency);
  }

  int asked(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto found = times_.find(path);
    return found == times_.end() ? 0 : static_cast<int>(found->second.size());
  }
  std::vector<Clock::time_point> times(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto found = times_.find(path);
    return found == times_.end() ? std::vector<Clock::time_point>() : found->second;
  }
  // Of all requests, in order.
  std::vector<Clock::time_point> all_times() const {
    const std::lock_guard lock(mutex_);
    std::vector<Clock::time_point> all;
    for (const auto& [path, times] : times_) all.insert(all.end(), times.begin(), times.end());
    std::sort(all.begin(), all.end());
    return all;
  }
  int all_asked() const { return static_cast<int>(all_times().size()); }
  int most_at_once() const {
    const std::lock_guard lock(mutex_);
    return most_;
  }
  std::string last_header(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = headers_.find(name);
    return found == headers_.end() ? std::string() : found->second;
  }

 private:
  void handle(const httplib::Request& request, httplib::Response& answer) {
    Handler handler;
    int pause = 0;
    {
      const std::lock_guard lock(mutex_);
      times_[request.path].push_back(Clock::now());
      most_ = std::max(most_, ++now_);
      headers_.clear();
      for (const auto& [name, value] : request.headers) headers_[name] = value;
      const auto found = handlers_.find(request.path);
      handler = found != handlers_.end() ? found->second : others_;
      if (latency_) pause = latency_(request.path);
    }
    if (pause > 0) std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    if (handler)
      handler(request, answer);
    else
      answer.status = 404;
    const std::lock_guard lock(mutex_);
    --now_;
  }

  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::map<std::string, Handler> handlers_;
  Handler others_;
  std::function<int(const std::string&)> latency_;
  std::map<std::string, std::vector<Clock::time_point>> times_;
  std::map<std::string, std::string> headers_;
  int now_ = 0, most_ = 0;
};

}  // namespace unimo::stages
