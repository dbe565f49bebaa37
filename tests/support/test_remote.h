#ifndef GITSYNC_TESTS_SUPPORT_TEST_REMOTE_H_
#define GITSYNC_TESTS_SUPPORT_TEST_REMOTE_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"

namespace gitsync {

// Output and exit status of a program.
struct CommandResult {
  int status = -1;
  std::string output;  // standard output and standard error
};

// Adds the variables that every program of a test needs from this process's
// environment: PATH, the folder for temporary files, and the options of sanitizers.
void AppendTestVariables(std::vector<std::string>* environment);

// Returns this process's whole environment, for programs that access a network: it may
// say how to reach a registry, and whom to trust there.
std::vector<std::string> OwnEnvironment();

// Runs a program without a shell and without standard input, with `environment` ("A=b")
// and the variables of AppendTestVariables. Blocks until it ends.
CommandResult RunCommand(const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment = {});

// Returns the strings in the form that `execve` takes; valid as long as `strings` is.
std::vector<char*> Pointers(const std::vector<std::string>& strings);

// Writes a file, and creates its folders.
void WriteTestFile(const std::string& path, const std::string& content,
                   bool executable = false);

// A bare repository in a temporary folder, used as a remote. Git itself creates and
// checks its content. If git fails, the test fails.
class TestRemote {
 public:
  // Creates an empty repository whose HEAD names `default_branch`.
  explicit TestRemote(std::string default_branch = "master");

  // Folder of the repository, and its file:// URL.
  std::string path() const { return dir_ / "remote.git"; }
  std::string FileUrl() const { return "file://" + path(); }

  // Commits a file to the branch (the default one if empty) without running hooks, as
  // another client of the remote would. Returns the commit's id.
  std::string CommitFromElsewhere(const std::string& file, const std::string& content,
                                  const std::string& message,
                                  const std::string& branch = "");

  // Returns the subjects of the branch's commits, newest first; none if there is no
  // such branch.
  std::vector<std::string> Log(const std::string& branch = "") const;

  // Returns the id of the commit that the branch names; empty if there is none.
  std::string Head(const std::string& branch = "") const;

  // Returns the content of a file on the branch; empty if there is none.
  std::string File(const std::string& branch, const std::string& file) const;

  // Whether `git fsck --strict` finds nothing wrong.
  bool FsckClean() const;

  // Installs a hook ("pre-receive", "update", ...). `script` includes its "#!" line.
  void SetHook(const std::string& name, const std::string& script);

  // Runs git in the repository. Returns its standard output and error without the last
  // line end.
  std::string Git(const std::vector<std::string>& arguments) const;

 private:
  CommandResult TryGit(const std::vector<std::string>& arguments,
                       const std::vector<std::string>& environment = {}) const;
  std::string Branch(const std::string& branch) const {
    return "refs/heads/" + (branch.empty() ? default_branch_ : branch);
  }

  TempDir dir_;
  std::string default_branch_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_TEST_REMOTE_H_
