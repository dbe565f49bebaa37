// The tables that are generated from proto/.

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gitsync/options/v1/rest.pb.h"
#include "google/api/annotations.pb.h"
#include "proto/protobuf_versions.h"
#include "server/gateway/transcoding/route.h"
#include "tests/support/random_message.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/gateway/json/sorted_members.h"

namespace gitsync::gateway {
namespace {

using ::google::protobuf::DescriptorPool;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MethodDescriptor;

constexpr char kNested[] = R"({"a": [1]})";
constexpr char kNestedAsString[] = R"("{\"a\": [1]}")";

const MethodDescriptor* DescriptorOf(const Method& method) {
  std::string name(method.full_name.substr(1));
  std::replace(name.begin(), name.end(), '/', '.');
  return DescriptorPool::generated_pool()->FindMethodByName(name);
}

template <typename Visit>
void ForEachMethod(Visit visit) {
  for (const MethodTable* table : AllMethods()) {
    for (const Method& method : *table) visit(method);
  }
}

bool IsNested(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::nested_json);
}

std::string LibraryJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  PrintDefaults(true, &options);
  std::string json;
  EXPECT_TRUE(MessageToJsonString(message, &json, options).ok());
  // An empty definition is left out.
  return absl::StrReplaceAll(json,
                             {{kNestedAsString, kNested}, {R"("definition":"",)", ""}});
}

TEST(RoutesTest, EveryMethodIsWhatItsProtoSays) {
  ForEachMethod([&](const Method& method) {
    const MethodDescriptor* descriptor = DescriptorOf(method);
    ASSERT_NE(descriptor, nullptr) << method.full_name;
    EXPECT_EQ(method.request().GetDescriptor(), descriptor->input_type());
    EXPECT_EQ(method.response().GetDescriptor(), descriptor->output_type());
    EXPECT_EQ(method.server_streaming, descriptor->server_streaming());
    const auto& rule = descriptor->options().GetExtension(google::api::http);
    const auto& rest = descriptor->options().GetExtension(options::v1::rest);
    EXPECT_EQ(method.success_status,
              rest.success_status() == 0 ? 200 : rest.success_status());
    ASSERT_EQ(method.bindings.size(),
              static_cast<size_t>(1 + rule.additional_bindings_size()));
    const HttpBinding& binding = method.bindings[0];
    EXPECT_EQ(binding.body, absl::string_view(rule.body()));
    EXPECT_EQ(binding.read_body == nullptr, rule.body().empty());
    EXPECT_EQ(binding.required_query_name,
              absl::string_view(rest.required_query().name()));
    EXPECT_EQ(binding.required_query_value,
              absl::string_view(rest.required_query().value()));
  });
}

TEST(RoutesTest, EveryAnnotatedMethodIsThere) {
  size_t expected = 0;
  for (const char* name :
       {"AccessToken", "App", "GitConfig", "GitSync", "Operation", "Organization"}) {
    const auto* service = DescriptorPool::generated_pool()->FindServiceByName(
        absl::StrCat("gitsync.v1.", name, "Service"));
    ASSERT_NE(service, nullptr);
    for (int i = 0; i < service->method_count(); ++i) {
      if (service->method(i)->options().HasExtension(google::api::http)) ++expected;
    }
  }
  size_t there = 0;
  ForEachMethod([&](const Method&) { ++there; });
  EXPECT_EQ(there, expected);
}

TEST(RoutesTest, ResponsesAreWrittenAsLibraryDoes) {
  RandomMessage random(
      1, [](const FieldDescriptor* field) { return IsNested(field) ? kNested : ""; });
  ForEachMethod([&](const Method& method) {
    for (int i = 0; i < 50; ++i) {
      const std::unique_ptr<Message> response(method.response().New());
      random.Fill(response.get());
      std::string json;

      ASSERT_OK(method.bindings[0].write_response(*response, &json));

      ASSERT_EQ(SortedMembers(json), SortedMembers(LibraryJson(*response)));
    }
  });
}

TEST(RoutesTest, RequestsAreReadAsLibraryDoes) {
  RandomMessage random(
      2, [](const FieldDescriptor* field) { return IsNested(field) ? kNested : ""; });
  ForEachMethod([&](const Method& method) {
    if (method.bindings[0].read_body == nullptr) return;
    ASSERT_EQ(method.bindings[0].body, "*");
    for (int i = 0; i < 50; ++i) {
      const std::unique_ptr<Message> request(method.request().New());
      random.Fill(request.get());
      const std::unique_ptr<Message> back(method.request().New());

      ASSERT_OK(method.bindings[0].read_body(LibraryJson(*request), back.get()));

      ASSERT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*request, *back))
          << request->DebugString() << back->DebugString();
    }
  });
}

}  // namespace
}  // namespace gitsync::gateway
