#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/gateway/codegen/api.h"

namespace gitsync::gateway::codegen {
namespace {

// How the requests that two bindings match relate. `a_wider`: the first binding alone
// matches some of them; `b_wider`: the second alone does. If no flag is set, both match
// the same requests.
struct Relation {
  bool disjoint = false;
  bool a_wider = false;
  bool b_wider = false;
};

Relation Join(const Relation& x, const Relation& y) {
  return {x.disjoint || y.disjoint, x.a_wider || y.a_wider, x.b_wider || y.b_wider};
}

constexpr Relation kSame{};
constexpr Relation kDisjoint{true, false, false};
constexpr Relation kAWider{false, true, false};
constexpr Relation kBWider{false, false, true};

Relation ComparePaths(const PathTemplate& a, const PathTemplate& b) {
  using Kind = PathTemplate::Kind;
  // A request for "/a/b:c" goes to the route with that verb, if there is one.
  if (a.verb() != b.verb()) return kDisjoint;
  Relation relation;
  for (size_t i = 0;; ++i) {
    const auto* x = i < a.segments().size() ? &a.segments()[i] : nullptr;
    const auto* y = i < b.segments().size() ? &b.segments()[i] : nullptr;
    if (x == nullptr && y == nullptr) return relation;
    const bool x_any_count = x != nullptr && x->kind == Kind::kAnyCount;
    const bool y_any_count = y != nullptr && y->kind == Kind::kAnyCount;
    if (x_any_count || y_any_count) {
      if (x_any_count && y_any_count) return relation;
      return Join(relation, x_any_count ? kAWider : kBWider);
    }
    if (x == nullptr || y == nullptr) return kDisjoint;
    if (x->kind == Kind::kLiteral && y->kind == Kind::kLiteral) {
      if (x->literal != y->literal) return kDisjoint;
    } else if (x->kind != y->kind) {
      relation = Join(relation, x->kind == Kind::kAny ? kAWider : kBWider);
    }
  }
}

Relation CompareQueries(const options::v1::RestOptions& a,
                        const options::v1::RestOptions& b) {
  if (!a.has_required_query() && !b.has_required_query()) return kSame;
  if (!a.has_required_query()) return kAWider;
  if (!b.has_required_query()) return kBWider;
  // A request may have both parameters.
  if (a.required_query().name() != b.required_query().name()) {
    return Join(kAWider, kBWider);
  }
  return a.required_query().value() == b.required_query().value() ? kSame : kDisjoint;
}

void CheckPair(const ApiMethod& a, const Binding& x, const ApiMethod& b,
               const Binding& y, Problems* problems) {
  if (x.http_method != y.http_method) return;
  const Relation relation =
      Join(ComparePaths(x.path, y.path), CompareQueries(a.rest, b.rest));
  if (relation.disjoint || relation.a_wider != relation.b_wider) return;
  problems->Add(
      b.method, kHttpOption,
      absl::StrCat(b.method->full_name(), ": ", y.http_method, " ", y.path.text(),
                   " is ambiguous: ", x.http_method, " ", x.path.text(), " of ",
                   a.method->full_name(), " (", PlaceOf(a.method), ") matches ",
                   relation.a_wider ? "some of the same requests" : "the same requests",
                   "; change a path, or tell them apart with required_query"));
}

}  // namespace

void CheckRoutes(const Api& api, Problems* problems) {
  struct Route {
    const ApiMethod* method;
    const Binding* binding;
  };
  std::vector<Route> routes;
  for (const ApiMethod& method : api.methods) {
    for (const Binding& binding : method.bindings) {
      for (const Route& other : routes) {
        CheckPair(*other.method, *other.binding, method, binding, problems);
      }
      routes.push_back({&method, &binding});
    }
  }
}

}  // namespace gitsync::gateway::codegen
