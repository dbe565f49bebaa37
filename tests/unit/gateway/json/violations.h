#ifndef GITSYNC_TESTS_UNIT_GATEWAY_JSON_VIOLATIONS_H_
#define GITSYNC_TESTS_UNIT_GATEWAY_JSON_VIOLATIONS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "google/rpc/error_details.pb.h"

namespace gitsync::gateway {

// The fields that an error names, with what is wrong with each.
inline std::vector<std::pair<std::string, std::string>> ViolationsOf(
    const absl::Status& status) {
  google::rpc::BadRequest bad_request;
  if (const auto payload =
          status.GetPayload("type.googleapis.com/google.rpc.BadRequest")) {
    static_cast<void>(bad_request.ParseFromString(std::string(*payload)));
  }
  std::vector<std::pair<std::string, std::string>> violations;
  for (const auto& violation : bad_request.field_violations()) {
    violations.emplace_back(violation.field(), violation.description());
  }
  return violations;
}

}  // namespace gitsync::gateway

#endif  // GITSYNC_TESTS_UNIT_GATEWAY_JSON_VIOLATIONS_H_
