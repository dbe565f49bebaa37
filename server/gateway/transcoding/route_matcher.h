// Finds the RPC that a request is for.
//
// Routes are a trie over the segments of their paths, made once: the time of a match
// depends on the length of the request's path, not on how many routes there are. In
// each segment a literal comes before "*", and that before "**"; where that leads to no
// route for the method, the next is tried. Immutable, so safe to share between threads.

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

// One HTTP form of an RPC, with its names looked up.
struct Route {
  const Method* method = nullptr;
  const HttpBinding* binding = nullptr;
  PathTemplate path;
  std::vector<FieldPath> variables;  // of path.variables()
};

struct RouteMatch {
  enum class Outcome {
    kFound,
    kNoPath,        // no route has this path
    kNoMethod,      // some have, for other methods: see `allow`
    kMissingQuery,  // one has, with a query parameter that the request lacks
  };
  Outcome outcome = Outcome::kNoPath;
  const Route* route = nullptr;          // kFound, and for what it lacks kMissingQuery
  std::vector<std::string> variables;    // kFound: values of the route's variables
  std::vector<absl::string_view> allow;  // methods of the path, sorted, for "Allow"
};

class RouteMatcher {
 public:
  // Keeps pointers into `tables`. INVALID_ARGUMENT, bare, if a template or the name of
  // a variable is wrong, or two routes can't be told apart: faults of the tables.
  static absl::StatusOr<RouteMatcher> Create(
      const std::vector<const MethodTable*>& tables);

  RouteMatcher(RouteMatcher&&) noexcept;
  RouteMatcher& operator=(RouteMatcher&&) noexcept;
  ~RouteMatcher();

  // Matches a request for `path`, as it was sent, percent-encoding included. "HEAD" is
  // matched as "GET" where no route has it.
  //
  // INVALID_ARGUMENT (INVALID_REQUEST) if the path does not start with "/", or has bad
  // percent-encoding, a NUL, text that is not UTF-8, or a segment "." or "..", which
  // are refused rather than resolved: clients resolve them before they send.
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
