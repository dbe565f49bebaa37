#include "server/gateway/transcoding/route_matcher.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"

namespace gitsync::gateway {
namespace {

absl::Status BadPath(absl::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidRequest,
               absl::StrCat("The path of the URL can't be read: ", why, "."));
}

// A segment of a request's path, both as sent and decoded.
struct PathSegment {
  absl::string_view raw;
  std::string text;
};

// Whether a part between slashes, which may have been encoded, is "." or "..".
bool HasDotSegment(absl::string_view decoded) {
  for (const absl::string_view part : absl::StrSplit(decoded, '/')) {
    if (part == "." || part == "..") return true;
  }
  return false;
}

absl::StatusOr<std::vector<PathSegment>> SplitPath(absl::string_view path) {
  if (path.empty() || path.front() != '/')
    return BadPath("it does not start with \"/\"");
  std::vector<PathSegment> segments;
  for (const absl::string_view raw : absl::StrSplit(path.substr(1), '/')) {
    absl::StatusOr<std::string> text = PercentDecode(raw, UrlPart::kSegment);
    if (!text.ok()) return BadPath(text.status().message());
    if (HasDotSegment(*text)) return BadPath("it has a segment \".\" or \"..\"");
    segments.push_back({raw, *std::move(text)});
  }
  return segments;
}

// The last position of `part` in `text`, ignoring the case of letters.
size_t LastIgnoringCase(absl::string_view text, absl::string_view part) {
  for (size_t at = text.size(); at-- > 0;) {
    if (absl::StartsWithIgnoreCase(text.substr(at), part)) return at;
  }
  return absl::string_view::npos;
}

bool HasParameter(const QueryParameters& query, const HttpBinding& binding) {
  return std::any_of(query.begin(), query.end(), [&](const QueryParameter& parameter) {
    return parameter.name == binding.required_query_name &&
           parameter.value == binding.required_query_value;
  });
}

bool SameRequests(const HttpBinding& a, const HttpBinding& b) {
  return a.http_method == b.http_method &&
         a.required_query_name == b.required_query_name &&
         a.required_query_value == b.required_query_value;
}

}  // namespace

struct RouteMatcher::Node {
  // Routes that end here, by verb; those with a required parameter come first.
  absl::flat_hash_map<std::string, std::vector<const Route*>> ends;
  absl::flat_hash_map<std::string, std::unique_ptr<Node>> literals;
  std::unique_ptr<Node> any;
  std::unique_ptr<Node> any_count;
};

// One match. Walks the trie depth first, the most specific branch first, until it finds
// a route, and records the methods of the routes that it passes.
class RouteMatcher::Search {
 public:
  Search(absl::string_view method, const QueryParameters& query,
         std::vector<PathSegment> segments)
      : method_(method), query_(query), segments_(std::move(segments)) {}

  RouteMatch Run(const Node& root) {
    if (!RunWithVerb(root, ":")) {
      Visit(root, 0);
      // An encoded ":" is primarily part of the segment. Clients that encode everything
      // may mean the verb by it.
      if (match_.outcome != RouteMatch::Outcome::kFound) RunWithVerb(root, "%3A");
    }
    std::sort(match_.allow.begin(), match_.allow.end());
    match_.allow.erase(std::unique(match_.allow.begin(), match_.allow.end()),
                       match_.allow.end());
    return std::move(match_);
  }

 private:
  // Interprets the text after the last `colon` as a verb. Returns false if no route has
  // that path: then the colon belongs to the segment.
  bool RunWithVerb(const Node& root, absl::string_view colon) {
    PathSegment& last = segments_.back();
    const size_t at = LastIgnoringCase(last.raw, colon);
    if (at == absl::string_view::npos) return false;
    const PathSegment whole = last;
    // The parts can be decoded because the whole could be.
    verb_ = PercentDecode(last.raw.substr(at + colon.size()), UrlPart::kSegment)
                .value_or("");
    last.raw = last.raw.substr(0, at);
    last.text = PercentDecode(last.raw, UrlPart::kSegment).value_or("");
    if (!verb_.empty() && !last.raw.empty()) Visit(root, 0);
    if (match_.outcome != RouteMatch::Outcome::kNoPath) return true;
    last = whole;
    verb_.clear();
    return false;
  }

  // Whether a route was found from `node` on, which the first `depth` segments lead to.
  bool Visit(const Node& node, size_t depth) {
    if (depth == segments_.size()) {
      if (Take(node)) return true;
    } else {
      const PathSegment& segment = segments_[depth];
      const auto literal = node.literals.find(segment.text);
      if (literal != node.literals.end() && Visit(*literal->second, depth + 1)) {
        return true;
      }
      if (node.any != nullptr && !segment.raw.empty() && Visit(*node.any, depth + 1)) {
        return true;
      }
    }
    return node.any_count != nullptr && Take(*node.any_count);
  }

  bool Take(const Node& node) {
    const auto ends = node.ends.find(verb_);
    if (ends == node.ends.end()) return false;
    return TakeMethod(ends->second, method_) ||
           (method_ == "HEAD" && TakeMethod(ends->second, "GET"));
  }

  bool TakeMethod(const std::vector<const Route*>& routes, absl::string_view method) {
    for (const Route* route : routes) {
      const HttpBinding& binding = *route->binding;
      match_.allow.push_back(binding.http_method);
      if (binding.http_method == "GET") match_.allow.push_back("HEAD");
      if (binding.http_method != method) {
        if (match_.outcome == RouteMatch::Outcome::kNoPath) {
          match_.outcome = RouteMatch::Outcome::kNoMethod;
        }
        continue;
      }
      if (!binding.required_query_name.empty() && !HasParameter(query_, binding)) {
        match_.outcome = RouteMatch::Outcome::kMissingQuery;
        match_.route = route;
        continue;
      }
      match_.outcome = RouteMatch::Outcome::kFound;
      match_.route = route;
      for (const PathTemplate::Variable& variable : route->path.variables()) {
        match_.variables.push_back(ValueOf(*route, variable));
      }
      return true;
    }
    return false;
  }

  std::string ValueOf(const Route& route,
                      const PathTemplate::Variable& variable) const {
    if (!variable.multi_segment) return segments_[variable.begin].text;
    const auto& pattern = route.path.segments();
    const bool open = variable.end == pattern.size() && !pattern.empty() &&
                      pattern.back().kind == PathTemplate::Kind::kAnyCount;
    const size_t end = open ? segments_.size() : variable.end;
    std::vector<absl::string_view> raw;
    for (size_t i = variable.begin; i < end; ++i) raw.push_back(segments_[i].raw);
    return PercentDecode(absl::StrJoin(raw, "/"), UrlPart::kSegments).value_or("");
  }

  const absl::string_view method_;
  const QueryParameters& query_;
  std::vector<PathSegment> segments_;
  std::string verb_;
  RouteMatch match_;
};

RouteMatcher::RouteMatcher() : root_(std::make_unique<Node>()) {}
RouteMatcher::RouteMatcher(RouteMatcher&&) noexcept = default;
RouteMatcher& RouteMatcher::operator=(RouteMatcher&&) noexcept = default;
RouteMatcher::~RouteMatcher() = default;

absl::StatusOr<RouteMatcher> RouteMatcher::Create(
    const std::vector<const MethodTable*>& tables) {
  RouteMatcher matcher;
  for (const MethodTable* table : tables) {
    for (const Method& method : *table) {
      for (const HttpBinding& binding : method.bindings) {
        const absl::Status added = matcher.Add(method, binding);
        if (!added.ok()) {
          return absl::InvalidArgumentError(
              absl::StrCat(method.full_name, ": ", added.message()));
        }
      }
    }
  }
  return matcher;
}

absl::Status RouteMatcher::Add(const Method& method, const HttpBinding& binding) {
  ASSIGN_OR_RETURN(PathTemplate path, PathTemplate::Parse(binding.path_template));
  std::vector<FieldPath> variables;
  for (const PathTemplate::Variable& variable : path.variables()) {
    ASSIGN_OR_RETURN(FieldPath fields,
                     ResolveFieldPath(*method.request().GetDescriptor(),
                                      absl::StrJoin(variable.field_path, ".")));
    if (fields.back()->is_repeated()) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", fields.back()->name(), "\" is repeated"));
    }
    variables.push_back(std::move(fields));
  }

  Node* node = root_.get();
  for (const PathTemplate::Segment& segment : path.segments()) {
    std::unique_ptr<Node>& next =
        segment.kind == PathTemplate::Kind::kLiteral ? node->literals[segment.literal]
        : segment.kind == PathTemplate::Kind::kAny   ? node->any
                                                     : node->any_count;
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  std::vector<const Route*>& ends = node->ends[path.verb()];
  for (const Route* other : ends) {
    if (SameRequests(*other->binding, binding)) {
      return absl::InvalidArgumentError(
          absl::StrCat(binding.http_method, " ", binding.path_template,
                       " is also the route of ", other->method->full_name));
    }
  }
  routes_.push_back(std::make_unique<Route>(
      Route{&method, &binding, std::move(path), std::move(variables)}));
  const bool narrow = !binding.required_query_name.empty();
  ends.insert(narrow ? ends.begin() : ends.end(), routes_.back().get());
  return absl::OkStatus();
}

absl::StatusOr<RouteMatch> RouteMatcher::Match(absl::string_view method,
                                               absl::string_view path,
                                               const QueryParameters& query) const {
  ASSIGN_OR_RETURN(std::vector<PathSegment> segments, SplitPath(path));
  return Search(method, query, std::move(segments)).Run(*root_);
}

}  // namespace gitsync::gateway
