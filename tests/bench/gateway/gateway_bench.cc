// Measures a read and a large definition through the gateway; prints Markdown tables.
// See `tests/bench/gateway/run --help`.
//
// The ways to read take turns, so that noise of the machine hits all; each number is
// the median of the rounds.

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/bench/gateway/grpc_load.h"
#include "tests/integration/installation.h"
#include "tests/parity/go_gateway.h"
#include "tests/support/raw_http.h"

namespace gitsync {
namespace {

// Ends the program: a table with a failed request in it would be worth nothing.
void Demand(bool good, const std::string& what) {
  if (good) return;
  std::cerr << "gateway_bench: " << what << std::endl;
  std::exit(1);
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The first word after `name` in the text.
std::string WordAfter(const std::string& text, const std::string& name) {
  const size_t at = text.find(name);
  Demand(at != std::string::npos, absl::StrCat("no \"", name, "\" in: ", text));
  const size_t start = text.find_first_not_of(" \t", at + name.size());
  return text.substr(start, text.find_first_of(" \t\n", start) - start);
}

// One client thread: the machine is the server's.
Load LoadOverHttp(const std::string& endpoint, const std::string& token,
                  const std::string& organization_id, int connections, int seconds) {
  const CommandResult result = RunCommand(
      {"wrk", "-t1", absl::StrCat("-c", connections), absl::StrCat("-d", seconds, "s"),
       "--latency", "-H", "Authorization: Bearer " + token,
       absl::StrCat("http://", endpoint, "/api/v1/organizations/", organization_id)});
  Demand(result.status == 0 && !absl::StrContains(result.output, "Non-2xx") &&
             !absl::StrContains(result.output, "Socket errors"),
         result.output);
  // Above it are percents of another kind.
  const size_t at = result.output.find("Latency Distribution");
  Demand(at != std::string::npos, result.output);
  const std::string latencies = result.output.substr(at);
  Load load;
  Demand(
      absl::SimpleAtod(WordAfter(result.output, "Requests/sec:"), &load.per_second) &&
          absl::ParseDuration(WordAfter(latencies, "50%"), &load.median) &&
          absl::ParseDuration(WordAfter(latencies, "99%"), &load.p99),
      result.output);
  return load;
}

template <typename T>
T Median(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Load MedianOf(const std::vector<Load>& loads) {
  std::vector<double> per_second;
  std::vector<absl::Duration> medians;
  std::vector<absl::Duration> p99s;
  for (const Load& load : loads) {
    per_second.push_back(load.per_second);
    medians.push_back(load.median);
    p99s.push_back(load.p99);
  }
  return {Median(per_second), Median(medians), Median(p99s)};
}

std::string LoadAverage() {
  const std::string load = ReadText("/proc/loadavg");
  return load.substr(0, load.find(' '));
}

std::string Machine() {
  utsname system = {};
  uname(&system);
  const std::string cpu = ReadText("/proc/cpuinfo");
  const size_t start = cpu.find(": ", cpu.find("model name")) + 2;
  return absl::StrCat(cpu.substr(start, cpu.find('\n', start) - start), ", ",
                      std::thread::hardware_concurrency(), " cores, ", system.sysname,
                      " ", system.release, "; ", GITSYNC_BUILD_TYPE, " build");
}

struct Way {
  std::string name;
  std::function<Load(int connections)> load;
  std::vector<Load> loads;
};

void MeasureReads(int rounds, int seconds) {
  GitsyncdProcess server({.flags = {"--log_level=warning"}});
  const std::string token = server.AdminToken();
  const std::string id = Api(server.endpoint(), token).CreateOrganization("Acme");
  GoGateway go(server.endpoint());
  std::cout << "GetOrganization, " << rounds << " rounds of " << seconds << " s each. "
            << Machine() << "; load before " << LoadAverage() << ".\n\n"
            << "| Way | connections | requests/s | median ms | p99 ms | to Go |\n"
            << "|---|---:|---:|---:|---:|---:|\n";
  for (const int connections : {1, 32}) {
    std::vector<Way> ways = {
        {"Go gateway before the server",
         [&](int n) { return LoadOverHttp(go.endpoint(), token, id, n, seconds); },
         {}},
        {"GitSync's gateway",
         [&](int n) {
           return LoadOverHttp(server.http_endpoint(), token, id, n, seconds);
         },
         {}},
        {"gRPC itself, calls at a time on one connection",
         [&](int n) {
           return LoadOverGrpc(server.endpoint(), token, id, n, absl::Seconds(seconds));
         },
         {}},
    };
    for (int round = 0; round < rounds; ++round) {
      for (Way& way : ways) way.loads.push_back(way.load(connections));
    }
    const double base = MedianOf(ways[0].loads).per_second;
    for (const Way& way : ways) {
      const Load load = MedianOf(way.loads);
      std::cout << absl::StrFormat(
          "| %s | %d | %.0f | %.2f | %.2f | %.2f |\n", way.name, connections,
          load.per_second, absl::ToDoubleMilliseconds(load.median),
          absl::ToDoubleMilliseconds(load.p99), load.per_second / base);
    }
  }
  std::cout << "\nLoad after " << LoadAverage() << ".\n\n";
}

// Bytes that the process had at most, and has now.
size_t Memory(pid_t pid, const std::string& name) {
  size_t kib = 0;
  const std::string status = ReadText(absl::StrCat("/proc/", pid, "/status"));
  Demand(absl::SimpleAtoi(WordAfter(status, name), &kib), "no " + name);
  return kib << 10;
}

void MeasureDefinition(size_t size) {
  GitsyncdProcess server;
  const std::string token = server.AdminToken();
  const std::string id = Api(server.endpoint(), token).CreateOrganization("Acme");
  std::string definition = R"({"pages":[{"name":"Home"})";
  while (definition.size() < size) {
    absl::StrAppend(&definition, R"(,{"name":"Page","widgets":[1,2.5,"three",null]})");
  }
  definition += "]}";
  const auto ask = [&](const std::string& request_line, const std::string& body) {
    RawHttp http(server.http_endpoint());
    http.Send(absl::StrCat(request_line, " HTTP/1.1\r\nHost: bench\r\nAuthorization: ",
                           "Bearer ", token, "\r\nContent-Type: application/json\r\n",
                           "Content-Length: ", body.size(), "\r\n\r\n"));
    http.Send(body);
    HttpAnswer answer = http.Read();
    Demand(answer.status == 200, answer.body.substr(0, 1000));
    return answer;
  };
  std::cout << absl::StrFormat("A definition of %.1f MiB, in a server of its own.\n\n",
                               static_cast<double>(definition.size()) / (1 << 20))
            << "| Way | ms | peak memory over the size |\n|---|---:|---:|\n";
  const std::string apps = absl::StrCat("/api/v1/organizations/", id, "/apps");
  // Each on a server that has just started, so that its peak is its own.
  const auto measure = [&](const std::string& name, const std::string& request_line,
                           const std::string& body) {
    server.Restart();
    // What is allocated once is not the definition's.
    ask("GET " + apps, "");
    const size_t before = Memory(server.pid(), "VmRSS:");
    const absl::Time start = absl::Now();
    HttpAnswer answer = ask(request_line, body);
    const absl::Duration took = absl::Now() - start;
    const size_t peak = Memory(server.pid(), "VmHWM:");
    std::cout << absl::StrFormat(
        "| %s | %.0f | %.1f |\n", name, absl::ToDoubleMilliseconds(took),
        static_cast<double>(peak - before) / static_cast<double>(definition.size()));
    return answer;
  };
  const HttpAnswer made =
      measure("up", "POST " + apps,
              absl::StrCat(R"({"name":"Large","definition":)", definition, "}"));
  const auto member = [&](const std::string& name) {
    return made.body.substr(made.body.find(name) + name.size(), 36);
  };
  const HttpAnswer read =
      measure("down",
              absl::StrCat("GET /api/v1/apps/", member("\"id\":\""), "/versions/",
                           member("\"firstVersionId\":\"")),
              "");
  Demand(absl::StrContains(read.body, definition), "another definition came back");
}

}  // namespace
}  // namespace gitsync

int main(int argc, char** argv) {
  int rounds = 5;
  int seconds = 5;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (!(absl::ConsumePrefix(&argument, "--rounds=") &&
          absl::SimpleAtoi(argument, &rounds) && rounds > 0) &&
        !(absl::ConsumePrefix(&argument, "--seconds=") &&
          absl::SimpleAtoi(argument, &seconds) && seconds > 0)) {
      std::cerr << "gateway_bench: unknown argument " << argv[i] << std::endl;
      return 2;
    }
  }
  gitsync::MeasureReads(rounds, seconds);
  gitsync::MeasureDefinition(size_t{10} << 20);
  return 0;
}
