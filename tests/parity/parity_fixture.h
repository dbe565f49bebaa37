#ifndef GITSYNC_TESTS_PARITY_PARITY_FIXTURE_H_
#define GITSYNC_TESTS_PARITY_PARITY_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>

#include "tests/integration/installation.h"
#include "tests/parity/differences.h"
#include "tests/parity/go_gateway.h"
#include "tests/support/raw_http.h"

namespace gitsync {

// The JSON in one form: members sorted, no nulls in objects, definitions that are
// strings replaced by the JSON in them. What is no JSON stays as it is.
std::string CanonicalJson(const std::string& json);

// A member of a JSON object, nested ones after dots; empty if it is no string.
std::string Member(const std::string& json, const std::string& path);

// What is sent to both gateways.
struct Question {
  std::string method;
  std::string target;
  // With "$D" for the definition, which is JSON for one and a string for the other.
  std::string body = "";
  std::string definition = "";
  // Header lines. Empty: those of the administrator who sends JSON.
  std::string headers = "";
};

// One server behind two gateways.
//
// A change is asked for with a request id, which makes the second asking harmless, and
// more: the server refuses an id that comes back with another request. So what both
// gateways made of the JSON is compared too.
class ParityTest : public ::testing::Test {
 protected:
  ParityTest() : go_(gitsync_.server().endpoint()) {}
  // At least one question was asked.
  ~ParityTest() override { EXPECT_GT(asked_, 0); }

  // Asks both. The answers have to be the same. Returns ours.
  HttpAnswer Same(const Question& question);
  // The same status; the gateways themselves refuse it, each in its own words.
  HttpAnswer SameStatus(const Question& question);
  // They have to differ as kDifferences says.
  HttpAnswer Differ(Why why, const Question& question);

  // `"requestId":"..."`, another one each time.
  std::string RequestId();
  // A UUID, another one each time.
  std::string Uuid();
  std::string AdminHeaders();

  Installation gitsync_;

 private:
  struct Answers {
    HttpAnswer ours;
    HttpAnswer theirs;
  };
  Answers Ask(const Question& question);
  void ExpectSameBodies(const Answers& answers);

  GoGateway go_;
  int asked_ = 0;
  int ids_ = 0;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_PARITY_PARITY_FIXTURE_H_
