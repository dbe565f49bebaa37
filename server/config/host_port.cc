#include "server/config/host_port.h"

#include <arpa/inet.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace gitsync {
namespace {

bool IsLoopbackV4(const in_addr& address) {
  return (ntohl(address.s_addr) >> 24) == 127;
}

}  // namespace

bool SplitHostPort(absl::string_view text, std::string* host, int* port) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) return false;
  absl::string_view name = text.substr(0, colon);
  const bool bracketed = name.front() == '[' && name.back() == ']';
  if (bracketed) name = name.substr(1, name.size() - 2);
  if (name.empty() || (!bracketed && absl::StrContains(name, ":"))) return false;
  for (const char c : name) {
    if (!absl::ascii_isgraph(c) || c == '/' || c == '[' || c == ']') return false;
  }
  const absl::string_view digits = text.substr(colon + 1);
  for (const char c : digits) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  if (!absl::SimpleAtoi(digits, port) || *port > 65535) return false;
  *host = std::string(name);
  return true;
}

bool IsLoopbackHost(const std::string& host) {
  if (absl::EqualsIgnoreCase(host, "localhost")) return true;
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return IsLoopbackV4(v4);
  in6_addr v6;
  if (inet_pton(AF_INET6, host.c_str(), &v6) != 1) return false;
  if (!IN6_IS_ADDR_V4MAPPED(&v6)) return IN6_IS_ADDR_LOOPBACK(&v6);
  v4.s_addr = v6.s6_addr32[3];
  return IsLoopbackV4(v4);
}

}  // namespace gitsync
