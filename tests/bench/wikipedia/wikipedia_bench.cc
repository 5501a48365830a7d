// What the way from a dump to documents costs:
//   bench_wikipedia DUMP.xml.bz2 [PYTHON]   conversion on one core, leftover markup, the peer
//   bench_wikipedia DUMP.xml.bz2 --peak GB  the whole stage on GB gigabytes of XML: its memory
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "orchestrator/base/file.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/stream/byte_source.h"
#include "stages/ingest/text/wiki_dump.h"
#include "stages/ingest/text/wikitext.h"
#include "stages/schema/text_corpora.h"
#include "tests/stages/stage_bench.h"

namespace {

namespace fs = std::filesystem;
using unimo::stages::WikiPage;

// Processor time of this program's threads: other work on the machine does not count.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::int64_t count_words(std::string_view text) {
  std::int64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    words += !blank && !inside;
    inside = !blank;
  }
  return words;
}

// Markup and what its removal leaves behind, counted alike for everybody's text.
std::int64_t count_leftovers(std::string_view text) {
  constexpr std::string_view kSigns[] = {
      "{{",        "}}",     "[[",    "]]",   "{|",    "|}",   "''",     "||",     "<ref",
      "</",        "<br",    "<math", "<div", "<span", "<!--", "&nbsp;", "&amp;",  "&lt;",
      "&gt;",      "&quot;", "()",    "( )",  "(,",    "(;",   "[http",  "thumb|", "px|",
      "__NOTOC__", " ,",     "==",    "\n*",  "\n#",   "\n|",  "\n:"};
  std::int64_t count = 0;
  for (const std::string_view sign : kSigns) {
    for (std::size_t at = text.find(sign); at != std::string_view::npos;
         at = text.find(sign, at + sign.size()))
      ++count;
  }
  return count;
}

unimo::Result<std::vector<WikiPage>> read_articles(const fs::path& dump) {
  std::vector<WikiPage> pages;
  const auto source = UNIMO_TRY(unimo::stages::open_source(dump, {}));
  unimo::stages::WikiDumpVisitor visitor;
  visitor.page = [&](WikiPage& page) {
    if (page.space == 0 && !page.redirect) pages.push_back(std::move(page));
    return unimo::ok();
  };
  UNIMO_TRY(unimo::stages::visit_wiki_dump(*source, visitor));
  return pages;
}

void report(const char* who, double bytes, double seconds, std::string_view text) {
  const auto words = count_words(text);
  const auto leftovers = count_leftovers(text);
  fmt::print(
      "{:14} {:8.2f} MB/s of wikitext a core; {} words, {} leftovers, {:.3f} per 1000 words\n", who,
      bytes / seconds / 1e6, words, leftovers,
      1000.0 * static_cast<double>(leftovers) / static_cast<double>(words));
}

// The peer converts each article once: it is slow enough.
unimo::Status run_peer(const std::string& python, const std::vector<WikiPage>& pages,
                       double bytes) {
  const auto folder = UNIMO_TRY(unimo::TempDir::make("wikipedia-"));
  std::ofstream file(folder.path() / "pages", std::ios::binary);
  for (const WikiPage& page : pages)
    file << page.id << '\t' << page.title << '\t' << page.text.size() << '\n' << page.text << '\n';
  file.close();
  const std::string command =
      fmt::format("'{}' {}/tests/bench/wikipedia/peer.py {}/pages {}/text", python,
                  UNIMO_SOURCE_DIR, folder.path().string(), folder.path().string());
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
  double seconds = 0;
  if (!pipe || std::fscanf(pipe.get(), "%lf", &seconds) != 1)
    return unimo::fail(unimo::ErrorCode::kFailed, "the peer gave no seconds: {}", command);
  report("wikiextractor", bytes, seconds, UNIMO_TRY(unimo::read_file(folder.path() / "text")));
  return unimo::ok();
}

unimo::Status measure(const fs::path& dump, const char* python) {
  constexpr double kLeastBytes = 1e8;
  const auto pages = UNIMO_TRY(read_articles(dump));
  double bytes = 0;
  for (const WikiPage& page : pages) bytes += static_cast<double>(page.text.size());
  unimo::stages::WikitextOptions options{.headings = true, .appendices = true};
  std::string text;
  double done = 0;
  const double start = processor_seconds();
  while (done < kLeastBytes) {
    text.clear();
    for (const WikiPage& page : pages)
      text += unimo::stages::wikitext_to_text(page.text, options, page.title);
    done += bytes;
  }
  const double seconds = processor_seconds() - start;
  fmt::print("{} articles of {:.2f} MB, repeated to {:.0f} MB\n", pages.size(), bytes / 1e6,
             done / 1e6);
  report("unimo", done, seconds, text);
  return python == nullptr ? unimo::ok() : run_peer(python, pages, bytes);
}

// The same articles over and over, each time with other ids.
void write_large_dump(const std::vector<WikiPage>& pages, double bytes, const fs::path& path) {
  std::ofstream file(path, std::ios::binary);
  file << "<mediawiki>\n<siteinfo><dbname>bench</dbname></siteinfo>\n";
  for (int round = 0; static_cast<double>(file.tellp()) < bytes; ++round) {
    for (const WikiPage& page : pages) {
      file << "<page><title>T</title><ns>0</ns><id>" << page.id << "000" << round
           << "</id><revision><text>";
      for (const char c : page.text) {
        if (c == '<')
          file << "&lt;";
        else if (c == '&')
          file << "&amp;";
        else
          file << c;
      }
      file << "</text></revision></page>\n";
    }
  }
  file << "</mediawiki>\n";
}

unimo::Status measure_peak(const fs::path& dump, double gigabytes) {
  unimo::stages::StageBench bench;
  fs::create_directories(bench.path("in"));
  {
    const auto pages = UNIMO_TRY(read_articles(dump));
    write_large_dump(pages, gigabytes * 1e9, bench.path("in/large.xml"));
  }
  const auto size = static_cast<double>(fs::file_size(bench.path("in/large.xml")));
  bench.input("texts", "in/large.xml");
  bench.cores(2);
  unimo::stages::BookWikiIngest params;
  params.cleaning.exact_duplicates = false;
  const double start = processor_seconds();
  UNIMO_TRY(bench.run(unimo::stages::run_ingest_bookwiki, params));
  const double seconds = processor_seconds() - start;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "ingest.bookwiki: {:.2f} GB of XML, {} documents, {:.1f} processor seconds, {:.1f} MB/s a "
      "core, "
      "{:.0f} MB at most in memory\n",
      size / 1e9, bench.count("documents.train"), seconds, size / seconds / 1e6,
      static_cast<double>(usage.ru_maxrss) / 1024);
  return unimo::ok();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: bench_wikipedia DUMP [PYTHON | --peak GIGABYTES]\n", stderr);
    return 2;
  }
  const bool peak = argc == 4 && std::string_view(argv[2]) == "--peak";
  const unimo::Status status = peak ? measure_peak(argv[1], std::atof(argv[3]))
                                    : measure(argv[1], argc > 2 ? argv[2] : nullptr);
  if (status) return 0;
  fmt::print(stderr, "{}\n", status.error().message);
  return 1;
}
