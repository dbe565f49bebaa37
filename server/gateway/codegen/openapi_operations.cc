#include "server/gateway/codegen/openapi_operations.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace gitsync::gateway::codegen {
namespace {

bool IsOpenApiMethod(const std::string& http_method) {
  static constexpr absl::string_view kKnown[] = {"GET",  "PUT",   "POST",  "DELETE",
                                                 "HEAD", "PATCH", "TRACE", "OPTIONS"};
  return std::count(std::begin(kKnown), std::end(kKnown), http_method) > 0;
}

void AddOperation(Operation operation, std::vector<PathItem>* items) {
  std::string shape = operation.path.shape;
  std::string text = operation.path.text;
  for (int n = 2;; ++n) {
    const auto item =
        std::find_if(items->begin(), items->end(),
                     [&](const PathItem& other) { return other.shape == shape; });
    if (item == items->end()) break;
    const bool taken = std::any_of(
        item->operations.begin(), item->operations.end(), [&](const Operation& other) {
          return other.binding->http_method == operation.binding->http_method;
        });
    if (!taken) {
      // All operations of one path use the same parameter names.
      const auto& names = item->operations.front().path.parameters;
      for (size_t i = 0; i < names.size(); ++i) {
        operation.path.parameters[i].name = names[i].name;
      }
      item->operations.push_back(std::move(operation));
      return;
    }
    const auto& query = operation.method->rest.required_query();
    const std::string fragment =
        n > 2 || query.name().empty()
            ? absl::StrCat("#", n)
            : absl::StrCat("#", query.name(), "=", query.value());
    shape = operation.path.shape + fragment;
    text = operation.path.text + fragment;
  }
  items->push_back({text, shape, {}});
  items->back().operations.push_back(std::move(operation));
}

}  // namespace

std::vector<PathItem> CollectPaths(const Api& api) {
  std::vector<PathItem> items;
  for (const ApiMethod& method : api.methods) {
    for (size_t i = 0; i < method.bindings.size(); ++i) {
      const Binding& binding = method.bindings[i];
      if (!IsOpenApiMethod(binding.http_method)) continue;
      std::string id =
          absl::StrCat(method.method->service()->name(), "_", method.method->name());
      if (i > 0) absl::StrAppend(&id, "_", i + 1);
      AddOperation({&method, &binding, PathOf(method, binding), std::move(id)}, &items);
    }
  }
  return items;
}

}  // namespace gitsync::gateway::codegen
