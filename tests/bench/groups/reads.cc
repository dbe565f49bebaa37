#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/bench.h"
#include "tests/bench/gateway/grpc_load.h"
#include "tests/bench/peer.h"

namespace gitsync {
namespace {

constexpr int kReaders = 32;

// What several loads were, all in all.
struct Loads {
  std::vector<double> per_second;
  std::vector<absl::Duration> medians, p99s;

  void Add(const Load& load) {
    per_second.push_back(load.per_second);
    medians.push_back(load.median);
    p99s.push_back(load.p99);
  }
  double MedianPerSecond() const {
    std::vector<double> sorted = per_second;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
  void AddRow(Report& report, const std::string& what) const {
    report.Row(what, Milliseconds(Times(medians).median()),
               Milliseconds(Times(p99s).median()));
  }
};

}  // namespace

void MeasureReads(Bench& bench) {
  // One line of log a call, as by default, and none.
  GitsyncdProcess server({.flags = {"--log_level=info"}});
  GitsyncdProcess quiet({.flags = {"--log_level=warning"}});
  const std::string token = server.AdminToken();
  const std::string quiet_token = quiet.AdminToken();
  Api api(server.endpoint(), token);
  Api quiet_api(quiet.endpoint(), quiet_token);
  const std::string id = api.CreateOrganization("Acme");
  const std::string quiet_id = quiet_api.CreateOrganization("Acme");
  v1::GetOrganizationRequest request;
  request.set_organization_id(id);
  const auto organization =
      Need(api.client().Call(&v1::OrganizationService::Stub::GetOrganization, request));
  const auto echo = Need(
      PeerProcess::Start({GITSYNC_BIN_DIR "/echo_server",
                          absl::WebSafeBase64Escape(organization.SerializeAsString())},
                         {}));

  Loads ours, unlogged, theirs;
  // The first window is a warm-up.
  for (int window = 0; window <= bench.sizes().windows; ++window) {
    const auto load = [&](const std::string& endpoint, const std::string& access,
                          const std::string& organization_id) {
      return LoadOverGrpc(endpoint, access, organization_id, kReaders,
                          absl::Seconds(bench.sizes().seconds));
    };
    const Load echoed = load(echo->greeting(), token, id);
    const Load read = load(server.endpoint(), token, id);
    const Load silent = load(quiet.endpoint(), quiet_token, quiet_id);
    if (window == 0) continue;
    theirs.Add(echoed);
    ours.Add(read);
    unlogged.Add(silent);
  }
  const Ratio ratio =
      Ratio::Plain(ours.MedianPerSecond() / theirs.MedianPerSecond(), "of the echo")
          .AtLeast(0.65);
  const Ratio logged = Ratio::Plain(ours.MedianPerSecond() / unlogged.MedianPerSecond(),
                                    "of the calls at log_level warning")
                           .AtLeast(0.9);
  Report& report = bench.report();
  report.Part(absl::StrCat("gRPC, ", kReaders, " calls at a time on one connection, ",
                           organization.ByteSizeLong(), " bytes each"));
  ours.AddRow(report, "GitSync, GetOrganization, log_level info");
  report.Row("GitSync, GetOrganization, log_level info, calls",
             PerSecond(ours.MedianPerSecond()), "", &ratio);
  report.Row("GitSync, GetOrganization, log_level warning, calls",
             PerSecond(unlogged.MedianPerSecond()), "", &logged);
  theirs.AddRow(report, "echo service, the same message");
  report.Row("echo service, calls", PerSecond(theirs.MedianPerSecond()), "");
}

}  // namespace gitsync
