// Finds the RPC for a request.
//
// Routes form a trie over the segments of their paths, built once: the time of a match
// depends on the length of the request's path, not on the number of routes. In each
// segment, a literal takes precedence over "*", and "*" over "**"; if one of them leads
// to no route for the method, the next is tried. Immutable, and therefore safe to share
// between threads.

#ifndef GITSYNC_SERVER_GATEWAY_TRANSCODING_ROUTE_MATCHER_H_
#define GITSYNC_SERVER_GATEWAY_TRANSCODING_ROUTE_MATCHER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/gateway/transcoding/field_text.h"
#include "server/gateway/transcoding/path_template.h"
#include "server/gateway/transcoding/route.h"
#include "server/gateway/transcoding/url_text.h"

namespace gitsync::gateway {

// One HTTP form of an RPC, with its names resolved.
struct Route {
  const Method* method = nullptr;
  const HttpBinding* binding = nullptr;
  PathTemplate path;
  std::vector<FieldPath> variables;  // correspond to path.variables()
};

struct RouteMatch {
  enum class Outcome {
    kFound,
    kNoPath,        // no route has this path
    kNoMethod,      // some routes have it, but for other methods: see `allow`
    kMissingQuery,  // a route has it, with a query parameter that the request lacks
  };
  Outcome outcome = Outcome::kNoPath;
  const Route* route = nullptr;          // kFound, or the one that is kMissingQuery
  std::vector<std::string> variables;    // kFound: values of the route's variables
  std::vector<absl::string_view> allow;  // the path's methods, sorted, for "Allow"
};

class RouteMatcher {
 public:
  // Keeps pointers into `tables`. INVALID_ARGUMENT, bare, if a template or a variable's
  // name is wrong, or two routes can't be told apart: these are faults of the tables.
  static absl::StatusOr<RouteMatcher> Create(
      const std::vector<const MethodTable*>& tables);

  RouteMatcher(RouteMatcher&&) noexcept;
  RouteMatcher& operator=(RouteMatcher&&) noexcept;
  ~RouteMatcher();

  // Matches a request for `path`, which is as sent, including percent-encoding. "HEAD"
  // is matched as "GET" where no route has "HEAD".
  //
  // INVALID_ARGUMENT (INVALID_REQUEST) if the path does not start with "/", or has bad
  // percent-encoding, a NUL, text that is not UTF-8, or a segment "." or "..". Such
  // segments are refused rather than resolved, because clients resolve them before
  // sending.
  absl::StatusOr<RouteMatch> Match(absl::string_view method, absl::string_view path,
                                   const QueryParameters& query) const;

 private:
  struct Node;
  class Search;

  RouteMatcher();
  absl::Status Add(const Method& method, const HttpBinding& binding);

  std::vector<std::unique_ptr<Route>> routes_;
  std::unique_ptr<Node> root_;
};

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_TRANSCODING_ROUTE_MATCHER_H_
