// Reads an app from its files.

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/format/app_files.h"
#include "server/format/definition.h"
#include "server/format/json_index.h"
#include "server/format/json_text.h"
#include "server/format/stem.h"
#include "server/format/stray_file.h"

namespace gitsync {
namespace {

constexpr absl::string_view kFormat = "1";
constexpr absl::string_view kRootFile = "definition/definition.json";
constexpr absl::string_view kOrderFile = "_order.json";

absl::Status Invalid(absl::string_view file, absl::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, reason::kInvalidGitContent,
               absl::StrCat("The app in the repository is not valid. In ", file, ": ",
                            message, "."))
      .With("file", file);
}

absl::Status CheckFile(absl::string_view file, absl::string_view text, bool object_only,
                       int depth_above) {
  const JsonLimits limits = {.object_only = object_only,
                             .depth_above = depth_above,
                             .max_bytes = kMaxCanonicalBytes,
                             .max_canonical_bytes = kMaxCanonicalBytes};
  if (const auto fault = CheckJson(text, limits, nullptr)) {
    return Invalid(file, Describe(*fault, text));
  }
  return absl::OkStatus();
}

struct Element;

// The files of one split member.
struct Folder {
  const std::string* order = nullptr;       // the text of _order.json, if there is one
  std::map<std::string, Element> elements;  // by stem
};

struct Element {
  const std::string* text = nullptr;
  std::map<std::string, Folder> folders;  // by key
};

// Returns two names that differ only in letter case; empty if there are none.
template <typename T>
std::pair<std::string, std::string> TwinsIn(const std::map<std::string, T>& names) {
  std::map<std::string, std::string> seen;
  for (const auto& [name, value] : names) {
    const auto [first, is_first] = seen.emplace(absl::AsciiStrToLower(name), name);
    if (!is_first) return {first->second, name};
  }
  return {};
}

class DefinitionReader {
 public:
  // Sorts the files below definition/ into the tree that their paths describe.
  absl::Status Add(const std::string& path, const std::string& text) {
    const std::vector<std::string> names = absl::StrSplit(path, '/');
    Element* element = &root_;
    if (path == kRootFile) {
      element->text = &text;
      return absl::OkStatus();
    }
    // definition/<key>/<file>, or definition/<key>/<stem>/<key>/<file>.
    if (names.size() != 3 && names.size() != 5) return Unknown(path);
    for (size_t i = 1; i + 1 < names.size(); i += 2) {
      if (!IsFolderKey(names[i])) return Unknown(path);
      Folder& folder = element->folders[names[i]];
      absl::string_view stem = names[i + 1];
      if (i + 2 == names.size()) {
        if (stem == kOrderFile) {
          folder.order = &text;
          return absl::OkStatus();
        }
        if (!absl::ConsumeSuffix(&stem, ".json")) return Unknown(path);
      }
      if (stem.empty()) return Unknown(path);
      element = &folder.elements[std::string(stem)];
    }
    element->text = &text;
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Read() {
    std::string merged;
    RETURN_IF_ERROR(Append(root_, "definition/definition", "definition", 0, merged));
    const JsonLimits limits = {.object_only = true,
                               .max_bytes = kMaxCanonicalBytes,
                               .max_canonical_bytes = kMaxCanonicalBytes};
    std::string canonical;
    if (const auto fault = Canonicalize(merged, limits, canonical)) {
      // Each file is valid on its own, so only the whole can be too large.
      return Invalid(kDefinitionFolder, fault->message);
    }
    // The canonical form of a deep and narrow definition is many times longer. Callers
    // get no more than they could send.
    if (canonical.size() <= kMaxDefinitionBytes) return canonical;
    if (merged.size() <= kMaxDefinitionBytes) return merged;
    return Invalid(kDefinitionFolder, absl::StrCat("the definition is larger than ",
                                                   kMaxDefinitionBytes >> 20, " MiB"));
  }

 private:
  static absl::Status Unknown(absl::string_view path) {
    return Invalid(path,
                   "this file has no place in an app's definition folder; move it out "
                   "of there");
  }

  // On file systems that ignore letter case, the two would be one file.
  template <typename T>
  static absl::Status CheckNoTwins(const std::map<std::string, T>& names,
                                   absl::string_view folder, absl::string_view suffix) {
    const auto [first, second] = TwinsIn(names);
    if (second.empty()) return absl::OkStatus();
    return Invalid(absl::StrCat(folder, "/", second, suffix),
                   absl::StrCat("its name differs from ", first, suffix,
                                " by letter case only; rename or remove one of them"));
  }

  // Appends the object of `<path>.json` with the members whose folders are below
  // `folder`.
  absl::Status Append(const Element& element, const std::string& path,
                      const std::string& folder, int depth_above, std::string& out) {
    const std::string file = path + ".json";
    if (element.text == nullptr) {
      return Invalid(file,
                     "this file is missing; put it back, or remove the folders that "
                     "hold its parts");
    }
    const absl::string_view text = *element.text;
    RETURN_IF_ERROR(CheckFile(file, text, /*object_only=*/true, depth_above));
    std::string twice;
    bool empty = true;
    ForEachMember(text, [&](absl::string_view quoted, absl::string_view) {
      empty = false;
      if (element.folders.empty()) return false;
      std::string key = DecodeString(quoted);
      if (element.folders.count(key) > 0) twice = std::move(key);
      return twice.empty();
    });
    if (!twice.empty()) {
      return Invalid(
          file, absl::StrCat("its member \"", twice, "\" is also the folder ", folder,
                             "/", twice, "; remove one of them"));
    }
    RETURN_IF_ERROR(CheckNoTwins(element.folders, folder, ""));
    AppendCompact(text, out);
    out.pop_back();  // the closing brace
    for (const auto& [key, members] : element.folders) {
      out.append(empty ? "\"" : ",\"");
      absl::StrAppend(&out, key, "\":[");
      empty = false;
      RETURN_IF_ERROR(AppendElements(members, absl::StrCat(folder, "/", key),
                                     depth_above + 2, out));
      out.push_back(']');
    }
    out.push_back('}');
    return absl::OkStatus();
  }

  absl::Status AppendElements(const Folder& members, const std::string& folder,
                              int depth_above, std::string& out) {
    RETURN_IF_ERROR(CheckNoTwins(members.elements, folder, ".json"));
    ASSIGN_OR_RETURN(const std::vector<std::string> stems, Order(members, folder));
    bool first = true;
    for (const std::string& stem : stems) {
      if (!first) out.push_back(',');
      first = false;
      const std::string path = absl::StrCat(folder, "/", stem);
      RETURN_IF_ERROR(Append(members.elements.at(stem), path, path, depth_above, out));
    }
    return absl::OkStatus();
  }

  // Returns the stems that _order.json lists, then the others by name.
  static absl::StatusOr<std::vector<std::string>> Order(const Folder& members,
                                                        const std::string& folder) {
    std::vector<std::string> stems;
    std::set<std::string> listed;
    if (members.order != nullptr) {
      const std::string file = absl::StrCat(folder, "/", kOrderFile);
      const absl::string_view text = *members.order;
      RETURN_IF_ERROR(CheckFile(file, text, /*object_only=*/false, 0));
      if (text[SkipSpace(text, 0)] != '[') {
        return Invalid(file, "expected an array of file names without \".json\"");
      }
      absl::Status status;
      ForEachElement(text, [&](absl::string_view entry) {
        status = Take(entry, members, file, stems, listed);
        return status.ok();
      });
      if (!status.ok()) return status;
    }
    for (const auto& [stem, element] : members.elements) {
      if (listed.count(stem) == 0) stems.push_back(stem);
    }
    return stems;
  }

  // Processes one entry of _order.json.
  static absl::Status Take(absl::string_view entry, const Folder& members,
                           const std::string& file, std::vector<std::string>& stems,
                           std::set<std::string>& listed) {
    if (entry[0] != '"') {
      return Invalid(file, "expected an array of file names without \".json\"");
    }
    std::string stem = DecodeString(entry);
    if (members.elements.count(stem) == 0) {
      return Invalid(file, absl::StrCat("it lists ", entry,
                                        ", but there is no file of "
                                        "this name; remove the entry"));
    }
    if (!listed.insert(stem).second) {
      return Invalid(file, absl::StrCat("it lists ", entry, " twice"));
    }
    stems.push_back(std::move(stem));
    return absl::OkStatus();
  }

  Element root_;
};

// Returns the string member in `value`, or an error.
absl::StatusOr<std::string> ManifestString(absl::string_view key,
                                           absl::string_view value) {
  if (value.empty() || value[0] != '"') {
    return Invalid(kManifestFile,
                   absl::StrCat("expected a member \"", key, "\" that is a string"));
  }
  std::string decoded = DecodeString(value);
  if (decoded.empty()) {
    return Invalid(kManifestFile, absl::StrCat("the member \"", key, "\" is empty"));
  }
  return decoded;
}

absl::Status CheckFormat(absl::string_view format) {
  if (format == kFormat) return absl::OkStatus();
  if (!format.empty() && format[0] >= '1' && format[0] <= '9' &&
      format.find_first_not_of("0123456789") == absl::string_view::npos) {
    return Invalid(kManifestFile, absl::StrCat("its format is ", format,
                                               ", and this server knows "
                                               "formats up to ",
                                               kFormat, "; upgrade the server"));
  }
  return Invalid(kManifestFile, "expected a member \"format\" that is the number 1");
}

}  // namespace

absl::StatusOr<AppManifest> ReadManifest(absl::string_view app_json) {
  RETURN_IF_ERROR(CheckFile(kManifestFile, app_json, /*object_only=*/true, 0));
  std::map<std::string, absl::string_view> members;
  ForEachMember(app_json, [&](absl::string_view key, absl::string_view value) {
    members.emplace(DecodeString(key), value);
    return true;
  });
  RETURN_IF_ERROR(CheckFormat(members["format"]));
  AppManifest manifest;
  ASSIGN_OR_RETURN(manifest.git_app_id,
                   ManifestString("git_app_id", members["git_app_id"]));
  ASSIGN_OR_RETURN(manifest.name, ManifestString("name", members["name"]));
  ASSIGN_OR_RETURN(manifest.slug, ManifestString("slug", members["slug"]));
  ASSIGN_OR_RETURN(manifest.version_name,
                   ManifestString("version", members["version"]));
  if (!IsSlug(manifest.slug)) {
    return Invalid(kManifestFile,
                   "the member \"slug\" has to be 1 to 60 of a-z, 0-9 and single \"-\" "
                   "between them");
  }
  return manifest;
}

absl::StatusOr<AppContent> ReadApp(const FileMap& files) {
  const auto manifest = files.find(std::string(kManifestFile));
  if (manifest == files.end()) {
    return Invalid(kManifestFile, "this file is missing");
  }
  AppContent content;
  ASSIGN_OR_RETURN(content.manifest, ReadManifest(manifest->second));
  DefinitionReader reader;
  const std::string prefix = absl::StrCat(kDefinitionFolder, "/");
  for (auto file = files.lower_bound(prefix);
       file != files.end() && absl::StartsWith(file->first, prefix); ++file) {
    if (IsStrayFile(file->first)) continue;
    RETURN_IF_ERROR(reader.Add(file->first, file->second));
  }
  ASSIGN_OR_RETURN(content.definition, reader.Read());
  return content;
}

}  // namespace gitsync
