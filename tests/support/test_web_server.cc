#include "tests/support/test_web_server.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/support/process_group.h"
#include "tests/support/test_remote.h"

namespace gitsync {
namespace {

constexpr char kBackend[] = "/usr/lib/git-core/git-http-backend";

// A line of an htpasswd file.
std::string HashedLogin(const std::string& user, const std::string& password) {
  unsigned char hash[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(password.data()), password.size(), hash);
  return absl::StrCat(user, ":{SHA}",
                      absl::Base64Escape(absl::string_view(
                          reinterpret_cast<const char*>(hash), sizeof(hash))),
                      "\n");
}

// Apache refuses to serve as root, so its CGI programs run as another user.
std::string ApacheConfig(const std::string& dir, int port) {
  std::string config =
      absl::StrCat("ServerRoot ", dir, "\nDefaultRuntimeDir ", dir, "\nPidFile ", dir,
                   "/pid\nMutex file:", dir, "\nErrorLog ", dir, "/errors\nScriptSock ",
                   dir, "/cgi\nServerName 127.0.0.1\nListen 127.0.0.1:", port, "\n");
  for (const char* module :
       {"mpm_event", "authn_core", "authn_file", "authz_core", "authz_user",
        "auth_basic", "alias", "env", "cgid", "ssl"}) {
    absl::StrAppend(&config, "LoadModule ", module,
                    "_module /usr/lib/apache2/modules/mod_", module, ".so\n");
  }
  if (geteuid() == 0) absl::StrAppend(&config, "User www-data\nGroup www-data\n");
  absl::StrAppend(&config, "SSLEngine on\nSSLCertificateFile ", dir,
                  "/certificate.pem\nSSLCertificateKeyFile ", dir, "/key.pem\n",
                  "SetEnv GIT_PROJECT_ROOT ", dir, "/repositories\nSetEnv HOME ", dir,
                  "/home\nSetEnv GIT_HTTP_EXPORT_ALL 1\n",
                  "SetEnv GIT_CONFIG_COUNT 1\nSetEnv GIT_CONFIG_KEY_0 safe.directory\n"
                  "SetEnv GIT_CONFIG_VALUE_0 *\nScriptAlias /git/ ",
                  kBackend,
                  "/\n<Location />\n  AuthType Basic\n  AuthName git\n  AuthUserFile ",
                  dir, "/users\n  Require valid-user\n</Location>\n");
  return config;
}

std::string LighttpdConfig(const std::string& dir, int port) {
  return absl::StrCat(
      "server.modules = (\"mod_auth\", \"mod_authn_file\", \"mod_alias\", "
      "\"mod_setenv\", \"mod_cgi\", \"mod_openssl\")\n"
      "server.document-root = \"",
      dir, "/home\"\nserver.bind = \"127.0.0.1\"\nserver.port = ", port,
      "\nserver.errorlog = \"", dir, "/errors\"\nserver.upload-dirs = (\"", dir,
      "/temp\")\nssl.engine = \"enable\"\nssl.pemfile = \"", dir,
      "/both.pem\"\nauth.backend = \"htpasswd\"\n"
      "auth.backend.htpasswd.userfile = \"",
      dir,
      "/users\"\nauth.require = (\"/\" => (\"method\" => \"basic\", \"realm\" => "
      "\"git\", \"require\" => \"valid-user\"))\n"
      "setenv.set-environment = (\"GIT_PROJECT_ROOT\" => \"",
      dir, "/repositories\", \"GIT_HTTP_EXPORT_ALL\" => \"1\", \"HOME\" => \"", dir,
      "/home\")\nalias.url = (\"/git\" => \"", kBackend,
      "\")\n$HTTP[\"url\"] =~ \"^/git\" { cgi.assign = (\"\" => \"\") }\n");
}

void WriteCertificate(const std::string& dir, const TestCertificate& certificate) {
  WriteTestFile(dir + "/certificate.pem", certificate.certificate);
  WriteTestFile(dir + "/key.pem", certificate.private_key);
  WriteTestFile(dir + "/both.pem",
                absl::StrCat(certificate.certificate, certificate.private_key));
}

// Starts a server and waits until it listens; false if the server ends before that.
bool StartServer(const std::vector<std::string>& arguments, const std::string& log,
                 int port, pid_t* pid) {
  *pid = StartGroup(arguments, log);
  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  while (absl::Now() < give_up && waitpid(*pid, nullptr, WNOHANG) == 0) {
    if (IsListening(port)) return true;
    absl::SleepFor(absl::Milliseconds(5));
  }
  EndGroup(*pid);
  return false;
}

std::string TextOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

TestWebServer::TestWebServer(Kind kind, const TestCertificate& certificate)
    : kind_(kind) {
  namespace fs = std::filesystem;
  for (const char* folder : {"repositories", "home", "temp"}) {
    fs::create_directory(dir_ / folder);
  }
  WriteCertificate(dir_.path(), certificate);
  WriteTestFile(dir_ / "users", HashedLogin("user", "token"));
  // Apache's workers read this file as another user.
  fs::permissions(dir_ / "users", fs::perms(0644));
  fs::permissions(dir_.path(), fs::perms(0755));
  for (int attempt = 0; attempt < 10; ++attempt) {
    port_ = FreePorts(1).front();
    const bool apache = kind_ == Kind::kApache;
    WriteTestFile(dir_ / "config", apache ? ApacheConfig(dir_.path(), port_)
                                          : LighttpdConfig(dir_.path(), port_));
    const std::vector<std::string> arguments =
        apache ? std::vector<std::string>{"/usr/sbin/apache2", "-d",
                                          dir_.path(),         "-f",
                                          dir_ / "config",     "-DFOREGROUND"}
               : std::vector<std::string>{"/usr/sbin/lighttpd", "-D", "-f",
                                          dir_ / "config"};
    if (StartServer(arguments, dir_ / "output", port_, &pid_)) return;
  }
  ADD_FAILURE() << "the web server did not start:\n" << Errors();
}

TestWebServer::~TestWebServer() { EndGroup(pid_); }

void TestWebServer::Serve(const std::string& name, const std::string& folder) {
  namespace fs = std::filesystem;
  const fs::path link = dir_ / ("repositories/" + name);
  fs::create_directories(link.parent_path());
  fs::create_directory_symlink(folder, link);
  RunCommand({"git", "-C", folder, "config", "http.receivepack", "true"});
  if (kind_ != Kind::kApache || geteuid() != 0) return;
  // For the user that Apache runs as.
  RunCommand({"git", "-C", folder, "config", "core.sharedRepository", "world"});
  RunCommand({"chmod", "-R", "a+rwX", folder});
  fs::permissions(fs::path(folder).parent_path(), fs::perms(0755));
}

std::string TestWebServer::Url(const std::string& name) const {
  return absl::StrCat("https://127.0.0.1:", port_, "/git/", name);
}

std::string TestWebServer::Errors() const {
  return absl::StrCat(TextOf(dir_ / "output"), TextOf(dir_ / "errors"));
}

TestHaproxy::TestHaproxy(int backend_port, const TestCertificate& certificate) {
  WriteCertificate(dir_.path(), certificate);
  for (int attempt = 0; attempt < 10; ++attempt) {
    port_ = FreePorts(1).front();
    WriteTestFile(dir_ / "config",
                  absl::StrCat("defaults\n  mode http\n  timeout connect 60s\n"
                               "  timeout client 60s\n  timeout server 60s\n"
                               "frontend git\n  bind 127.0.0.1:",
                               port_, " ssl crt ", dir_ / "both.pem",
                               " alpn h2,http/1.1\n  default_backend git\n"
                               "backend git\n  server git 127.0.0.1:",
                               backend_port, " ssl verify none\n"));
    if (StartServer({"/usr/sbin/haproxy", "-db", "-f", dir_ / "config"},
                    dir_ / "output", port_, &pid_)) {
      return;
    }
  }
  ADD_FAILURE() << "haproxy did not start:\n" << TextOf(dir_ / "output");
}

TestHaproxy::~TestHaproxy() { EndGroup(pid_); }

}  // namespace gitsync
