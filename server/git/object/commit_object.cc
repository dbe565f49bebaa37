#include "server/git/object/commit_object.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/utf8.h"
#include "server/git/object/text_encoding.h"

namespace gitsync {
namespace {

// Decoding makes text shorter by a factor of four at most.
constexpr size_t kMaxDecodedBytes = 5 * CommitInfo::kMaxMessageBytes;

// Takes the line off that `rest` begins with.
absl::string_view TakeLine(absl::string_view* rest) {
  const size_t end = rest->find('\n');
  const absl::string_view line = rest->substr(0, end);
  rest->remove_prefix(end == absl::string_view::npos ? rest->size() : end + 1);
  return line;
}

// Takes a line "key <id>" off; nothing, and takes nothing, if there is none.
std::optional<git_oid> TakeId(absl::string_view key, absl::string_view* rest) {
  absl::string_view after = *rest;
  absl::string_view line = TakeLine(&after);
  if (!absl::ConsumePrefix(&line, key)) return std::nullopt;
  const std::optional<git_oid> id = ParseOid(line);
  if (id.has_value()) *rest = after;
  return id;
}

// The value of a header; `rest` begins behind the parents. Empty if there is none.
absl::string_view HeaderOf(absl::string_view rest, absl::string_view key) {
  while (!rest.empty() && rest.front() != '\n') {
    absl::string_view line = TakeLine(&rest);
    if (absl::ConsumePrefix(&line, key)) return line;
  }
  return "";
}

// What is behind the headers.
absl::string_view MessageOf(absl::string_view rest) {
  while (!rest.empty() && rest.front() != '\n') TakeLine(&rest);
  while (absl::ConsumePrefix(&rest, "\n")) {
  }
  return rest;
}

// Takes the word off that `text` ends with.
absl::string_view TakeLastWord(absl::string_view* text) {
  *text = absl::StripTrailingAsciiWhitespace(*text);
  const size_t space = text->find_last_of(" \t");
  const size_t begin = space == absl::string_view::npos ? 0 : space + 1;
  const absl::string_view word = text->substr(begin);
  *text = text->substr(0, begin);
  return word;
}

bool IsDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// Seconds since 1970. git counts without a sign, so that a time before 1970 comes as
// one beyond the signed range; what is beyond the unsigned one as well is the last of
// all.
int64_t ParseSeconds(absl::string_view digits) {
  const bool negative = absl::ConsumePrefix(&digits, "-");
  uint64_t seconds = 0;
  for (const char c : digits) {
    const auto digit = static_cast<uint64_t>(c - '0');
    if (seconds > (std::numeric_limits<uint64_t>::max() - digit) / 10) {
      return negative ? std::numeric_limits<int64_t>::min()
                      : std::numeric_limits<int64_t>::max();
    }
    seconds = seconds * 10 + digit;
  }
  return static_cast<int64_t>(negative ? -seconds : seconds);
}

struct Identity {
  absl::string_view name;
  absl::string_view email;
  int64_t time = 0;
};

// Takes "name <mail> seconds zone" apart, of which everything may be missing.
Identity ParseIdentity(absl::string_view line) {
  Identity who;
  const size_t mail = line.find('<');
  const size_t mail_end = line.find('>', mail == absl::string_view::npos ? 0 : mail);
  // The time is behind the last one: a mail may hold others.
  const size_t last = line.rfind('>');
  absl::string_view times =
      last == absl::string_view::npos ? line : line.substr(last + 1);
  absl::string_view word = TakeLastWord(&times);
  if (!word.empty() && (word.front() == '+' || word.front() == '-') &&
      IsDigits(word.substr(1)) && word.size() <= 5) {
    word = TakeLastWord(&times);
  }
  if (IsDigits(absl::StripPrefix(word, "-"))) {
    who.time = ParseSeconds(word);
  } else if (last == absl::string_view::npos) {
    times = line;
  }
  who.name = mail == absl::string_view::npos ? times : line.substr(0, mail);
  if (mail != absl::string_view::npos) {
    who.email = mail_end == absl::string_view::npos
                    ? line.substr(mail + 1)
                    : line.substr(mail + 1, mail_end - mail - 1);
  }
  who.name = absl::StripAsciiWhitespace(who.name);
  who.email = absl::StripAsciiWhitespace(who.email);
  return who;
}

std::string DecodeName(absl::string_view text, absl::string_view encoding) {
  constexpr size_t kMaxDecodedNameBytes = 5 * CommitInfo::kMaxNameBytes;
  const std::string name = DecodeText(text.substr(0, kMaxDecodedNameBytes), encoding);
  return std::string(CutUtf8(name, CommitInfo::kMaxNameBytes));
}

absl::Status NoCommit(const git_oid& id) {
  return Error(absl::StatusCode::kFailedPrecondition, reason::kInvalidGitContent,
               absl::StrCat("The repository's object ", OidHex(id),
                            " is no commit, though a ref or a commit names it as one. "
                            "Check the repository with git fsck."))
      .With("commit_id", OidHex(id));
}

}  // namespace

std::optional<Commit> ParseCommit(const git_oid& id, absl::string_view content) {
  Commit commit;
  commit.id = id;
  const std::optional<git_oid> tree = TakeId("tree ", &content);
  if (!tree.has_value()) return std::nullopt;
  commit.tree = *tree;
  while (const std::optional<git_oid> parent = TakeId("parent ", &content)) {
    commit.parents.push_back(*parent);
  }
  commit.commit_time = ParseIdentity(HeaderOf(content, "committer ")).time;
  return commit;
}

CommitInfo DescribeCommit(const git_oid& id, absl::string_view content) {
  const absl::string_view encoding = HeaderOf(content, "encoding ");
  const Identity author = ParseIdentity(HeaderOf(content, "author "));
  CommitInfo info;
  info.id = OidHex(id);
  info.author = {DecodeName(author.name, encoding), DecodeName(author.email, encoding)};
  info.author_time = absl::FromUnixSeconds(author.time);
  const absl::string_view raw = MessageOf(content);
  std::string message = DecodeText(raw.substr(0, kMaxDecodedBytes), encoding);
  // Where git ends a message too.
  message.resize(std::min(message.size(), message.find('\0')));
  info.message = std::string(CutUtf8(message, CommitInfo::kMaxMessageBytes));
  info.message_truncated =
      info.message.size() < message.size() || raw.size() > kMaxDecodedBytes;
  return info;
}

absl::StatusOr<CommitReader> CommitReader::Open(git_repository* repository) {
  git_odb* odb = nullptr;
  if (git_repository_odb(&odb, repository) != 0) return GitFailure("open objects");
  return CommitReader(OdbPtr(odb), ReadShallow(repository));
}

absl::StatusOr<OdbObjectPtr> CommitReader::FindObject(const git_oid& id) const {
  git_odb_object* object = nullptr;
  const int found = git_odb_read(&object, odb_.get(), &id);
  if (found == GIT_ENOTFOUND) {
    git_error_clear();
    return OdbObjectPtr();
  }
  if (found != 0) return GitFailure("read a commit");
  OdbObjectPtr owner(object);
  if (git_odb_object_type(object) != GIT_OBJECT_COMMIT) return NoCommit(id);
  return owner;
}

absl::StatusOr<std::optional<Commit>> CommitReader::Find(const git_oid& id) const {
  ASSIGN_OR_RETURN(const OdbObjectPtr object, FindObject(id));
  if (object == nullptr) return std::optional<Commit>();
  std::optional<Commit> commit = ParseCommit(id, ContentOf(object.get()));
  if (!commit.has_value()) return NoCommit(id);
  if (shallow_.count(id) > 0) commit->parents.clear();
  return commit;
}

absl::StatusOr<Commit> CommitReader::Read(const git_oid& id) const {
  ASSIGN_OR_RETURN(std::optional<Commit> commit, Find(id));
  if (!commit.has_value()) return MirrorFault("a commit is missing");
  return *std::move(commit);
}

absl::StatusOr<CommitInfo> CommitReader::Describe(const git_oid& id) const {
  ASSIGN_OR_RETURN(const OdbObjectPtr object, FindObject(id));
  if (object == nullptr) return MirrorFault("a commit is missing");
  return DescribeCommit(id, ContentOf(object.get()));
}

}  // namespace gitsync
