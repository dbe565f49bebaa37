// Rules for fields that several requests share, and a collector that reports every
// wrong field at once. Needs no store; does not block.

#ifndef GITSYNC_SERVER_RESOURCE_VALIDATION_H_
#define GITSYNC_SERVER_RESOURCE_VALIDATION_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// The UUID as it is stored: in lower case. Any other text is also returned in lower
// case and names nothing.
std::string NormalizeUuid(absl::string_view id);

// A display name as it is stored: without ASCII white space at its ends.
std::string TidyName(absl::string_view name);

// A path prefix as it is stored: without "/" at either end or two in a row.
std::string TidyPathPrefix(absl::string_view prefix);

// Collects what is wrong with a request's fields, named as in the proto:
//
//   return Violations()
//       .RequireUuid("app_id", input.app_id)
//       .RequireName("name", input.name)
//       .ToStatus();
class Violations {
 public:
  // Records that `field` is wrong, and how: "must be ...".
  Violations& Add(absl::string_view field, absl::string_view description);
  // The same with an error's message. If the error is typed (a definition, a git URL),
  // its code and reason count too. Nothing is wrong if `status` is OK.
  Violations& Add(absl::string_view field, const absl::Status& status);

  // A UUID, of either case.
  Violations& RequireUuid(absl::string_view field, absl::string_view value);
  // A UUID or nothing.
  Violations& OptionalUuid(absl::string_view field, absl::string_view value);
  // A display name: 1 to 100 characters of UTF-8 after TidyName, no control
  // characters or line separators.
  Violations& RequireName(absl::string_view field, absl::string_view value);
  // All environment names of an organization: 1 to 10, no two equal.
  Violations& RequireEnvironments(absl::string_view field,
                                  const std::vector<std::string>& values);
  // One environment name: 1 to 50 lower-case letters, digits, "-" or "_".
  Violations& RequireEnvironment(absl::string_view field, absl::string_view value);
  // A branch's short name by the rules of git check-ref-format: up to 250 bytes, not
  // "HEAD", "@", "refs/..." or a name that starts with "-".
  Violations& RequireBranch(absl::string_view field, absl::string_view value);
  // The name of a branch or tag, also a full one ("refs/tags/v1"), or a commit id.
  Violations& RequireRef(absl::string_view field, absl::string_view value);
  // A folder of a repository, or nothing. After TidyPathPrefix: up to 250 bytes of
  // UTF-8, no "..", ".", ".git" in any spelling, backslash, or control character. No
  // Windows device names or characters that Windows refuses, and no name that starts
  // with "-" or ends with "." or a space.
  Violations& CheckPathPrefix(absl::string_view field, absl::string_view value);
  // A person's name for git: 1 to 100 characters, no "<", ">" or control character.
  Violations& RequireGitName(absl::string_view field, absl::string_view value);
  // An e-mail address for git: 3 to 254 characters, an "@" inside, no "<", ">", white
  // space or control character.
  Violations& RequireGitEmail(absl::string_view field, absl::string_view value);
  // A commit message: up to 64 KiB of UTF-8, not just white space, no control
  // characters except line ends and tabs.
  Violations& RequireCommitMessage(absl::string_view field, absl::string_view value);
  // One line of 1 to `max_bytes` visible ASCII characters, such as an id or token.
  Violations& RequireVisibleAscii(absl::string_view field, absl::string_view value,
                                  size_t max_bytes);
  // A user name for HTTP's Basic authentication: 1 to 255 visible ASCII characters, no
  // ":".
  Violations& RequireUsername(absl::string_view field, absl::string_view value);
  // A request id, 1 to 128 visible ASCII characters, or nothing.
  Violations& CheckRequestId(absl::string_view field, absl::string_view value);

  bool empty() const { return faults_.empty(); }

  // OK if nothing is wrong. If only one field is wrong, with a reason of its own: that
  // error. Otherwise INVALID_ARGUMENT (INVALID_REQUEST) that lists all.
  absl::Status ToStatus() const;

 private:
  struct Fault {
    std::string field;
    std::string description;
    absl::Status typed;  // OK: none
  };
  std::vector<Fault> faults_;
};

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RESOURCE_VALIDATION_H_
