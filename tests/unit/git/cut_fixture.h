// Conversations with a remote, each cut at a byte of its own, in each way that there
// is, many at once.

#ifndef GITSYNC_TESTS_UNIT_GIT_CUT_FIXTURE_H_
#define GITSYNC_TESTS_UNIT_GIT_CUT_FIXTURE_H_

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/support/slowness.h"
#include "tests/unit/git/cutting_transport.h"
#include "tests/unit/git/engine_fixture.h"

namespace gitsync {

class CutTest
    : public EngineTest,
      public testing::WithParamInterface<std::tuple<Cut::Direction, Cut::Kind>> {
 protected:
  // A repository that one worker has for itself, and its mirror.
  struct Site {
    Repository repository;
    std::string folder;  // below dir_
  };

  CutTest() {
    // What git would do for a repository to last costs most of the time.
    Git("config core.fsync none");
    Git("config receive.autogc false");
    Git("config transfer.unpackLimit 1");
    Libgit2Engine::Options options = EngineOptions();
    options.mirrors_dir = absl::StrCat(dir_, "/cut-mirrors");
    options.transport = &cutting_;
    cut_engine_ = std::make_unique<Libgit2Engine>(options);
  }

  // A site whose remote is the one at "remote.git", and without a mirror yet.
  Site MakeSite() { return SiteAt("remote.git", "mirror"); }

  // Copies of a site, with what it has in its mirror, for each worker.
  std::vector<Site> MakeCopiesOf(const Site& site) {
    std::vector<Site> copies;
    for (int worker = 1; worker <= Workers(); ++worker) {
      copies.push_back(SiteAt(absl::StrCat("remote-", worker, ".git"),
                              absl::StrCat("mirror-", worker)));
      Copy(site.folder, copies.back().folder);
      Copy(MirrorOf(site), MirrorOf(copies.back()));
    }
    return copies;
  }

  // The site's mirror, below dir_.
  static std::string MirrorOf(const Site& site) {
    return absl::StrCat("cut-mirrors/", site.repository.mirror_id, ".git");
  }

  std::string GitAt(const std::string& folder, const std::string& arguments) const {
    return Sh(absl::StrCat("git -C ", folder, " ", arguments));
  }
  static bool Stalls() { return std::get<Cut::Kind>(GetParam()) == Cut::Kind::kStall; }

  // Cuts the site's next conversation at a byte. Returns what to hold it with.
  Context CutNext(const Site& site, GitService service, size_t at) {
    const auto [direction, kind] = GetParam();
    cutting_.CutNext(site.repository.remote.url.path, service, {direction, kind, at});
    Context context;
    if (Stalls()) context.deadline = absl::Now() + kStallDeadline;
    return context;
  }

  // To be called with how the conversation that was to be cut ended: what stalls has no
  // end but its deadline.
  void EndCut(const Site& site, GitService service, const absl::Status& status) {
    if (Stalls() && !status.ok()) {
      EXPECT_THAT(status, HasCode(absl::StatusCode::kDeadlineExceeded));
    }
    // The deadline may have passed before there was a conversation.
    cutting_.CutNoMore(site.repository.remote.url.path, service);
  }

  // The bytes of the site's last conversation that go the way in which this test cuts.
  size_t BytesOfLast(const Site& site, GitService service) {
    const Traffic whole =
        cutting_.LastTraffic(site.repository.remote.url.path, service);
    return std::get<Cut::Direction>(GetParam()) == Cut::Direction::kFromRemote
               ? whole.from_remote
               : whole.to_remote;
  }

  // Each of the first bytes of a conversation so long, some in its middle, and each at
  // its end and just behind.
  static std::vector<size_t> PlacesIn(size_t total) {
    std::vector<size_t> places;
    const size_t tail = total - std::min(total, kTail);
    for (size_t at = 0; at < std::min(kEachByteUpTo, tail); at += kStep) {
      places.push_back(at);
    }
    for (size_t at = kEachByteUpTo; at < tail; at += 17) places.push_back(at);
    for (size_t at = tail; at < total + 2; ++at) places.push_back(at);
    return places;
  }

  // Calls `cut` for each place, with its index and a site that nobody else uses
  // meanwhile. Of those that a site gets, each is behind the one before.
  static void CutEach(const std::vector<Site>& sites, const std::vector<size_t>& places,
                      const std::function<void(const Site&, size_t place)>& cut) {
    std::atomic<size_t> next = 0;
    std::vector<std::jthread> workers;
    for (const Site& site : sites) {
      workers.emplace_back([&] {
        for (size_t i = next++; i < places.size(); i = next++) {
          SCOPED_TRACE(absl::StrCat("cut at ", places[i]));
          cut(site, i);
        }
      });
    }
  }

  CuttingTransport cutting_;
  std::unique_ptr<Libgit2Engine> cut_engine_;

 private:
  Site SiteAt(const std::string& folder, const std::string& mirror_id) const {
    Site site;
    site.folder = folder;
    site.repository.mirror_id = mirror_id;
    site.repository.remote.url.scheme = GitUrl::Scheme::kFile;
    site.repository.remote.url.path = absl::StrCat(dir_, "/", folder);
    return site;
  }

  void Copy(const std::string& from, const std::string& to) const {
    std::filesystem::copy(absl::StrCat(dir_, "/", from), absl::StrCat(dir_, "/", to),
                          std::filesystem::copy_options::recursive);
  }

  // Most of the time they wait: between tries, or for the deadline.
  static int Workers() { return Stalls() ? kStallWorkers : kWorkers; }

  static inline const size_t kStep = kSlowness > 1 ? 60 : kSanitized ? 20 : 1;
  static inline const int kStallWorkers = kSanitized ? 8 : 24;
  static constexpr size_t kEachByteUpTo = 200;
  static constexpr size_t kTail = 30;
  static constexpr int kWorkers = 10;
  static inline const absl::Duration kStallDeadline =
      absl::Milliseconds(400 * kSlowness);
};

inline std::string NameOfCut(
    const testing::TestParamInfo<CutTest::ParamType>& parameters) {
  const auto [direction, kind] = parameters.param;
  const char* const kinds[] = {"End", "Reset", "Stall"};
  return absl::StrCat(
      kinds[static_cast<int>(kind)],
      direction == Cut::Direction::kFromRemote ? "FromRemote" : "ToRemote");
}

#define GITSYNC_AT_EACH_CUT(suite)                                                  \
  INSTANTIATE_TEST_SUITE_P(                                                         \
      At, suite,                                                                    \
      testing::Combine(                                                             \
          testing::Values(::gitsync::Cut::Direction::kFromRemote,                   \
                          ::gitsync::Cut::Direction::kToRemote),                    \
          testing::Values(::gitsync::Cut::Kind::kEnd, ::gitsync::Cut::Kind::kReset, \
                          ::gitsync::Cut::Kind::kStall)),                           \
      ::gitsync::NameOfCut)

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_GIT_CUT_FIXTURE_H_
