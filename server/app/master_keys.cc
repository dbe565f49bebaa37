#include "server/app/master_keys.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/logging.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

// The number of secrets sealed with each key, by their seal header.
using SealCounts = std::map<std::string, int>;

absl::StatusOr<SealCounts> CountSeals(const Store& store) {
  SealCounts counts;
  RETURN_IF_ERROR(store.Read([&](const Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<std::string> headers,
                     tx.git_configs().ListSealHeaders(kSealHeaderBytes));
    for (const std::string& header : headers) ++counts[header];
    return absl::OkStatus();
  }));
  return counts;
}

std::string Describe(const SealCounts& counts) {
  return absl::StrJoin(counts, ", ", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, SealKeyId(entry.first), " (", entry.second,
                    entry.second == 1 ? " secret)" : " secrets)");
  });
}

absl::Status Lost(const SealCounts& lost, absl::string_view found) {
  return absl::FailedPreconditionError(absl::StrCat(
      "the store has secrets that were sealed with the master key of id ",
      Describe(lost), ", and ", found,
      ". Put that key back, from a backup or from where it was given before; a line "
      "for "
      "each key, the first one seals. If it is lost for good, start with "
      "--allow_lost_master_key, and configure the git connections again whose secrets "
      "it sealed."));
}

}  // namespace

absl::StatusOr<MasterKeys> LoadGivenMasterKeys(const config::v1::ServerConfig& config,
                                               const std::optional<Secret>& given) {
  MasterKeys result;
  absl::StatusOr<std::vector<Secret>> keys = std::vector<Secret>();
  if (given.has_value()) {
    result.source = "GITSYNC_MASTER_KEY";
    keys = ParseMasterKeys(*given);
  } else if (!config.master_key_file().empty()) {
    result.source = absl::StrCat("master_key_file ", config.master_key_file());
    // Creating another key would only hide that the records can't be opened any more.
    keys = LoadMasterKeys(config.master_key_file(), /*create=*/false);
  } else {
    result.source = absl::StrCat(config.data_dir(), "/master.key");
  }
  if (!keys.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(result.source, ": ", keys.status().message()));
  }
  result.keys = *std::move(keys);
  return result;
}

absl::StatusOr<Sealer> MakeSealer(const config::v1::ServerConfig& config,
                                  const MasterKeys& keys, bool create,
                                  const Store& store) {
  ASSIGN_OR_RETURN(SealCounts counts, CountSeals(store));
  absl::StatusOr<std::vector<Secret>> loaded = keys.keys;
  if (keys.keys.empty()) {
    loaded = LoadMasterKeys(
        keys.source, create && (counts.empty() || config.allow_lost_master_key()));
  }
  if (absl::IsNotFound(loaded.status()) && !counts.empty() &&
      !config.allow_lost_master_key()) {
    return Lost(counts, absl::StrCat("there is no file ", keys.source));
  }
  if (!loaded.ok()) {
    return absl::Status(
        loaded.status().code(),
        absl::StrCat(keys.source, ": ", loaded.status().message(),
                     counts.empty() ? ""
                                    : absl::StrCat(" The store's secrets were sealed "
                                                   "with the master key of id ",
                                                   Describe(counts), ".")));
  }
  ASSIGN_OR_RETURN(Sealer sealer, Sealer::Create(*std::move(loaded)));
  std::erase_if(counts,
                [&](const auto& entry) { return sealer.HasKeyFor(entry.first); });
  if (counts.empty()) return sealer;
  if (!config.allow_lost_master_key()) {
    return Lost(counts, absl::StrCat(keys.source, " has ",
                                     absl::StrJoin(sealer.KeyIds(), ", ")));
  }
  Log(LogLevel::kWarning, "secrets can't be opened: their master key is lost",
      {{"key_ids", Describe(counts)}});
  return sealer;
}

}  // namespace gitsync
