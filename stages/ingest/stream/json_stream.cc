#include "stages/ingest/stream/json_stream.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "orchestrator/base/file.h"
#include "stages/ingest/text/text_check.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// Receives the parser's events; builds one element at a time.
class ElementBuilder : public nlohmann::json_sax<Json> {
 public:
  ElementBuilder(const StreamOptions& options, const ElementVisitor& visit)
      : options_(options), visit_(visit) {}

  bool null() override { return scalar(nullptr); }
  bool boolean(bool value) override { return scalar(value); }
  bool number_integer(number_integer_t value) override { return scalar(value); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(value); }
  bool number_float(number_float_t value, const string_t&) override { return scalar(value); }
  bool string(string_t& value) override { return scalar(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (skip_depth_ > 0) return true;
    if (stack_.empty()) {
      if (!sections_.insert(name).second)
        return stop("the key \"" + name + "\" stands twice in one object");
      section_ = std::move(name);
      return true;
    }
    skip_next_ = options_.skip_keys.contains(name);
    if (!skip_next_ && stack_.back()->contains(name)) {
      return stop(
          fmt::format("{}[{}]: the key \"{}\" stands twice in one object", section_, index_, name));
    }
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const Json::exception& error) override {
    error_position_ = position;
    message_ = error.what();
    return false;
  }

  std::optional<std::size_t> error_position() const { return error_position_; }
  const std::string& message() const { return message_; }
  std::optional<Error> visitor_error() const { return visitor_error_; }

 private:
  bool stop(std::string message) {
    message_ = std::move(message);
    return false;
  }

  bool scalar(Json value) {
    if (skip_depth_ > 0) return true;
    if (std::exchange(skip_next_, false)) return true;
    if (!stack_.empty()) {
      attach(std::move(value));
      return true;
    }
    if (in_section_) {
      element_ = std::move(value);
      return emit();
    }
    if (!root_open_) return stop("the document is neither an object of lists nor a list");
    return true;
  }

  bool open(Json container) {
    if (skip_depth_ > 0 || std::exchange(skip_next_, false)) {
      ++skip_depth_;
    } else if (!stack_.empty()) {
      stack_.push_back(attach(std::move(container)));
    } else if (in_section_) {
      element_ = std::move(container);
      stack_.push_back(&element_);
    } else if (!root_open_) {
      root_open_ = true;
      in_section_ = container.is_array();
    } else if (container.is_array()) {
      in_section_ = true;
      index_ = 0;
    } else {
      ++skip_depth_;  // an object beside the lists, such as "info"
    }
    return true;
  }

  bool close() {
    if (skip_depth_ > 0) {
      --skip_depth_;
    } else if (!stack_.empty()) {
      stack_.pop_back();
      if (stack_.empty()) return emit();
    } else {
      in_section_ = false;
    }
    return true;
  }

  Json* attach(Json value) {
    Json& parent = *stack_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }

  bool emit() {
    const Status visited = visit_(section_, index_++, element_);
    element_ = nullptr;
    if (visited) return true;
    visitor_error_ = visited.error();
    return false;
  }

  const StreamOptions& options_;
  const ElementVisitor& visit_;
  bool root_open_ = false;
  bool in_section_ = false;
  bool skip_next_ = false;
  int skip_depth_ = 0;
  std::string section_, key_;
  std::set<std::string> sections_;
  std::size_t index_ = 0;
  Json element_;
  std::vector<Json*> stack_;  // the open containers inside element_
  std::optional<std::size_t> error_position_;
  std::string message_;
  std::optional<Error> visitor_error_;
};

std::size_t line_of(std::string_view text, std::size_t byte) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  return 1 + static_cast<std::size_t>(std::count(text.begin(), end, '\n'));
}

Status check_encoding(std::string_view text, const fs::path& path) {
  const auto refuse = [&](std::string_view what, std::string_view remedy) {
    return fail(ErrorCode::kInvalid, "{}:1: {}; {}", path.string(), what, remedy);
  };
  if (text.starts_with("\xEF\xBB\xBF"))
    return refuse("starts with a byte order mark", "save it as plain UTF-8");
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return refuse("is UTF-16", "convert it to UTF-8");
  if (text.starts_with("\x1F\x8B")) return refuse("is compressed with gzip", "unpack it first");
  if (text.empty()) return refuse("is empty", "download it again");
  return ok();
}

}  // namespace

Status stream_json(const fs::path& path, const StreamOptions& options,
                   const ElementVisitor& visit) {
  std::string text = UNIMO_TRY(read_file(path));
  UNIMO_TRY(check_encoding(text, path));
  if (!is_utf8(text)) text = with_replacements(text);
  ElementBuilder builder(options, visit);
  if (Json::sax_parse(text, &builder)) return ok();
  if (builder.visitor_error()) return tl::unexpected(*builder.visitor_error());
  if (builder.error_position()) {
    return fail(ErrorCode::kInvalid,
                "{}:{}: not valid JSON; download it again or mend it there: {}", path.string(),
                line_of(text, *builder.error_position()), builder.message());
  }
  return fail(ErrorCode::kInvalid, "{}: {}", path.string(), builder.message());
}

}  // namespace unimo::stages
