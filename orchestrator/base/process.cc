#include "orchestrator/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include "orchestrator/base/file.h"

extern char** environ;

namespace unimo {

namespace fs = std::filesystem;

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

ExitStatus describe(int status, const rusage& usage) {
  ExitStatus exit;
  if (WIFEXITED(status)) exit.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) exit.signal = WTERMSIG(status);
  exit.user_s = seconds(usage.ru_utime);
  exit.system_s = seconds(usage.ru_stime);
  exit.max_rss_kib = usage.ru_maxrss;
  return exit;
}

// Runs between fork and exec: only async-signal-safe calls.
void become(const ChildSpec& spec, pid_t parent, char* const* argv, char** environment,
            int report_fd) {
  const auto give_up = [report_fd] {
    const int error_number = errno;
    [[maybe_unused]] const ssize_t sent = ::write(report_fd, &error_number, sizeof error_number);
    ::_exit(127);
  };
  ::setpgid(0, 0);
  if (spec.die_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);  // the parent died before the line above
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) ::signal(number, SIG_DFL);
  const int null = ::open("/dev/null", O_RDONLY);
  if (null >= 0) ::dup2(null, STDIN_FILENO);
  const auto redirect = [&](const fs::path& path, int target) {
    if (path.empty()) return;
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) give_up();
    ::dup2(fd, target);
  };
  redirect(spec.stdout_path, STDOUT_FILENO);
  redirect(spec.stderr_path, STDERR_FILENO);
  if (!spec.directory.empty() && ::chdir(spec.directory.c_str()) != 0) give_up();
  ::execvpe(argv[0], argv, environment);
  give_up();
}

std::vector<std::string> merged_environment(const ChildSpec& spec) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    const bool replaced = std::any_of(spec.environment.begin(), spec.environment.end(),
                                      [&](const auto& added) { return added.first == name; });
    if (!replaced) merged.emplace_back(text);
  }
  for (const auto& [name, value] : spec.environment) merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

Result<std::optional<ExitStatus>> collect(pid_t pid, int flags) {
  int status = 0;
  rusage usage{};
  while (true) {
    const pid_t ended = ::wait4(pid, &status, flags, &usage);
    if (ended == pid) return std::optional(describe(status, usage));
    if (ended == 0) return std::optional<ExitStatus>();
    if (errno != EINTR)
      return fail(ErrorCode::kIo, "cannot wait for process {}: {}", pid, std::strerror(errno));
  }
}

}  // namespace

std::string ExitStatus::text() const {
  if (signal != 0) return fmt::format("killed by signal {} ({})", signal, ::strsignal(signal));
  return fmt::format("exit code {}", code);
}

Result<pid_t> start_child(const ChildSpec& spec) {
  UNIMO_CHECK(!spec.argv.empty(), "a child needs a program");
  std::vector<std::string> arguments = spec.argv;
  std::vector<std::string> environment = merged_environment(spec);
  const std::vector<char*> argv = pointers(arguments);
  std::vector<char*> envp = pointers(environment);
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0)
    return fail(ErrorCode::kIo, "cannot make a pipe: {}", std::strerror(errno));
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(spec, parent, argv.data(), envp.data(), report[1]);
  ::close(report[1]);
  if (pid < 0) {
    ::close(report[0]);
    return fail(ErrorCode::kIo, "cannot start {}: {}", spec.argv[0], std::strerror(errno));
  }
  ::setpgid(pid, pid);  // both sides do it, so that neither has to wait for the other
  int error_number = 0;
  ssize_t got = 0;
  do {
    got = ::read(report[0], &error_number, sizeof error_number);
  } while (got < 0 && errno == EINTR);
  ::close(report[0]);
  if (got == sizeof error_number) {
    (void)wait_child(pid);
    return fail(error_number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                "cannot start {}: {}", spec.argv[0], std::strerror(error_number));
  }
  return pid;
}

Result<std::optional<ExitStatus>> poll_child(pid_t pid) { return collect(pid, WNOHANG); }

Result<ExitStatus> wait_child(pid_t pid) {
  const auto exit = UNIMO_TRY(collect(pid, 0));
  return *exit;
}

void signal_group(pid_t group, int signal) { ::kill(-group, signal); }

void wait_for_any(const std::vector<pid_t>& children, int timeout_ms) {
  std::vector<pollfd> watched;
  for (const pid_t pid : children) {
    const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (fd >= 0) watched.push_back({fd, POLLIN, 0});
  }
  ::poll(watched.data(), watched.size(), timeout_ms);
  for (const pollfd& entry : watched) ::close(entry.fd);
}

std::vector<pid_t> processes_with_environment(const std::string& name, const std::string& value) {
  const std::string wanted = name + "=" + value;
  std::vector<pid_t> found;
  std::error_code error;
  for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const std::string folder = it->path().filename().string();
    pid_t pid = 0;
    const auto parsed = std::from_chars(folder.data(), folder.data() + folder.size(), pid);
    if (parsed.ec != std::errc() || parsed.ptr != folder.data() + folder.size() ||
        pid == ::getpid())
      continue;
    const auto environment = read_file(it->path() / "environ");
    if (!environment) continue;  // somebody else's process, or gone
    const std::string padded = '\0' + *environment;
    if (padded.find('\0' + wanted + '\0') != std::string::npos) found.push_back(pid);
  }
  return found;
}

fs::path program_directory() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path(".") : self.parent_path();
}

}  // namespace unimo
