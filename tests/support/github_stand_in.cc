#include "tests/support/github_stand_in.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/support/raw_http.h"
#include "tests/support/test_remote.h"

namespace gitsync {
namespace {

// `text` as a JSON string; `text` must be ASCII.
std::string Quoted(absl::string_view text) {
  return absl::StrCat(
      "\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}}),
      "\"");
}

// Returns the first line that a program writes.
std::string FirstLine(int fd) {
  std::string line;
  char c = 0;
  while (read(fd, &c, 1) == 1 && c != '\n') line.push_back(c);
  return line;
}

}  // namespace

GitHubStandIn::GitHubStandIn(const TestCertificate& certificate) {
  WriteTestFile(dir_ / "cert.pem", certificate.certificate);
  WriteTestFile(dir_ / "key.pem", certificate.private_key);
  int in[2] = {-1, -1};
  int out[2] = {-1, -1};
  EXPECT_EQ(pipe2(in, O_CLOEXEC), 0);
  EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in[0], 0);
  posix_spawn_file_actions_adddup2(&files, out[1], 1);
  const std::vector<std::string> arguments = {
      "node", GITSYNC_SOURCE_DIR "/tests/support/github_stand_in/server.js",
      dir_ / "cert.pem", dir_ / "key.pem"};
  const int error =
      posix_spawnp(&pid_, "node", &files, nullptr, Pointers(arguments).data(), environ);
  posix_spawn_file_actions_destroy(&files);
  close(in[0]);
  close(out[1]);
  // The program ends when this end is closed, even by a crash of the test.
  stdin_ = in[1];
  if (error != 0) pid_ = -1;
  const std::string line = FirstLine(out[0]);
  close(out[0]);
  const std::vector<std::string> ports = absl::StrSplit(line, ' ');
  if (ports.size() != 2) {
    ADD_FAILURE() << "the stand-in for GitHub did not start";
    return;
  }
  api_port_ = ports[0];
  control_port_ = ports[1];
}

GitHubStandIn::~GitHubStandIn() {
  close(stdin_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

std::string GitHubStandIn::ApiUrl() const {
  return absl::StrCat("https://127.0.0.1:", api_port_);
}

std::string GitHubStandIn::AuthUrl() const {
  return absl::StrCat("http://127.0.0.1:", control_port_, "/_auth");
}

std::string GitHubStandIn::Tell(const std::string& command) const {
  if (control_port_.empty()) return "";
  const std::string body = absl::StrCat("{", command, "}");
  RawHttp connection(control_port_);
  connection.Send(absl::StrCat(
      "POST /control HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: ",
      body.size(), "\r\n\r\n", body));
  const HttpAnswer answer = connection.Read();
  EXPECT_EQ(answer.status, 200) << command << "\n" << answer.body;
  return answer.body;
}

std::string GitHubStandIn::AddApp(const std::string& id) {
  return Tell(absl::StrCat(R"("do":"addApp","slug":"gitsync","id":)", Quoted(id),
                           R"(,"clientId":)", Quoted("Iv1." + id)));
}

std::string GitHubStandIn::AddKey(const std::string& app) {
  return Tell(absl::StrCat(R"("do":"addKey","app":)", Quoted(app)));
}

void GitHubStandIn::RevokeKeys(const std::string& app) {
  Tell(absl::StrCat(R"("do":"revokeKeys","app":)", Quoted(app)));
}

void GitHubStandIn::AddRepository(const std::string& owner, const std::string& name) {
  Tell(absl::StrCat(R"("do":"addRepository","owner":)", Quoted(owner), R"(,"name":)",
                    Quoted(name)));
}

void GitHubStandIn::AddInstallation(const std::string& id, const std::string& app,
                                    const std::string& account) {
  ChangeInstallation(
      id, absl::StrCat(R"("appId":)", Quoted(app), R"(,"account":)", Quoted(account)));
}

void GitHubStandIn::ChangeInstallation(const std::string& id,
                                       const std::string& change) {
  Tell(absl::StrCat(R"("do":"setInstallation","id":)", Quoted(id), R"(,"change":{)",
                    change, "}"));
}

void GitHubStandIn::SetClock(absl::Duration ahead) {
  Tell(absl::StrCat(R"("do":"setClock","offsetSeconds":)",
                    absl::ToDoubleSeconds(ahead)));
}

void GitHubStandIn::SetTokenLifetime(absl::Duration lifetime) {
  Tell(absl::StrCat(R"("do":"setTokens","lifetimeSeconds":)",
                    absl::ToDoubleSeconds(lifetime)));
}

void GitHubStandIn::SetExpiresAt(const std::string& time) {
  Tell(absl::StrCat(R"("do":"setTokens","expiresAt":)",
                    time.empty() ? "null" : Quoted(time)));
}

void GitHubStandIn::RevokeTokens() { Tell(R"("do":"revokeTokens")"); }

void GitHubStandIn::RevokeTokensAfter(int git_requests) {
  Tell(absl::StrCat(R"("do":"revokeTokensAfter","count":)", git_requests));
}

std::vector<std::string> GitHubStandIn::Tokens() const {
  return absl::StrSplit(Tell(R"("do":"tokens")"), '\n', absl::SkipEmpty());
}

void GitHubStandIn::Fail(const GitHubFault& fault) {
  std::vector<std::string> headers;
  for (const std::string& header : fault.headers) {
    const std::vector<std::string> parts = absl::StrSplit(header, ": ");
    headers.push_back(absl::StrCat(Quoted(parts[0]), ":", Quoted(parts[1])));
  }
  Tell(absl::StrCat(
      R"("do":"fail","status":)", fault.status, R"(,"times":)", fault.times,
      R"(,"delayMs":)", absl::ToInt64Milliseconds(fault.delay), R"(,"body":)",
      Quoted(fault.body), R"(,"headers":{)", absl::StrJoin(headers, ","), "}"));
}

void GitHubStandIn::StopFailing() { Tell(R"("do":"stopFailing")"); }

int GitHubStandIn::Count(const std::string& method, const std::string& path) const {
  const std::string answer = Tell(absl::StrCat(
      R"("do":"count","method":)", Quoted(method), R"(,"path":)", Quoted(path)));
  int count = -1;
  EXPECT_TRUE(absl::SimpleAtoi(answer, &count)) << answer;
  return count;
}

std::string GitHubStandIn::Seen() const { return Tell(R"("do":"seen")"); }

}  // namespace gitsync
