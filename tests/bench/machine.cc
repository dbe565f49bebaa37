#include "tests/bench/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/demand.h"

namespace gitsync {
namespace {

absl::Duration Ticks(int64_t count) {
  static const long per_second = sysconf(_SC_CLK_TCK);
  return absl::Seconds(1) * count / per_second;
}

// A line of /proc/PID/status, in MiB.
double StatusMib(pid_t pid, const std::string& name) {
  std::istringstream status(ReadText(absl::StrCat("/proc/", pid, "/status")));
  std::string word;
  while (status >> word && word != name) {
  }
  double kib = 0;
  Demand(static_cast<bool>(status >> kib), absl::StrCat("no ", name, " of ", pid));
  return kib / 1024;
}

// Its own time and that of the children that it has waited for; zero if it has ended.
absl::Duration ProcessTime(pid_t pid) {
  const std::string stat = ReadText(absl::StrCat("/proc/", pid, "/stat"));
  // "pid (name) state ...": the name may have anything in it.
  const size_t end = stat.rfind(')');
  if (end == std::string::npos) return absl::ZeroDuration();
  std::istringstream fields(stat.substr(end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  int64_t user = 0, system = 0, childrens_user = 0, childrens_system = 0;
  fields >> user >> system >> childrens_user >> childrens_system;
  return Ticks(user + system + childrens_user + childrens_system);
}

absl::Duration BusyTime() {
  std::istringstream fields(ReadText("/proc/stat"));
  std::string cpu;
  int64_t user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0;
  fields >> cpu >> user >> nice >> system >> idle >> wait >> irq >> softirq;
  Demand(cpu == "cpu" && fields.good(), "/proc/stat is not as expected");
  return Ticks(user + nice + system + irq + softirq);
}

}  // namespace

std::string MachineName() {
  std::string cpu = "unknown CPU";
  const std::string info = ReadText("/proc/cpuinfo");
  if (const size_t model = info.find("model name"); model != std::string::npos) {
    const size_t start = info.find(": ", model) + 2;
    cpu = info.substr(start, info.find('\n', start) - start);
  }
  utsname system = {};
  uname(&system);
  return absl::StrCat(cpu, ", ", std::thread::hardware_concurrency(), " cores, ",
                      system.sysname, " ", system.release, "; ", GITSYNC_BUILD_TYPE,
                      " build; ", RunOrEnd({"git", "--version"}).substr(0, 18));
}

std::string LoadAverage() {
  const std::string load = ReadText("/proc/loadavg");
  return load.substr(0, load.find(' '));
}

double ResidentMib(pid_t pid) { return StatusMib(pid, "VmRSS:"); }
double PeakResidentMib(pid_t pid) { return StatusMib(pid, "VmHWM:"); }

CpuTimes ReadCpuTimes(pid_t server, const std::vector<pid_t>& remote) {
  CpuTimes times;
  times.all = BusyTime();
  times.server = ProcessTime(server);
  for (const pid_t pid : remote) times.remote += ProcessTime(pid);
  times.driver = ProcessTime(getpid());
  return times;
}

CpuTimes operator-(const CpuTimes& end, const CpuTimes& begin) {
  return {end.all - begin.all, end.server - begin.server, end.remote - begin.remote,
          end.driver - begin.driver};
}

}  // namespace gitsync
