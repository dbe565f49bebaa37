#include "server/config/host_port.h"

#include <gtest/gtest.h>

namespace gitsync {
namespace {

TEST(SplitHostPortTest, TellsTheFormsApart) {
  std::string host;
  int port = 0;

  EXPECT_TRUE(SplitHostPort("[::1]:7420", &host, &port));
  EXPECT_EQ(host, "::1");
  EXPECT_EQ(port, 7420);
  EXPECT_TRUE(SplitHostPort("localhost:0", &host, &port));
  for (const char* wrong : {"", ":1", "h", "h:", "h:-1", "h:65536", "::1:7420", "h:+1",
                            "a b:1", "unix:/x"}) {
    EXPECT_FALSE(SplitHostPort(wrong, &host, &port)) << wrong;
  }
}

}  // namespace
}  // namespace gitsync
