#include "web/graph.h"

#include <graphviz/gvc.h>

#include <algorithm>
#include <sstream>

#include "web/http.h"

namespace unimo::web {
namespace {

constexpr double kPixelsPerInch = 72;
constexpr double kNarrowestNode = 132;
constexpr double kWidestNode = 236;
constexpr double kNodeHeight = 46;
constexpr double kMargin = 6;
constexpr std::size_t kKeptLayouts = 64;
// Of a box, what is left and right of its words; and what a letter takes, on average.
constexpr double kNodeFrame = 38;
constexpr double kTitleLetter = 6.4;
constexpr double kSubtitleLetter = 5.8;

struct Point {
  double x = 0, y = 0;
};

struct Layout {
  double width = 0, height = 0;
  std::vector<Point> nodes;  // centres
  std::vector<std::vector<Point>>
      edges;  // Bézier control points, in the order of the graph's edges
};

std::size_t count_letters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// All boxes are as wide as the longest words need, within reason.
double node_width(const Graph& graph) {
  double width = kNarrowestNode;
  for (const GraphNode& node : graph.nodes) {
    const auto title = static_cast<double>(count_letters(node.title));
    const auto subtitle = static_cast<double>(count_letters(node.subtitle));
    width = std::max(
        {width, kNodeFrame + kTitleLetter * title, kNodeFrame + kSubtitleLetter * subtitle});
  }
  return std::min(width, kWidestNode);
}

// Of the titles only the longest enters, so a recoloured node keeps its layout.
std::string dot_text(const Graph& graph, double node_width) {
  std::string dot = fmt::format(
      "digraph g {{ rankdir={}; nodesep=0.25; ranksep=0.3; "
      "node [shape=box fixedsize=true width={:.3f} height={:.3f} label=\"\"]; edge "
      "[arrowhead=none];",
      graph.left_to_right ? "LR" : "TB", node_width / kPixelsPerInch, kNodeHeight / kPixelsPerInch);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) dot += fmt::format("n{};", i);
  for (const GraphEdge& edge : graph.edges) dot += fmt::format("n{}->n{};", edge.from, edge.to);
  return dot + "}";
}

Result<std::string> run_graphviz(const std::string& dot) {
  GVC_t* context = gvContext();
  Agraph_t* graph = agmemread(dot.c_str());
  std::string plain;
  if (graph != nullptr && gvLayout(context, graph, "dot") == 0) {
    char* text = nullptr;
    unsigned int size = 0;
    if (gvRenderData(context, graph, "plain", &text, &size) == 0) plain.assign(text, size);
    gvFreeRenderData(text);
    gvFreeLayout(context, graph);
  }
  if (graph != nullptr) agclose(graph);
  gvFreeContext(context);
  if (plain.empty()) {
    return fail(ErrorCode::kFailed, "Graphviz could not lay out the graph; is libgvc6 complete?");
  }
  return plain;
}

// The plain format: "node n0 x y w h …", "edge n0 n1 k x1 y1 … xk yk …", inches from the lower
// left.
Layout read_plain(const std::string& plain, const Graph& graph) {
  Layout layout;
  layout.nodes.resize(graph.nodes.size());
  std::map<std::pair<std::size_t, std::size_t>, std::vector<std::vector<Point>>> found;
  const auto index_of = [](const std::string& name) { return std::stoul(name.substr(1)); };
  const auto place = [&layout](double x, double y) {
    return Point{x * kPixelsPerInch + kMargin, layout.height - y * kPixelsPerInch - kMargin};
  };
  std::istringstream lines(plain);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, name, other;
    double x = 0, y = 0;
    words >> word;
    if (word == "graph") {
      words >> x >> layout.width >> layout.height;
      layout.width = layout.width * kPixelsPerInch + 2 * kMargin;
      layout.height = layout.height * kPixelsPerInch + 2 * kMargin;
    } else if (word == "node") {
      words >> name >> x >> y;
      layout.nodes.at(index_of(name)) = place(x, y);
    } else if (word == "edge") {
      std::size_t count = 0;
      words >> name >> other >> count;
      std::vector<Point> points;
      for (std::size_t i = 0; i < count && words >> x >> y; ++i) points.push_back(place(x, y));
      found[{index_of(name), index_of(other)}].push_back(std::move(points));
    }
  }
  for (const GraphEdge& edge : graph.edges) {
    auto& candidates = found[{edge.from, edge.to}];
    layout.edges.push_back(candidates.empty() ? std::vector<Point>{} : candidates.back());
    if (!candidates.empty()) candidates.pop_back();
  }
  return layout;
}

// Cuts between characters of UTF-8, not inside one.
std::string shorten(const std::string& text, double room) {
  const auto most = static_cast<std::size_t>(room);
  if (count_letters(text) <= most) return text;
  std::size_t letters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (starts && ++letters >= most) return text.substr(0, i) + "…";
  }
  return text;
}

std::string draw_edge(const std::vector<Point>& points, const GraphEdge& edge) {
  if (points.empty()) return {};
  std::string path = fmt::format("M{:.1f} {:.1f}C", points[0].x, points[0].y);
  for (std::size_t i = 1; i < points.size(); ++i) {
    path += fmt::format("{:.1f} {:.1f} ", points[i].x, points[i].y);
  }
  return fmt::format("<path class=\"edge {}\" d=\"{}\"/>", escape_markup(edge.css), path);
}

std::string draw_node(const Point& centre, const GraphNode& node, double width) {
  const double left = centre.x - width / 2;
  const double top = centre.y - kNodeHeight / 2;
  std::string box = fmt::format(
      "<g class=\"node {}\"><title>{}</title>"
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" rx=\"9\"/>"
      "<text class=\"symbol\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>"
      "<text class=\"title\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>"
      "<text class=\"subtitle\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text></g>",
      escape_markup(node.css), escape_markup(node.tooltip), left, top, width, kNodeHeight,
      left + 17, centre.y + 5, escape_markup(node.symbol), left + 32, centre.y - 3,
      escape_markup(shorten(node.title, (width - kNodeFrame) / kTitleLetter + 1e-6)), left + 32,
      centre.y + 14,
      escape_markup(shorten(node.subtitle, (width - kNodeFrame) / kSubtitleLetter + 1e-6)));
  if (node.href.empty()) return box;
  return fmt::format("<a href=\"{}\">{}</a>", escape_markup(node.href), box);
}

}  // namespace

Result<std::string> GraphDrawer::svg(const Graph& graph) {
  if (graph.nodes.size() > kMostGraphNodes) {
    return fail(ErrorCode::kInvalid, "{} boxes are too many to draw; the limit is {}",
                graph.nodes.size(), kMostGraphNodes);
  }
  if (graph.nodes.empty()) return fail(ErrorCode::kNotFound, "there is nothing to draw yet");
  const double width = node_width(graph);
  const std::string dot = dot_text(graph, width);
  std::string plain;
  {
    const std::lock_guard lock(mutex_);
    const auto kept = layouts_.find(dot);
    if (kept != layouts_.end()) {
      plain = kept->second;
    } else {
      plain = UNIMO_TRY(run_graphviz(dot));
      if (layouts_.size() >= kKeptLayouts) layouts_.clear();
      layouts_[dot] = plain;
    }
  }
  const Layout layout = read_plain(plain, graph);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" role=\"img\" aria-label=\"{0}\" "
      "width=\"{1:.0f}\" height=\"{2:.0f}\" viewBox=\"0 0 {1:.0f} {2:.0f}\">",
      escape_markup(graph.label), layout.width, layout.height);
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    svg += draw_edge(layout.edges[i], graph.edges[i]);
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    svg += draw_node(layout.nodes[i], graph.nodes[i], width);
  }
  return svg + "</svg>";
}

}  // namespace unimo::web
