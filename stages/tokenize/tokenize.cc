#include "stages/tokenize/tokenize.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <vector>

#include "orchestrator/base/json.h"
#include "trainer/text/byte_bpe.h"

namespace unimo::stages {

namespace {

using trainer::ByteBpe;
using trainer::TokenId;

constexpr std::string_view kUsage =
    "usage: unimo tokenize --bpe FOLDER [--jsonl] [--decode [--json]] [--gpt2] [FILE]\n"
    "  FOLDER    encoder.json, vocab.bpe and vocab.txt; or the tokenizer folder of a pack or "
    "checkpoint\n"
    "  FILE      one text a line; standard input where it is absent or -\n"
    "  --jsonl   lines are JSON objects with text or bytes_hex\n"
    "  --decode  lines are JSON lists of ids; text comes out\n"
    "  --json    with --decode: one JSON string a line\n"
    "  --gpt2    GPT-2's ids instead of RoBERTa's\n";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> bytes_of_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

// Turns one line after the other into output.
class LineTokenizer {
 public:
  LineTokenizer(const trainer::Tokenizer& tokenizer, const TokenizeOptions& options,
                std::string_view name)
      : tokenizer_(tokenizer),
        bpe_(dynamic_cast<const ByteBpe*>(&tokenizer)),
        options_(options),
        name_(name) {}

  // Appends the answer and its "\n" to `out`.
  Status line(std::string_view line, std::string& out) {
    ++number_;
    if (options_.decode) return decode(line, out);
    if (options_.jsonl) return encode_json(line, out);
    encode(line, out);
    return ok();
  }

 private:
  std::string place() const { return fmt::format("{}:{}", name_, number_); }

  void encode(std::string_view text, std::string& out) {
    ids_.clear();
    if (bpe_ != nullptr) {
      bpe_->encode(text, cache_, ids_);
    } else {
      ids_ = tokenizer_.encode(text);
    }
    out += '[';
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      char digits[16];
      if (i > 0) out += ',';
      const TokenId id = options_.gpt2 ? bpe_->gpt2_id(ids_[i]) : ids_[i];
      const auto end = std::to_chars(digits, digits + sizeof digits, id).ptr;
      out.append(digits, end);
    }
    out += "]\n";
  }

  Status encode_json(std::string_view line, std::string& out) {
    const Json document = UNIMO_TRY(parse_json(line, place()));
    const bool has_text = document.is_object() && document.contains("text");
    const bool has_bytes = document.is_object() && document.contains("bytes_hex");
    if (has_text == has_bytes || !document[has_text ? "text" : "bytes_hex"].is_string()) {
      return fail(ErrorCode::kInvalid,
                  "{}: wanted an object with a string text or bytes_hex, and only one of them",
                  place());
    }
    if (has_text) {
      encode(document["text"].get_ref<const std::string&>(), out);
      return ok();
    }
    const auto& hex = document["bytes_hex"].get_ref<const std::string&>();
    const auto bytes = bytes_of_hex(hex);
    if (!bytes)
      return fail(ErrorCode::kInvalid, "{}: bytes_hex \"{}\" is not pairs of hexadecimal digits",
                  place(), hex);
    encode(*bytes, out);
    return ok();
  }

  Status decode(std::string_view line, std::string& out) {
    const Json document = UNIMO_TRY(parse_json(line, place()));
    if (!document.is_array())
      return fail(ErrorCode::kInvalid, "{}: wanted a list of ids, not {}", place(), line);
    ids_.clear();
    for (const Json& item : document) ids_.push_back(UNIMO_TRY(known_id(item)));
    const std::string text = tokenizer_.decode(ids_);
    out += options_.json ? Json(text).dump() : text;
    out += '\n';
    return ok();
  }

  Result<TokenId> known_id(const Json& item) const {
    const auto size =
        static_cast<std::int64_t>(options_.gpt2 ? bpe_->gpt2_size() : tokenizer_.vocabulary_size());
    const bool is_id = item.is_number_integer() &&
                       !(item.is_number_unsigned() && item.get<std::uint64_t>() > 1ULL << 62);
    const std::int64_t id = is_id ? item.get<std::int64_t>() : -1;
    if (id < 0 || id >= size) {
      return fail(ErrorCode::kInvalid, "{}: {} is not an id; they are 0 to {}", place(),
                  item.dump(), size - 1);
    }
    const auto known = static_cast<TokenId>(id);
    return options_.gpt2 ? bpe_->id_of_gpt2(known) : known;
  }

  const trainer::Tokenizer& tokenizer_;
  const ByteBpe* bpe_;  // null: another kind
  const TokenizeOptions& options_;
  std::string_view name_;
  std::int64_t number_ = 0;
  std::vector<TokenId> ids_;
  trainer::WordCache cache_;
};

Status write_out(std::string& text, std::FILE* out) {
  if (std::fwrite(text.data(), 1, text.size(), out) != text.size() || std::fflush(out) != 0) {
    return fail(ErrorCode::kIo, "cannot write the output: {}", std::strerror(errno));
  }
  text.clear();
  return ok();
}

// Gives whole lines of a block to `tokenizer` and keeps the rest in `pending`.
Status take_lines(std::string_view block, std::string& pending, LineTokenizer& tokenizer,
                  std::string& out) {
  while (true) {
    const std::size_t end = block.find('\n');
    if (end == block.npos) {
      pending += block;
      return ok();
    }
    if (pending.empty()) {
      UNIMO_TRY(tokenizer.line(block.substr(0, end), out));
    } else {
      pending += block.substr(0, end);
      UNIMO_TRY(tokenizer.line(pending, out));
      pending.clear();
    }
    block.remove_prefix(end + 1);
  }
}

struct CommandLine {
  std::string folder;
  std::string file = "-";
  TokenizeOptions options;
};

Result<CommandLine> read_command_line(int argc, char** argv) {
  CommandLine command;
  bool has_file = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--bpe") {
      if (++i == argc) return fail(ErrorCode::kInvalid, "--bpe needs a folder");
      command.folder = argv[i];
    } else if (argument == "--jsonl") {
      command.options.jsonl = true;
    } else if (argument == "--decode") {
      command.options.decode = true;
    } else if (argument == "--json") {
      command.options.json = true;
    } else if (argument == "--gpt2") {
      command.options.gpt2 = true;
    } else if ((argument.starts_with('-') && argument != "-") || has_file) {
      return fail(ErrorCode::kInvalid, "unknown argument {}", argument);
    } else {
      command.file = argument;
      has_file = true;
    }
  }
  if (command.folder.empty()) return fail(ErrorCode::kInvalid, "--bpe FOLDER is missing");
  if (command.options.decode && command.options.jsonl) {
    return fail(ErrorCode::kInvalid, "--decode and --jsonl exclude each other");
  }
  if (command.options.json && !command.options.decode) {
    return fail(ErrorCode::kInvalid, "--json goes with --decode; ids are JSON anyway");
  }
  return command;
}

Status tokenize_file(const CommandLine& command) {
  const auto tokenizer = UNIMO_TRY(trainer::load_tokenizer(command.folder));
  if (command.options.gpt2 && tokenizer->kind() != "bpe") {
    return fail(ErrorCode::kInvalid, "{}: a {} vocabulary has no GPT-2 ids", command.folder,
                tokenizer->kind());
  }
  if (command.file == "-") {
    return tokenize_stream(*tokenizer, command.options, STDIN_FILENO, "<standard input>", stdout);
  }
  const int fd = ::open(command.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail(ErrorCode::kNotFound, "{}: cannot open: {}", command.file, std::strerror(errno));
  Status status = tokenize_stream(*tokenizer, command.options, fd, command.file, stdout);
  ::close(fd);
  return status;
}

}  // namespace

Status tokenize_stream(const trainer::Tokenizer& tokenizer, const TokenizeOptions& options,
                       int in_fd, std::string_view name, std::FILE* out) {
  LineTokenizer lines(tokenizer, options, name);
  std::vector<char> block(1 << 20);
  std::string pending, answer;
  while (true) {
    const ssize_t got = ::read(in_fd, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::kIo, "{}: cannot read: {}", name, std::strerror(errno));
    Status status =
        got > 0 ? take_lines({block.data(), static_cast<std::size_t>(got)}, pending, lines, answer)
                : (pending.empty() ? ok() : lines.line(pending, answer));
    // Also before a bad line is reported: the answers to the good ones are out.
    UNIMO_TRY(write_out(answer, out));
    if (!status || got == 0) return status;
  }
}

int run_tokenize(int argc, char** argv) {
  if (argc == 2 && (std::string_view(argv[1]) == "--help" || std::string_view(argv[1]) == "-h")) {
    std::fputs(kUsage.data(), stdout);
    return 0;
  }
  const auto command = read_command_line(argc, argv);
  if (!command) {
    fmt::print(stderr, "unimo tokenize: {}\n{}", command.error().message, kUsage);
    return 2;
  }
  const Status status = tokenize_file(*command);
  if (status) return 0;
  fmt::print(stderr, "unimo tokenize: {}\n", status.error().message);
  return 1;
}

}  // namespace unimo::stages
