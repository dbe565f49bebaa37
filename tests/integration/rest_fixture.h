// The REST form of the API, with curl and with raw sockets, against a real server and a
// real remote.

#ifndef GITSYNC_TESTS_INTEGRATION_REST_FIXTURE_H_
#define GITSYNC_TESTS_INTEGRATION_REST_FIXTURE_H_

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/integration/curl.h"
#include "tests/integration/installation.h"
#include "tests/support/raw_http.h"

namespace gitsync {

inline google::protobuf::Value Parsed(const std::string& json) {
  google::protobuf::Value value;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &value).ok()) << json;
  return value;
}

// A member of a JSON object; nested ones after dots.
inline std::string Member(const std::string& json, const std::string& path) {
  google::protobuf::Value value = Parsed(json);
  for (const absl::string_view name : absl::StrSplit(path, '.')) {
    google::protobuf::Value next =
        value.struct_value().fields().contains(std::string(name))
            ? value.struct_value().fields().at(std::string(name))
            : google::protobuf::Value();
    value = std::move(next);
  }
  return value.kind_case() == google::protobuf::Value::kNumberValue
             ? absl::StrCat(value.number_value())
             : value.string_value();
}

class RestTest : public ::testing::Test {
 protected:
  explicit RestTest(Transport transport = Transport::kSsh)
      : gitsync_({.transport = transport}) {}

  std::string Url(const std::string& path) {
    return absl::StrCat("http://", server().http_endpoint(), path);
  }
  GitsyncdProcess& server() { return gitsync_.server(); }
  Api& api() { return gitsync_.api(); }
  RawHttp Raw() { return RawHttp(server().http_endpoint()); }

  // As the administrator, unless `token` is another's.
  CurlAnswer Call(const std::string& method, const std::string& path,
                  const std::string& body = "", const std::string& token = "") {
    return Curl(RestArguments(method, Url(path), body,
                              token.empty() ? server().AdminToken() : token));
  }

  std::string Authorization() {
    return absl::StrCat("Authorization: Basic ", server().AdminToken(), "\r\n");
  }

  // Blocks until the log has one of the texts.
  bool LogHas(const std::vector<std::string>& texts) {
    for (int i = 0; i < 1000; ++i) {
      const std::string log = server().Log();
      for (const std::string& text : texts) {
        if (absl::StrContains(log, text)) return true;
      }
      absl::SleepFor(absl::Milliseconds(10));
    }
    return false;
  }

  Installation gitsync_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_INTEGRATION_REST_FIXTURE_H_
