// The format of an app in a repository: the files of its folder.
//
//   app.json          git_app_id, name, slug, version, format
//   definition/...    the definition, split so that a person can review a diff
//
// See deploy/docs/adr/ for the format and the reasons for it.

#ifndef GITSYNC_SERVER_FORMAT_APP_FILES_H_
#define GITSYNC_SERVER_FORMAT_APP_FILES_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// Files by their path below the app's folder, with "/" between names. The same app
// always gives the same files, byte for byte.
using FileMap = std::map<std::string, std::string>;

inline constexpr absl::string_view kManifestFile = "app.json";
inline constexpr absl::string_view kDefinitionFolder = "definition";

// The content of app.json.
struct AppManifest {
  std::string git_app_id;
  std::string name;
  std::string slug;
  std::string version_name;
};

// An app as it is in a repository.
struct AppContent {
  AppManifest manifest;
  // Canonical JSON. If that is longer than a definition may be, the shortest text of
  // it.
  std::string definition;
};

// Writes an app as files. `definition` must pass CheckDefinition.
absl::StatusOr<FileMap> WriteApp(const AppManifest& manifest,
                                 absl::string_view definition);

// Reads app.json. FAILED_PRECONDITION (INVALID_GIT_CONTENT), with the metadata `file`
// and the position in the message, if it is broken.
absl::StatusOr<AppManifest> ReadManifest(absl::string_view app_json);

// Merges an app.json that both sides changed since `base`, member by member. Returns
// nullopt if both changed the same member, or one of the texts is not a valid app.json.
std::optional<std::string> MergeManifests(absl::string_view base,
                                          absl::string_view ours,
                                          absl::string_view theirs);

// Reads an app back: the inverse of WriteApp. Files outside app.json and definition/,
// and stray files inside (stray_file.h), belong to others and are ignored.
// FAILED_PRECONDITION (INVALID_GIT_CONTENT), with the metadata `file` and the position
// in the message, if the files are not a valid app.
absl::StatusOr<AppContent> ReadApp(const FileMap& files);

// Converts a new app's name to the form used in paths: 1 to 60 of a-z, 0-9 and single
// "-" between them. Other scripts are transliterated. If nothing of the name remains,
// the result is "app-" and a hash.
std::string Slugify(absl::string_view name);

// Whether `text` is a valid slug: any that Slugify of any release makes.
bool IsSlug(absl::string_view text);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_FORMAT_APP_FILES_H_
