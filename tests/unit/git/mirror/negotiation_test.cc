// Fetching from hosts that offer more or less than git does, and answer in other words.

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/git/pack/pack_entry.h"
#include "tests/unit/git/engine_fixture.h"
#include "tests/unit/git/limiting_transport.h"

namespace gitsync {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class NegotiationTest : public EngineTest {
 protected:
  NegotiationTest() {
    Libgit2Engine::Options options = EngineOptions();
    options.transport = &host_;
    options.agent = "gitsync/test";
    limited_ = std::make_unique<Libgit2Engine>(options);
    CommitFromElsewhere("apps/orders/app.json", "first");
  }

  // The commit that the branch is at, fetched.
  absl::StatusOr<std::string> Fetched() {
    ASSIGN_OR_RETURN(const ResolvedRef ref,
                     limited_->Resolve(repository_, "main", nullptr, context_));
    return ref.commit_id;
  }

  absl::StatusOr<std::string> FetchedFile() {
    ASSIGN_OR_RETURN(const std::string commit, Fetched());
    ASSIGN_OR_RETURN(const FolderSnapshot folder,
                     limited_->ReadFolder(repository_, commit, "apps/orders"));
    return folder.files.at("app.json");
  }

  // The steps that passed.
  absl::StatusOr<std::vector<ProbeStep>> Probed() {
    std::vector<ProbeStep> steps;
    const auto told = [&](ProbeStep step, absl::string_view) { steps.push_back(step); };
    RETURN_IF_ERROR(
        limited_->Probe(repository_.remote, "main", told, context_).status());
    return steps;
  }

  // The capabilities in the last request, each with a space before it.
  std::string Asked() const {
    constexpr size_t kBegin = 4 + 5 + 40;  // length, "want ", id
    return host_.asked.substr(kBegin, host_.asked.find('\n') - kBegin);
  }

  // The pack of all that the branch has.
  std::string WholePack() const {
    Sh("git -C remote.git rev-parse main | "
       "git -C remote.git pack-objects -q --revs --stdout > pack");
    std::ifstream file(dir_ + "/pack", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  LimitingTransport host_;
  std::unique_ptr<Libgit2Engine> limited_;
};

struct Offer {
  const char* name;
  const char* offered;
  const char* asked;
};

class OfferTest : public NegotiationTest, public testing::WithParamInterface<Offer> {};

TEST_P(OfferTest, WhatIsOfferedIsAskedForAndEnough) {
  host_.limits.capabilities = GetParam().offered;

  ASSERT_OK_AND_ASSIGN(const auto steps, Probed());
  EXPECT_THAT(steps, Contains(ProbeStep::kFetch));
  ASSERT_OK_AND_ASSIGN(const std::string first, FetchedFile());
  EXPECT_EQ(first, "first");
  EXPECT_EQ(Asked(), GetParam().asked);
  const std::string seen = TipOf();
  CommitFromElsewhere("apps/orders/app.json", "second");
  ASSERT_OK_AND_ASSIGN(const std::string second, FetchedFile());

  EXPECT_EQ(second, "second");
  EXPECT_EQ(Asked(), GetParam().asked);
  EXPECT_THAT(host_.asked, HasSubstr(absl::StrCat("have ", seen)));
}

INSTANTIATE_TEST_SUITE_P(
    Of, OfferTest,
    testing::Values(
        Offer{"Git",
              "multi_ack thin-pack side-band side-band-64k ofs-delta shallow "
              "deepen-since deepen-not deepen-relative no-progress include-tag "
              "multi_ack_detailed no-done symref=HEAD:refs/heads/main "
              "object-format=sha1 agent=git/2.39",
              " multi_ack_detailed side-band-64k thin-pack ofs-delta no-progress "
              "agent=gitsync/test"},
        Offer{"AzureDevOps", "multi_ack thin-pack side-band side-band-64k shallow",
              " multi_ack side-band-64k thin-pack"},
        Offer{"SmallBands", "multi_ack side-band ofs-delta",
              " multi_ack side-band ofs-delta"},
        Offer{"NoBands", "multi_ack_detailed ofs-delta thin-pack shallow",
              " multi_ack_detailed thin-pack ofs-delta"},
        Offer{"OnlyBands", "side-band-64k", " side-band-64k"},
        Offer{"OnlyMultiAck", "multi_ack", " multi_ack"},
        Offer{"OnlyShallow", "shallow", ""},
        Offer{"UnknownOnes", "frobnicate=1 side-band-64k-ish agentless", ""},
        Offer{"None", "", ""}),
    [](const auto& offer) { return offer.param.name; });

struct Acknowledgements {
  const char* name;
  const char* capabilities;
  // Lines before the pack; "@" is the commit that we have.
  std::vector<std::string> lines;
};

class AcknowledgementTest : public NegotiationTest,
                            public testing::WithParamInterface<Acknowledgements> {};

TEST_P(AcknowledgementTest, IsReadUpToThePack) {
  host_.limits.capabilities = GetParam().capabilities;
  ASSERT_OK(Fetched());
  const std::string seen = TipOf();
  const std::string tip = CommitFromElsewhere("apps/orders/app.json", "second");
  std::string answer;
  for (const std::string& line : GetParam().lines) {
    AppendPktLine(absl::StrCat(absl::StrReplaceAll(line, {{"@", seen}}), "\n"),
                  &answer);
  }
  const bool bands = absl::StrContains(GetParam().capabilities, "side-band");
  if (bands) {
    AppendPktLine("\2Counting objects\n", &answer);
    AppendPktLine("\1" + WholePack(), &answer);
    absl::StrAppend(&answer, kFlushPkt);
  } else {
    absl::StrAppend(&answer, WholePack());
  }
  host_.limits.answer = answer;

  ASSERT_OK_AND_ASSIGN(const std::string file, FetchedFile());

  EXPECT_EQ(file, "second");
}

INSTANTIATE_TEST_SUITE_P(
    Of, AcknowledgementTest,
    testing::Values(
        Acknowledgements{
            "NothingInCommon", "multi_ack_detailed side-band-64k", {"NAK"}},
        Acknowledgements{"CommonAndReady",
                         "multi_ack_detailed side-band-64k",
                         {"ACK @ common", "ACK @ ready", "ACK @"}},
        Acknowledgements{"ReadyAndNak",
                         "multi_ack_detailed side-band-64k",
                         {"ACK @ ready", "NAK", "ACK @"}},
        Acknowledgements{
            "Continue", "multi_ack side-band", {"ACK @ continue", "ACK @"}},
        Acknowledgements{"NoLastWord", "multi_ack side-band-64k", {"ACK @ common"}},
        Acknowledgements{"Single", "side-band-64k", {"ACK @"}},
        Acknowledgements{"RawNak", "", {"NAK"}},
        Acknowledgements{"RawSingle", "", {"ACK @"}},
        Acknowledgements{
            "RawDetailed", "multi_ack_detailed", {"ACK @ common", "ACK @"}},
        Acknowledgements{"RawContinue", "multi_ack", {"ACK @ continue", "NAK"}}),
    [](const auto& answer) { return answer.param.name; });

struct Refusal {
  const char* name;
  const char* capabilities;
  std::string answer;
  absl::string_view reason;
  const char* words;
};

class FetchRefusalTest : public NegotiationTest,
                         public testing::WithParamInterface<Refusal> {};

TEST_P(FetchRefusalTest, IsToldWithTheHostsWordsAndByAProbe) {
  host_.limits = {GetParam().capabilities, GetParam().answer};

  const auto fetched = Fetched();
  std::vector<ProbeStep> steps;
  const auto probed = limited_->Probe(
      repository_.remote, "main",
      [&](ProbeStep step, absl::string_view) { steps.push_back(step); }, context_);

  for (const absl::Status& status : {fetched.status(), probed.status()}) {
    EXPECT_EQ(ReasonOf(status), GetParam().reason) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().words));
  }
  EXPECT_EQ(steps.back(), ProbeStep::kBranch);
}

INSTANTIATE_TEST_SUITE_P(
    Of, FetchRefusalTest,
    testing::Values(Refusal{"ErrLine", "side-band-64k", "0012ERR not today\n",
                            reason::kRemoteRejected, "not today"},
                    Refusal{"OtherLine", "side-band-64k", "000dwhatever\n",
                            reason::kRemoteProtocolError, "whatever"},
                    Refusal{"GivesUp", "side-band-64k", "0008NAK\n000e\3no memory",
                            reason::kRemoteProtocolError, "no memory"},
                    Refusal{"Silence", "side-band-64k", "",
                            reason::kRemoteProtocolError, "instead of sending a pack"},
                    Refusal{"NoPack", "side-band-64k", "0008NAK\n0000",
                            reason::kRemoteProtocolError, "middle of the pack"},
                    Refusal{"NoRawPack", "", "0008NAK\n", reason::kRemoteProtocolError,
                            "middle of the pack"},
                    Refusal{"CutRawPack", "", "0008NAK\nPACK",
                            reason::kRemoteProtocolError, "middle of the pack"}),
    [](const auto& refusal) { return refusal.param.name; });

// libgit2 would make room for so many before it reads one.
TEST_F(NegotiationTest, PackThatAnnouncesMoreObjectsThanThereIsRoomForIsRefused) {
  host_.limits.answer =
      absl::StrCat("0008NAK\n", PackHead(60'000'000), std::string(20, '\0'));

  const auto fetched = Fetched();

  EXPECT_EQ(ReasonOf(fetched.status()), reason::kStorageFull) << fetched.status();
}

TEST_F(NegotiationTest, ProbeFetchesOnlyTheTipWhereTheHostSendsThat) {
  CommitFromElsewhere("old.txt", "of another commit");
  host_.limits.capabilities = "shallow side-band-64k";

  ASSERT_OK(Probed());

  EXPECT_THAT(host_.asked, HasSubstr("deepen 1"));
  EXPECT_THAT(host_.asked, Not(HasSubstr("have ")));
}

TEST_F(NegotiationTest, ProbeHasAnEmptyPackSentWhereTheHostSendsNoLess) {
  host_.limits.capabilities = "side-band-64k";

  ASSERT_OK(Probed());

  EXPECT_THAT(host_.asked, HasSubstr(absl::StrCat("have ", TipOf())));
}

TEST_F(NegotiationTest, ProbeOfALargeTipEndsBeforeItIsAllThere) {
  Sh("head -c 3000000 /dev/urandom > big && "
     "git -C remote.git hash-object -w ../big > blob");
  const std::string blob = Sh("cat blob");
  Sh(
      absl::StrCat("export GIT_DIR=remote.git GIT_INDEX_FILE=$PWD/index.big\n"
                   "git update-index --add --cacheinfo 100644,",
                   blob,
                   ",big\ngit update-ref refs/heads/main "
                   "$(git commit-tree $(git write-tree) -m big)"));
  host_.limits.capabilities = "shallow side-band-64k";

  ASSERT_OK_AND_ASSIGN(const auto steps, Probed());

  EXPECT_THAT(steps, Contains(ProbeStep::kWrite));
}

TEST_F(NegotiationTest, ProbeOfAnEmptyRepositoryHasNothingToFetch) {
  Git("update-ref -d refs/heads/main");
  host_.limits.capabilities = "shallow side-band-64k";

  ASSERT_OK_AND_ASSIGN(const auto steps, Probed());

  EXPECT_THAT(steps, Contains(ProbeStep::kFetch));
  EXPECT_THAT(host_.asked, testing::AnyOf("", "0000"));
}

TEST_F(NegotiationTest, ProbeFetchesWhatIsThereIfTheBranchIsNot) {
  Git("branch -m main trunk");
  Git("symbolic-ref HEAD refs/heads/trunk");
  host_.limits.capabilities = "shallow side-band-64k";

  ASSERT_OK(Probed());

  EXPECT_THAT(host_.asked.substr(4), StartsWith("want " + TipOf("trunk")));
}

}  // namespace
}  // namespace gitsync
