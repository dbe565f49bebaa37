// The form of an app in a repository: the files of its folder.
//
//   app.json          git_app_id, name, slug, version, format
//   definition/...    the definition, split so that a person can review a diff
//
// See deploy/docs/adr/ for the format and why it is so.

#ifndef GITSYNC_SERVER_FORMAT_APP_FILES_H_
#define GITSYNC_SERVER_FORMAT_APP_FILES_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace gitsync {

// Files by their path below the app's folder, with "/" between names. The same app
// gives the same files, byte for byte.
using FileMap = std::map<std::string, std::string>;

inline constexpr absl::string_view kManifestFile = "app.json";
inline constexpr absl::string_view kDefinitionFolder = "definition";

// What app.json says.
struct AppManifest {
  std::string git_app_id;
  std::string name;
  std::string slug;
  std::string version_name;
};

// An app as it is in a repository.
struct AppContent {
  AppManifest manifest;
  // Canonical JSON, or the shortest text of it if that is longer than a definition may
  // be.
  std::string definition;
};

// Writes an app as files. `definition` must pass CheckDefinition.
absl::StatusOr<FileMap> WriteApp(const AppManifest& manifest,
                                 absl::string_view definition);

// Reads app.json. FAILED_PRECONDITION (INVALID_GIT_CONTENT), with the metadata `file`
// and the position in the message, if it is broken.
absl::StatusOr<AppManifest> ReadManifest(absl::string_view app_json);

// Merges an app.json that both sides changed since `base`, member by member; nothing if
// both changed the same member, or one of the texts is none.
std::optional<std::string> MergeManifests(absl::string_view base,
                                          absl::string_view ours,
                                          absl::string_view theirs);

// Reads an app back: the inverse of WriteApp. Files outside of app.json and
// definition/, and stray ones in there (stray_file.h), are other people's and ignored.
// FAILED_PRECONDITION (INVALID_GIT_CONTENT), with the metadata `file` and the position
// in the message, if the files are no app.
absl::StatusOr<AppContent> ReadApp(const FileMap& files);

// The form of a new app's name in paths: 1 to 60 of a-z, 0-9 and single "-" between
// them. Other scripts are transliterated; "app-" and a hash if nothing of the name
// remains.
std::string Slugify(absl::string_view name);

// Whether a slug may be so: any that Slugify makes, by whatever release.
bool IsSlug(absl::string_view text);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_FORMAT_APP_FILES_H_
