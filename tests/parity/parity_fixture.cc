#include "tests/parity/parity_fixture.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/support/number_text.h"

namespace gitsync {
namespace {

bool Parse(const std::string& json, rapidjson::Document* document) {
  // Their text counts, not their value.
  const std::string marked = WithNumbersAsText(json);
  document->Parse(marked.data(), marked.size());
  return !document->HasParseError();
}

std::string Text(const rapidjson::Value& value) {
  return std::string(value.GetString(), value.GetStringLength());
}

bool IsEmpty(const rapidjson::Value& value) {
  return (value.IsString() && value.GetStringLength() == 0) ||
         (value.IsObject() && value.ObjectEmpty());
}

std::string Quoted(const std::string& text) {
  rapidjson::StringBuffer quoted;
  rapidjson::Writer<rapidjson::StringBuffer> writer(quoted);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return quoted.GetString();
}

// An error's text, in which fields have the names that they have in JSON.
std::string WithRestNames(const std::string& text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool joint = text[i] == '_' && i > 0 && absl::ascii_islower(text[i - 1]) &&
                       i + 1 < text.size() && absl::ascii_islower(text[i + 1]);
    result.push_back(joint ? absl::ascii_toupper(text[++i]) : text[i]);
  }
  return Quoted(result);
}

std::string Canonical(const rapidjson::Value& value) {
  if (value.IsArray()) {
    std::vector<std::string> elements;
    for (const auto& element : value.GetArray()) elements.push_back(Canonical(element));
    return absl::StrCat("[", absl::StrJoin(elements, ","), "]");
  }
  if (value.IsObject()) {
    std::map<std::string, std::string> members;
    const bool detail = value.HasMember("@type");
    for (const auto& [key, member] : value.GetObject()) {
      const std::string name = Text(key);
      if (member.IsNull() || name == "secret") continue;
      if (detail && IsEmpty(member)) continue;
      if (member.IsString() &&
          (name == "message" || name == "field" || name == "description")) {
        members[name] = WithRestNames(Text(member));
      } else if (name != "definition" || !member.IsString()) {
        members[name] = Canonical(member);
      } else if (member.GetStringLength() > 0) {
        members[name] = CanonicalJson(Text(member));
      }
    }
    return absl::StrCat("{", absl::StrJoin(members, ",\n", absl::PairFormatter(": ")),
                        "}");
  }
  rapidjson::StringBuffer text;
  rapidjson::Writer<rapidjson::StringBuffer> writer(text);
  value.Accept(writer);
  return text.GetString();
}

// Without what the Go gateway puts around an answer.
std::string Unwrapped(const std::string& body, int status) {
  rapidjson::Document document;
  if (!Parse(body, &document) || !document.IsObject()) return body;
  if (status == 200) {
    const bool wrapped = document.MemberCount() == 1 && document.HasMember("result");
    return Canonical(wrapped ? document["result"] : document);
  }
  if (document.HasMember("error") && document["error"].IsObject()) {
    // A stream that failed at once.
    rapidjson::Value error;
    error = document["error"];
    rapidjson::Value code;
    code = error["grpcCode"];
    for (const char* name : {"grpcCode", "httpCode", "httpStatus"}) {
      error.RemoveMember(name);
    }
    error.AddMember("code", code, document.GetAllocator());
    return Canonical(error);
  }
  document.RemoveMember("error");
  return Canonical(document);
}

}  // namespace

std::string CanonicalJson(const std::string& json) {
  rapidjson::Document document;
  return Parse(json, &document) ? Canonical(document) : json;
}

std::string Member(const std::string& json, const std::string& path) {
  rapidjson::Document document;
  if (!Parse(json, &document)) return "";
  const rapidjson::Value* value = &document;
  for (const absl::string_view part : absl::StrSplit(path, '.')) {
    const std::string name(part);
    if (!value->IsObject() || !value->HasMember(name.c_str())) return "";
    value = &(*value)[name.c_str()];
  }
  return value->IsString() ? Text(*value) : "";
}

std::string ParityTest::RequestId() {
  return absl::StrCat("\"requestId\":\"parity-", ++ids_, "\"");
}

std::string ParityTest::Uuid() {
  return absl::StrFormat("00000000-0000-4000-8000-%012d", ++ids_);
}

std::string ParityTest::AdminHeaders() {
  return absl::StrCat("Authorization: Bearer ", gitsync_.server().AdminToken(),
                      "\r\nContent-Type: application/json\r\n");
}

ParityTest::Answers ParityTest::Ask(const Question& question) {
  const std::string number = absl::StrCat(++asked_);
  const auto ask = [&](const std::string& endpoint, const std::string& definition) {
    const std::string body = absl::StrReplaceAll(question.body, {{"$D", definition}});
    RawHttp http(endpoint);
    http.Send(absl::StrCat(
        question.method, " ", question.target,
        " HTTP/1.1\r\nHost: parity\r\nX-Request-Id: ", number, "\r\n",
        question.headers.empty() ? AdminHeaders() : question.headers,
        body.empty() && question.method != "POST" && question.method != "PUT"
            ? ""
            : absl::StrCat("Content-Length: ", body.size(), "\r\n"),
        "\r\n", body));
    return http.Read(question.method == "HEAD");
  };
  Answers answers;
  answers.ours = ask(gitsync_.server().http_endpoint(), question.definition);
  answers.theirs = ask(go_.endpoint(), Quoted(question.definition));
  return answers;
}

void ParityTest::ExpectSameBodies(const Answers& answers) {
  const auto type = answers.ours.headers.find("content-type");
  if (type == answers.ours.headers.end() || type->second != "application/x-ndjson") {
    EXPECT_EQ(CanonicalJson(answers.ours.body),
              Unwrapped(answers.theirs.body, answers.theirs.status));
    return;
  }
  const std::vector<std::string> ours = absl::StrSplit(answers.ours.body, '\n');
  const std::vector<std::string> theirs = absl::StrSplit(answers.theirs.body, '\n');
  EXPECT_EQ(ours.size(), theirs.size());
  for (size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
    EXPECT_EQ(CanonicalJson(ours[i]), Unwrapped(theirs[i], answers.theirs.status));
  }
}

HttpAnswer ParityTest::Same(const Question& question) {
  SCOPED_TRACE(absl::StrCat(question.method, " ", question.target, "\n",
                            question.body.substr(0, 500)));
  const Answers answers = Ask(question);
  EXPECT_EQ(answers.ours.status, answers.theirs.status) << answers.ours.body << "\n"
                                                        << answers.theirs.body;
  ExpectSameBodies(answers);
  return answers.ours;
}

HttpAnswer ParityTest::SameStatus(const Question& question) {
  SCOPED_TRACE(absl::StrCat(question.method, " ", question.target, "\n",
                            question.body.substr(0, 500)));
  const Answers answers = Ask(question);
  EXPECT_EQ(answers.ours.status, answers.theirs.status) << answers.ours.body << "\n"
                                                        << answers.theirs.body;
  EXPECT_GE(answers.ours.status, 400) << answers.ours.body;
  EXPECT_TRUE(absl::StartsWith(answers.ours.body, "{\"code\":")) << answers.ours.body;
  return answers.ours;
}

HttpAnswer ParityTest::Differ(Why why, const Question& question) {
  SCOPED_TRACE(absl::StrCat(question.method, " ", question.target, "\n",
                            question.body.substr(0, 500)));
  const Answers answers = Ask(question);
  const auto* difference =
      std::find_if(std::begin(kDifferences), std::end(kDifferences),
                   [&](const Difference& row) { return row.why == why; });
  if (difference == std::end(kDifferences)) {
    ADD_FAILURE() << "not in the table";
    return answers.ours;
  }
  EXPECT_EQ(answers.ours.status, difference->ours) << answers.ours.body << "\n"
                                                   << difference->reason;
  EXPECT_EQ(answers.theirs.status, difference->theirs[go_.version() - 1])
      << answers.theirs.body << "\n"
      << difference->reason;
  if (difference->same_body) ExpectSameBodies(answers);
  return answers.ours;
}

}  // namespace gitsync
