// What the machine is, and what processes take of it.

#ifndef GITSYNC_TESTS_BENCH_MACHINE_H_
#define GITSYNC_TESTS_BENCH_MACHINE_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace gitsync {

// CPU, cores, kernel, and how the programs were built.
std::string MachineName();
// Of the last minute.
std::string LoadAverage();

// Resident memory that a process has now, and has had at most.
double ResidentMib(pid_t pid);
double PeakResidentMib(pid_t pid);

// Time that processes had on the cores up to now; differences of two tell what they
// took between.
struct CpuTimes {
  absl::Duration all;     // of all processes of the machine
  absl::Duration server;  // gitsyncd
  absl::Duration remote;  // sshd and what it started
  absl::Duration driver;  // this process
};
// Of `server`, and of `remote` with the children that they have seen to their end.
CpuTimes ReadCpuTimes(pid_t server, const std::vector<pid_t>& remote);
CpuTimes operator-(const CpuTimes& end, const CpuTimes& begin);

}  // namespace gitsync

#endif  // GITSYNC_TESTS_BENCH_MACHINE_H_
