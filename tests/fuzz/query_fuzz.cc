// A query for a message that has a field of every type.

#include <memory>

#include "library_service.gateway.h"
#include "server/gateway/transcoding/request_binder.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using gitsync::gateway::BindRequest;
using gitsync::gateway::DefaultInstance;
using gitsync::gateway::HttpBinding;
using gitsync::gateway::Method;
using gitsync::gateway::MethodTable;
using gitsync::gateway::ParseQuery;
using gitsync::gateway::RouteMatch;
using gitsync::gateway::RouteMatcher;
using gitsync::testing::v1::EveryType;

MethodTable Table() {
  HttpBinding binding = {};
  binding.http_method = "GET";
  binding.path_template = "/get";
  Method method;
  method.full_name = "/test.Service/Get";
  method.request = &DefaultInstance<EveryType>;
  method.response = &DefaultInstance<EveryType>;
  method.bindings = {binding};
  return {method};
}

const RouteMatcher& Matcher() {
  static const auto* const kTable = new MethodTable(Table());
  static const auto* const kMatcher = new auto(RouteMatcher::Create({kTable}));
  FUZZ_CHECK(kMatcher->ok());
  return **kMatcher;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto query =
      ParseQuery(absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!query.ok()) return 0;
  const auto match = Matcher().Match("GET", "/get", *query);
  FUZZ_CHECK(match.ok() && match->outcome == RouteMatch::Outcome::kFound);
  EveryType request;
  if (!BindRequest(*match, *query, "", &request).ok()) return 0;
  EveryType received;
  FUZZ_CHECK(received.ParseFromString(request.SerializeAsString()));
  return 0;
}
