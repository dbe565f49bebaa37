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
  GitsyncdProcess server({.flags = {"--log_level=warning"}});
  const std::string token = server.AdminToken();
  Api api(server.endpoint(), token);
  const std::string id = api.CreateOrganization("Acme");
  v1::GetOrganizationRequest request;
  request.set_organization_id(id);
  const auto organization =
      Need(api.client().Call(&v1::OrganizationService::Stub::GetOrganization, request));
  const auto echo = Need(
      PeerProcess::Start({GITSYNC_BIN_DIR "/echo_server",
                          absl::WebSafeBase64Escape(organization.SerializeAsString())},
                         {}));

  Loads ours, theirs;
  // The first window is a warm-up.
  for (int window = 0; window <= bench.sizes().windows; ++window) {
    const auto load = [&](const std::string& endpoint) {
      return LoadOverGrpc(endpoint, token, id, kReaders,
                          absl::Seconds(bench.sizes().seconds));
    };
    const Load echoed = load(echo->greeting());
    const Load read = load(server.endpoint());
    if (window == 0) continue;
    theirs.Add(echoed);
    ours.Add(read);
  }
  const Ratio ratio =
      Ratio::Plain(ours.MedianPerSecond() / theirs.MedianPerSecond(), "of the echo")
          .AtLeast(0.7);
  Report& report = bench.report();
  report.Part(absl::StrCat("gRPC, ", kReaders, " calls at a time on one connection, ",
                           organization.ByteSizeLong(), " bytes each"));
  ours.AddRow(report, "GitSync, GetOrganization");
  report.Row("GitSync, GetOrganization, calls", PerSecond(ours.MedianPerSecond()), "",
             &ratio);
  theirs.AddRow(report, "echo service, the same message");
  report.Row("echo service, calls", PerSecond(theirs.MedianPerSecond()), "");
}

}  // namespace gitsync
