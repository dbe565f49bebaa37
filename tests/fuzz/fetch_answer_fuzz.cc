// A remote's answer to a fetch: acknowledgements, bands and the pack. The first byte
// says what the remote offers.

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/utf8.h"
#include "server/git/object/libgit2.h"
#include "server/git/protocol/upload_pack.h"
#include "tests/fuzz/fuzz_stream.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/temp_dir.h"

namespace {

constexpr uint64_t kMaxBytes = 1 << 20;

std::string Advertisement(uint8_t offers) {
  std::string line = absl::StrCat(std::string(40, '1'), " HEAD");
  line.push_back('\0');
  absl::StrAppend(&line, (offers & 1) != 0 ? " side-band-64k" : "",
                  (offers & 2) != 0 ? " shallow" : "",
                  (offers & 4) != 0 ? " multi_ack_detailed" : "", " ofs-delta");
  std::string text;
  gitsync::AppendPktLine(line, &text);
  absl::StrAppend(&text, gitsync::kFlushPkt);
  return text;
}

void Check(const absl::Status& status) {
  if (status.ok()) return;
  FUZZ_CHECK(gitsync::IsMirrorFault(status) || !gitsync::ReasonOf(status).empty());
  FUZZ_CHECK(gitsync::IsUtf8(status.message()));
}

// A repository without objects, made anew once a fetch has left some there.
class EmptyRepository {
 public:
  git_repository* get() {
    if (repository_ == nullptr) {
      git_repository* raw = nullptr;
      FUZZ_CHECK(git_repository_init(&raw, Path().c_str(), /*is_bare=*/1) == 0);
      repository_.reset(raw);
    }
    return repository_.get();
  }
  bool IsEmpty() const {
    const std::string packs = Path() + "/objects/pack";
    return !std::filesystem::exists(packs) || std::filesystem::is_empty(packs);
  }
  void Empty() {
    repository_.reset();
    std::filesystem::remove_all(Path());
  }

 private:
  std::string Path() const { return folder_ / "repository.git"; }

  gitsync::TempDir folder_;
  gitsync::RepositoryPtr repository_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const kLibrary = new gitsync::Libgit2Library();
  static auto* const kRepository = new EmptyRepository();
  (void)kLibrary;
  if (size == 0) return 0;
  const std::string answer = absl::StrCat(
      Advertisement(data[0]),
      absl::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  const std::string want(40, '1');
  const auto open = [&answer]() {
    gitsync::FuzzTransport transport(answer);
    auto conversation = gitsync::Conversation::Open(
        &transport, {}, gitsync::GitService::kUploadPack, gitsync::Context());
    FUZZ_CHECK(conversation.ok());
    return *std::move(conversation);
  };
  Check(gitsync::TryFetch(*open(), want, "gitsync"));

  const absl::Status fetched =
      gitsync::FetchPack(*open(), kRepository->get(), {want}, {}, "gitsync", kMaxBytes,
                         gitsync::Context());
  Check(fetched);
  if (!kRepository->IsEmpty()) {
    FUZZ_CHECK(fetched.ok());
    kRepository->Empty();
  }
  return 0;
}
