// A request's method and target against a table of routes of every form:
//
//   METHOD
//   PATH?QUERY
//   body

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/utf8.h"
#include "server/gateway/transcoding/request_binder.h"
#include "server/gateway/transcoding/route_matcher.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using gitsync::TakeLine;
using gitsync::gateway::AllMethods;
using gitsync::gateway::BindRequest;
using gitsync::gateway::ParseQuery;
using gitsync::gateway::RouteMatch;
using gitsync::gateway::RouteMatcher;

const RouteMatcher& Matcher() {
  static const auto* const kMatcher = new auto(RouteMatcher::Create(AllMethods()));
  FUZZ_CHECK(kMatcher->ok());
  return **kMatcher;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view body(reinterpret_cast<const char*>(data), size);
  const absl::string_view method = TakeLine(&body);
  const absl::string_view target = TakeLine(&body);
  const size_t mark = target.find('?');
  const auto query = ParseQuery(
      mark == absl::string_view::npos ? absl::string_view() : target.substr(mark + 1));
  if (!query.ok()) return 0;
  const auto match = Matcher().Match(method, target.substr(0, mark), *query);
  if (!match.ok() || match->outcome != RouteMatch::Outcome::kFound) return 0;
  FUZZ_CHECK(match->variables.size() == match->route->variables.size());
  for (const std::string& value : match->variables) {
    FUZZ_CHECK(gitsync::IsUtf8(value));
    FUZZ_CHECK(value.find('\0') == std::string::npos);
    FUZZ_CHECK(absl::StrCat("/", value, "/").find("/../") == std::string::npos);
  }
  const std::unique_ptr<google::protobuf::Message> request(
      match->route->method->request().New());
  if (!BindRequest(*match, *query, body, request.get()).ok()) return 0;
  // What the backend gets has to be a message that it can read.
  const std::unique_ptr<google::protobuf::Message> received(request->New());
  FUZZ_CHECK(received->ParseFromString(request->SerializeAsString()));
  return 0;
}
