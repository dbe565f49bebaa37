// Small parts of the pack protocol, for tests that hold a conversation.

#ifndef GITSYNC_TESTS_UNIT_GIT_TRANSPORT_CONVERSATION_H_
#define GITSYNC_TESTS_UNIT_GIT_TRANSPORT_CONVERSATION_H_

#include <cstdio>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/git/transport/transport.h"

namespace gitsync {

// Reads up to the flush packet that ends an advertisement or report, or to the end.
inline absl::StatusOr<std::string> ReadAdvertisement(GitStream& stream) {
  std::string text;
  char buffer[4096];
  while (!absl::EndsWith(text, "0000")) {
    ASSIGN_OR_RETURN(const size_t count, stream.Read(buffer, sizeof(buffer)));
    if (count == 0) break;
    text.append(buffer, count);
  }
  return text;
}

inline std::string PktLine(const std::string& text) {
  char length[5];
  snprintf(length, sizeof(length), "%04zx", text.size() + 4);
  return length + text;
}

// The pack of everything that `commit` reaches.
inline absl::StatusOr<std::string> FetchPack(GitTransport& transport,
                                             const Remote& remote,
                                             const std::string& commit,
                                             const Context& context = Context()) {
  ASSIGN_OR_RETURN(auto stream,
                   transport.Open(remote, GitService::kUploadPack, context));
  RETURN_IF_ERROR(ReadAdvertisement(*stream).status());
  RETURN_IF_ERROR(stream->Write(
      absl::StrCat(PktLine("want " + commit + "\n"), "0000", PktLine("done\n"))));
  std::string answer;
  std::string buffer(1 << 16, '\0');
  while (true) {
    ASSIGN_OR_RETURN(const size_t count, stream->Read(buffer.data(), buffer.size()));
    if (count == 0) break;
    answer.append(buffer, 0, count);
  }
  RETURN_IF_ERROR(stream->Finish());
  if (!absl::StartsWith(answer, "0008NAK\n")) return absl::InternalError(answer);
  return answer.substr(8);
}

// Makes "refs/heads/master" of an empty repository, and returns the report.
inline absl::StatusOr<std::string> PushPack(GitTransport& transport,
                                            const Remote& remote,
                                            const std::string& commit,
                                            const std::string& pack) {
  ASSIGN_OR_RETURN(auto stream,
                   transport.Open(remote, GitService::kReceivePack, Context()));
  RETURN_IF_ERROR(ReadAdvertisement(*stream).status());
  const std::string command =
      absl::StrCat(std::string(40, '0'), " ", commit, " refs/heads/master",
                   std::string(1, '\0'), "report-status");
  RETURN_IF_ERROR(stream->Write(absl::StrCat(PktLine(command), "0000")));
  RETURN_IF_ERROR(stream->Write(pack));
  ASSIGN_OR_RETURN(const std::string report, ReadAdvertisement(*stream));
  RETURN_IF_ERROR(stream->Finish());
  return report;
}

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_GIT_TRANSPORT_CONVERSATION_H_
