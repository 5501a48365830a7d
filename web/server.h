// The HTTP server: cpp-httplib parses, routes nothing and formats; `Front` owns the sockets. The
// only unit that knows httplib.h.
//
//   auto server = UNIMO_TRY(WebServer::bind(options, handler));
//   server->run();   // until stop(), from any thread or a signal-waiting one
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "orchestrator/base/result.h"
#include "web/front.h"
#include "web/http.h"

namespace unimo::web {

struct ServerOptions {
  std::string bind = "127.0.0.1";
  int port = 8080;  // 0: any free one
  FrontLimits limits;
};

class WebServer {
 public:
  // Takes the port; kConflict when somebody else has it. `handler` is called from several threads
  // at once.
  static Result<std::unique_ptr<WebServer>> bind(const ServerOptions& options, Handler handler);
  virtual ~WebServer() = default;
  virtual int port() const = 0;
  virtual void run() = 0;
  virtual void stop() = 0;
  virtual std::size_t connections() const = 0;
};

}  // namespace unimo::web
