#include "tests/support/test_nginx.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/support/process_group.h"
#include "tests/support/test_remote.h"

namespace gitsync {
namespace {

constexpr char kHttpBackend[] = "/usr/lib/git-core/git-http-backend";

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Sends a request to an HTTP server, if there is one, and waits for the answer.
void AskUnixSocket(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    constexpr absl::string_view kRequest = "GET / HTTP/1.0\r\n\r\n";
    send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
    char rest[1000];
    while (recv(fd, rest, sizeof(rest), 0) > 0) {
    }
  }
  close(fd);
}

}  // namespace

TestNginx::TestNginx(TestNginxOptions options) : options_(std::move(options)) {
  for (const char* folder : {"repositories", "home", "temp"}) {
    std::filesystem::create_directory(dir_ / folder);
  }
  WriteTestFile(dir_ / "certificate.pem", options_.certificate.certificate);
  WriteTestFile(dir_ / "key.pem", options_.certificate.private_key);
  WriteTestFile(dir_ / "users",
                absl::StrCat(options_.user, ":{PLAIN}", options_.password,
                             "\nreader:{PLAIN}", options_.password, "\n"));
  std::filesystem::create_symlink(kHttpBackend, dir_ / "backend");
  for (int attempt = 0; attempt < 10; ++attempt) {
    const std::vector<int> ports = FreePorts(2);
    port_ = ports[0];
    http2_port_ = ports[1];
    WriteConfig();
    if (TryStart()) return;
  }
  ADD_FAILURE() << "nginx did not start:\n" << Errors();
}

TestNginx::~TestNginx() { Stop(); }

void TestNginx::Serve(const std::string& name, const std::string& folder) {
  const std::filesystem::path link = dir_ / ("repositories/" + name);
  if (std::filesystem::is_symlink(link)) return;
  std::filesystem::create_directories(link.parent_path());
  std::filesystem::create_directory_symlink(folder, link);
}

std::string TestNginx::UrlAt(int port, const std::string& name) const {
  return absl::StrCat("https://127.0.0.1:", port, "/", name);
}

void TestNginx::SetBackend(const std::string& script) {
  const std::string next = dir_ / "next_backend";
  WriteTestFile(next, absl::StrCat("#!/bin/sh\ngit=", kHttpBackend, "\n",
                                   script.empty() ? "exec \"$git\"" : script, "\n"));
  std::filesystem::permissions(next, std::filesystem::perms::owner_all);
  std::filesystem::rename(next, dir_ / "backend");
}

void TestNginx::WriteConfig() {
  const std::string auth =
      options_.auth_url.empty()
          ? absl::StrCat("auth_basic git; auth_basic_user_file ", dir_ / "users", ";")
          : std::string("auth_request /_auth;");
  std::string temp;
  for (const char* kind : {"client_body", "fastcgi", "proxy", "scgi", "uwsgi"}) {
    absl::StrAppend(&temp, "  ", kind, "_temp_path ", dir_ / "temp/", kind, ";\n");
  }
  WriteTestFile(
      dir_ / "nginx.conf",
      absl::StrCat(
          "daemon off;\nmaster_process off;\npid ", dir_ / "pid", ";\nerror_log ",
          dir_ / "errors",
          ";\n"
          "events { worker_connections 256; }\n"
          "http {\n"
          "  map $remote_user $writer { default $remote_user; reader \"\"; }\n"
          "  log_format line '$connection $server_protocol $request_method "
          "$request_uri $status $http_transfer_encoding';\n"
          "  access_log ",
          dir_ / "log", " line;\n", temp, "  server {\n    listen 127.0.0.1:", port_,
          " ssl;\n    listen 127.0.0.1:", http2_port_,
          " ssl http2;\n    ssl_certificate ", dir_ / "certificate.pem",
          ";\n    ssl_certificate_key ", dir_ / "key.pem",
          ";\n    client_max_body_size ", options_.max_body_bytes, ";\n    ", auth,
          "\n    location / {\n"
          "      fastcgi_request_buffering ",
          options_.buffer_requests ? "on" : "off",
          ";\n"
          "      fastcgi_pass unix:",
          dir_ / "fcgi",
          ";\n"
          "      fastcgi_param SCRIPT_FILENAME ",
          dir_ / "backend",
          ";\n"
          "      fastcgi_param GIT_HTTP_EXPORT_ALL 1;\n"
          "      fastcgi_param GIT_PROJECT_ROOT ",
          dir_ / "repositories",
          ";\n"
          "      fastcgi_param GIT_CONFIG_NOSYSTEM 1;\n"
          "      fastcgi_param HOME ",
          dir_ / "home",
          ";\n"
          "      fastcgi_param PATH_INFO $uri;\n"
          "      fastcgi_param QUERY_STRING $query_string;\n"
          "      fastcgi_param REQUEST_METHOD $request_method;\n"
          "      fastcgi_param CONTENT_TYPE $content_type;\n"
          "      fastcgi_param CONTENT_LENGTH $content_length;\n"
          "      fastcgi_param REMOTE_USER $writer;\n"
          "      fastcgi_param REMOTE_ADDR $remote_addr;\n"
          "    }\n",
          options_.auth_url.empty()
              ? ""
              : absl::StrCat("    location = /_auth {\n      internal;\n"
                             "      proxy_pass ",
                             options_.auth_url,
                             ";\n      proxy_pass_request_body off;\n"
                             "      proxy_set_header Content-Length \"\";\n"
                             "      proxy_set_header X-Original-URI $request_uri;\n"
                             "    }\n"),
          "  }\n  server {\n    listen unix:", dir_ / "sync",
          ";\n    access_log off;\n    return 204;\n  }\n}\n"));
}

bool TestNginx::TryStart() {
  for (const char* socket : {"fcgi", "sync"}) std::filesystem::remove(dir_ / socket);
  fcgiwrap_ = StartGroup({"/usr/sbin/fcgiwrap", "-c", "8", "-f", "-s",
                          absl::StrCat("unix:", dir_ / "fcgi")},
                         dir_ / "fcgiwrap.log");
  nginx_ = StartGroup({"/usr/sbin/nginx", "-p", dir_.path(), "-e", dir_ / "errors",
                       "-c", dir_ / "nginx.conf"},
                      dir_ / "nginx.log");
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  while (absl::Now() < give_up && waitpid(nginx_, nullptr, WNOHANG) == 0) {
    if (IsListening(http2_port_) && std::filesystem::exists(dir_ / "fcgi")) {
      return true;
    }
    absl::SleepFor(absl::Milliseconds(3));
  }
  Stop();
  return false;
}

std::string TestNginx::Log() const {
  // Log lines are written after the answers were sent, one request after the other.
  AskUnixSocket(dir_ / "sync");
  return ContentOf(dir_ / "log");
}

int TestNginx::Connections() const {
  std::set<std::string> numbers;
  const std::string log = Log();
  for (const absl::string_view line : absl::StrSplit(log, '\n', absl::SkipEmpty())) {
    numbers.emplace(line.substr(0, line.find(' ')));
  }
  return static_cast<int>(numbers.size());
}

std::string TestNginx::Errors() const {
  return absl::StrCat(ContentOf(dir_ / "nginx.log"), ContentOf(dir_ / "errors"),
                      ContentOf(dir_ / "fcgiwrap.log"));
}

void TestNginx::Stop() {
  EndGroup(nginx_);
  EndGroup(fcgiwrap_);
}

void TestNginx::Start() {
  if (nginx_ >= 0) return;
  EXPECT_TRUE(TryStart()) << Errors();
}

void TestNginx::Halt() { kill(nginx_, SIGSTOP); }
void TestNginx::Continue() { kill(nginx_, SIGCONT); }

}  // namespace gitsync
