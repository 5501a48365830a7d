#include "stages/ingest/text/wiki_dump.h"

#include <expat.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <type_traits>
#include <vector>

namespace unimo::stages {

namespace {

constexpr int kPiece = 256 << 10;  // bytes given to the parser at once

struct FreeParser {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

// What expat calls. The elements that matter have one place each; a name elsewhere (<id> of a
// revision or contributor) is told by its parent.
class Handler {
 public:
  Handler(XML_Parser parser, const WikiDumpVisitor& visitor) : parser_(parser), visitor_(visitor) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, &Handler::on_start, &Handler::on_end);
    XML_SetCharacterDataHandler(parser, &Handler::on_text);
    XML_SetStartDoctypeDeclHandler(parser, &Handler::on_doctype);
  }

  const Status& status() const { return status_; }
  bool in_page() const { return in_page_; }
  const WikiPage& page() const { return page_; }

 private:
  static Handler& self(void* data) { return *static_cast<Handler*>(data); }
  static void on_start(void* data, const XML_Char* name, const XML_Char** attributes) {
    self(data).start(name, attributes);
  }
  static void on_end(void* data, const XML_Char* /*name*/) { self(data).end(); }
  static void on_text(void* data, const XML_Char* text, int size) {
    self(data).characters({text, static_cast<std::size_t>(size)});
  }
  static void on_doctype(void* data, const XML_Char* /*name*/, const XML_Char* /*system*/,
                         const XML_Char* /*public_id*/, int /*internal*/) {
    self(data).stop(
        fail(ErrorCode::kInvalid, "has a document type declaration, which no dump of a wiki has"));
  }

  void stop(Status status) {
    if (status_) status_ = std::move(status);
    XML_StopParser(parser_, XML_FALSE);
  }

  std::string_view parent() const {
    return names_.size() < 2 ? std::string_view{} : names_[names_.size() - 2];
  }

  void start(std::string_view name, const XML_Char** attributes) {
    names_.emplace_back(name);
    into_ = nullptr;
    if (name == "page") {
      if (!site_told_) tell_site();
      page_ = {};
      page_.offset = XML_GetCurrentByteIndex(parser_);
      in_page_ = true;
    } else if (in_page_) {
      start_in_page(name);
    } else if (name == "dbname") {
      into_ = &site_.database;
    } else if (name == "namespace") {
      int key = 0;
      for (; attributes[0] != nullptr; attributes += 2)
        if (std::string_view(attributes[0]) == "key") key = std::atoi(attributes[1]);
      into_ = &site_.namespaces[key];
    }
  }

  void start_in_page(std::string_view name) {
    if (name == "redirect") page_.redirect = true;
    if (parent() == "page") {
      if (name == "title") into_ = &page_.title;
      if (name == "id") into_ = &page_.id;
      if (name == "ns") into_ = &space_;
    } else if (parent() == "revision") {
      if (name == "model") into_ = &page_.model;
      if (name == "text") {
        into_ = &page_.text;
        ++page_.revisions;
        page_.too_large = false;
      }
    }
    if (into_ != nullptr) into_->clear();
  }

  void characters(std::string_view text) {
    if (into_ == nullptr) return;
    if (into_ == &page_.text && page_.text.size() + text.size() > visitor_.max_page_bytes) {
      page_.too_large = true;
      page_.text.clear();
      into_ = nullptr;
      return;
    }
    *into_ += text;
  }

  void end() {
    into_ = nullptr;
    const bool page = in_page_ && names_.back() == "page";
    names_.pop_back();
    if (!page) return;
    in_page_ = false;
    page_.space = std::atoi(space_.c_str());
    space_.clear();
    if (!status_) return;  // expat may end a few elements after it was stopped
    if (Status visited = visitor_.page(page_); !visited) stop(std::move(visited));
  }

  void tell_site() {
    site_told_ = true;
    if (!visitor_.site) return;
    if (Status told = visitor_.site(site_); !told) stop(std::move(told));
  }

  XML_Parser parser_;
  const WikiDumpVisitor& visitor_;
  Status status_;
  std::vector<std::string> names_;  // of the open elements
  std::string* into_ = nullptr;     // where the text of the current element goes
  WikiSite site_;
  WikiPage page_;
  std::string space_;
  bool in_page_ = false, site_told_ = false;
};

// Adds the place to an error of the handler that lacks it.
Status parse_error(XML_Parser parser, const Handler& handler, const std::string& name) {
  const auto place = fmt::format("{}:{}: byte {} of the XML", name,
                                 XML_GetCurrentLineNumber(parser), XML_GetCurrentByteIndex(parser));
  if (!handler.status()) {
    const Error& error = handler.status().error();
    if (error.code != ErrorCode::kInvalid) return handler.status();
    return fail(error.code, "{}: {}", place, error.message);
  }
  const XML_Error code = XML_GetErrorCode(parser);
  const std::string inside =
      handler.in_page() ? fmt::format(" inside the page \"{}\"", handler.page().title) : "";
  const bool cut = code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN ||
                   code == XML_ERROR_PARTIAL_CHAR;
  if (cut) {
    return fail(ErrorCode::kInvalid, "{}: the dump is cut{}; download the file again", place,
                inside);
  }
  return fail(ErrorCode::kInvalid,
              "{}: {}{}; no dump of a wiki, or damaged: download the file again", place,
              XML_ErrorString(code), inside);
}

}  // namespace

Status visit_wiki_dump(ByteSource& source, const WikiDumpVisitor& visitor) {
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser> parser(
      XML_ParserCreate("UTF-8"));
  if (!parser) return fail(ErrorCode::kIo, "{}: no memory for an XML parser", source.name());
  Handler handler(parser.get(), visitor);
  for (bool more = true; more;) {
    void* buffer = XML_GetBuffer(parser.get(), kPiece);
    if (buffer == nullptr)
      return fail(ErrorCode::kIo, "{}: no memory for {} bytes of XML", source.name(), kPiece);
    const std::size_t got = UNIMO_TRY(source.read({static_cast<char*>(buffer), kPiece}));
    more = got > 0;
    if (XML_ParseBuffer(parser.get(), static_cast<int>(got), !more) != XML_STATUS_OK)
      return parse_error(parser.get(), handler, source.name());
  }
  return ok();
}

bool is_wiki_dump(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const std::size_t begin = head.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return false;
  head.remove_prefix(begin);
  if (head.starts_with("<?xml")) {
    const std::size_t end = head.find("?>");
    if (end == std::string_view::npos) return false;
    head.remove_prefix(end + 2);
    head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  }
  return head.starts_with("<mediawiki");
}

}  // namespace unimo::stages
