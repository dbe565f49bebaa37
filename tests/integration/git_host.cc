#include "tests/integration/git_host.h"

#include <filesystem>

#include "absl/strings/strip.h"

namespace gitsync {

GitHost::GitHost(Transport transport, const std::string& host_key_type)
    : transport_(transport) {
  if (transport == Transport::kSsh) {
    sshd_ = std::make_unique<TestSshd>(host_key_type);
    return;
  }
  TestNginxOptions options;
  options.certificate = ca_.Issue();
  options.user = kUser;
  options.password = kToken;
  nginx_ = std::make_unique<TestNginx>(options);
}

std::string GitHost::UrlOf(const std::string& folder) {
  if (sshd_ != nullptr) return sshd_->Url(folder);
  const std::string name(absl::StripPrefix(folder, "/"));
  if (std::filesystem::exists(folder)) nginx_->Serve(name, folder);
  return nginx_->Url(name);
}

int GitHost::port() const { return sshd_ != nullptr ? sshd_->port() : nginx_->port(); }

void GitHost::Stop() {
  if (nginx_ != nullptr) return nginx_->Stop();
  sshd_->Stop();
  sshd_->KillConnections();
}

void GitHost::Start() {
  if (nginx_ != nullptr) return nginx_->Start();
  sshd_->Start();
}

void GitHost::Halt() {
  if (nginx_ != nullptr) return nginx_->Halt();
  sshd_->HaltConnections();
}

void GitHost::Continue() {
  if (nginx_ != nullptr) return nginx_->Continue();
  sshd_->ContinueConnections();
}

}  // namespace gitsync
