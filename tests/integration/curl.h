#ifndef GITSYNC_TESTS_INTEGRATION_CURL_H_
#define GITSYNC_TESTS_INTEGRATION_CURL_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/test_remote.h"

namespace gitsync {

// What curl got.
struct CurlAnswer {
  int status = 0;
  std::string body;
};

// Fails the test if curl gets no answer.
inline CurlAnswer Curl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"curl", "-sS", "-w", "\n%{http_code}"});
  const CommandResult result = RunCommand(arguments);
  EXPECT_EQ(result.status, 0) << result.output;
  const size_t line = result.output.rfind('\n');
  CurlAnswer answer;
  if (line == std::string::npos) return answer;
  answer.status = std::stoi("0" + result.output.substr(line + 1));
  answer.body = result.output.substr(0, line);
  return answer;
}

// The arguments of a call with a JSON body, which may be empty, and an access token.
inline std::vector<std::string> RestArguments(const std::string& method,
                                              const std::string& url,
                                              const std::string& body,
                                              const std::string& token) {
  std::vector<std::string> arguments = {"-X", method, url, "-H",
                                        "Authorization: Basic " + token};
  if (!body.empty()) {
    arguments.insert(arguments.end(),
                     {"-H", "Content-Type: application/json", "--data-binary", body});
  }
  return arguments;
}

}  // namespace gitsync

#endif  // GITSYNC_TESTS_INTEGRATION_CURL_H_
