// Draws a directed graph as SVG: Graphviz places boxes and edges, we draw them with classes instead
// of colours, so that the page's style sheet decides how they look. The only unit that knows
// Graphviz.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::web {

struct GraphNode {
  std::string title;     // first line
  std::string subtitle;  // second line, smaller
  std::string css;       // classes of the box: "state-running kind-raw"
  std::string href;      // link; empty: none
  std::string symbol;    // one sign that says what the colour says
  std::string tooltip;
};

struct GraphEdge {
  std::size_t from = 0;  // index of a node
  std::size_t to = 0;
  std::string css;
};

struct Graph {
  std::string label;  // for screen readers
  bool left_to_right = true;
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;
};

// More nodes than this take Graphviz too long while a person waits.
constexpr std::size_t kMostGraphNodes = 200;

// Thread-safe: Graphviz is not, so layouts are made one at a time and the latest are kept.
class GraphDrawer {
 public:
  // kInvalid when there are too many nodes.
  Result<std::string> svg(const Graph& graph);

 private:
  std::mutex mutex_;                            // guards Graphviz and layouts_
  std::map<std::string, std::string> layouts_;  // DOT text to Graphviz's plain output
};

}  // namespace unimo::web
