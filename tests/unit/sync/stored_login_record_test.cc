#include "server/sync/stored_login_record.h"

#include <string>

#include "server/sync/sync_environment.h"
#include "tests/unit/resource/harness.h"

namespace gitsync {
namespace {

struct Outcome {
  const char* name;
  const char* proved_etag;  // as it was
  const char* etag;         // of the configuration that was used
  bool worked;
  const char* now;  // as it is then
};

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << outcome.name;
}

class StoredLoginRecordTest : public StoreTest,
                              public testing::WithParamInterface<Outcome> {
 protected:
  GitConfigRow Put(const char* etag, const char* proved_etag) {
    GitConfigRow row;
    row.organization_id = AddOrganization("Acme");
    row.etag = etag;
    row.proved_etag = proved_etag;
    EXPECT_OK(Write([&](Transaction& tx) { return tx.git_configs().Put(row); }));
    return row;
  }
};

TEST_P(StoredLoginRecordTest, OutcomeIsKeptForThatConfiguration) {
  const GitConfigRow row = Put("now", GetParam().proved_etag);
  GitConfigRow used = row;
  used.etag = GetParam().etag;
  Remote remote;
  remote.organization = row.organization_id;
  remote.circuit = CircuitOf(used);
  StoredLoginRecord record(store_.get());

  if (GetParam().worked) {
    record.Worked(remote);
  } else {
    record.Refused(remote);
  }

  GitConfigRow expected = row;
  expected.proved_etag = GetParam().now;
  EXPECT_EQ(*Read([&](const Transaction& tx) {
    return tx.git_configs().Get(row.organization_id);
  }),
            expected);
}

INSTANTIATE_TEST_SUITE_P(
    Logins, StoredLoginRecordTest,
    testing::Values(Outcome{"Worked", "", "now", true, "now"},
                    Outcome{"WorkedBefore", "now", "now", true, "now"},
                    Outcome{"WorkedWithAnOlderOne", "old", "now", true, "now"},
                    Outcome{"Refused", "now", "now", false, ""},
                    Outcome{"RefusedBefore", "", "now", false, ""},
                    Outcome{"OldOneWorked", "", "old", true, ""},
                    Outcome{"OldOneIsRefused", "now", "old", false, "now"}),
    [](const auto& outcome) { return std::string(outcome.param.name); });

}  // namespace
}  // namespace gitsync
