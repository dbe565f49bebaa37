"use strict";
// A strict stand-in of GitHub's API for Apps:
//
//   node server.js CERTIFICATE.pem KEY.pem
//
// Serves the API over TLS, and on another port, in the clear, what tests tell it (POST
// /control with {"do": ...}) and what a git server asks it (/_auth). Both ports are of
// the loopback; they are written to standard output. Ends with its standard input.

const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const { makeApi } = require("./api.js");
const { State } = require("./state.js");

const state = new State();
const api = makeApi(state);
const seen = []; // {method, path, body} of the API's requests
let gitRequestsLeft = Infinity; // until tokens are revoked
let faults = []; // what the next requests get instead of an answer

// Each returns what the test gets, as text or to be written as JSON.
const commands = {
  addApp({ id, clientId, slug }) {
    const app = { id, clientId, slug, keys: [] };
    state.apps.set(id, app);
    return state.addKey(app);
  },
  addKey: ({ app }) => state.addKey(state.apps.get(app)),
  revokeKeys({ app }) {
    state.apps.get(app).keys = [];
  },
  addRepository({ owner, name }) {
    state.repositories.push({ id: state.repositories.length + 1, owner, name });
  },
  // `change` of an installation; a new one if there is none of this id.
  setInstallation({ id, change }) {
    const fresh = {
      id,
      suspended: false,
      repositories: "all",
      permissions: { contents: "write" },
    };
    state.installations.set(
      id,
      Object.assign(state.installations.get(id) ?? fresh, change),
    );
  },
  removeInstallation({ id }) {
    state.installations.delete(id);
  },
  revokeTokens() {
    state.tokens.clear();
  },
  // Once git's server has asked `count` times.
  revokeTokensAfter({ count }) {
    gitRequestsLeft = count;
  },
  tokens: () => [...state.tokens.keys()].join("\n"),
  setClock({ offsetSeconds }) {
    state.clockOffset = offsetSeconds * 1000;
  },
  setTokens({ lifetimeSeconds, expiresAt }) {
    state.tokenLifetime = lifetimeSeconds ?? state.tokenLifetime;
    state.expiresAt = expiresAt ?? null;
  },
  // The next `times` requests get `status`, `headers` and `body` after `delayMs`; with
  // `status` 0 they are answered as usual, only later.
  fail({ times, status, headers, body, delayMs }) {
    faults.push({ times, status, headers, body, delayMs });
  },
  stopFailing() {
    faults = [];
  },
  count: ({ method, path }) =>
    String(seen.filter((r) => r.method === method && r.path.endsWith(path)).length),
  seen: () => seen,
};

function takeFault() {
  const fault = faults[0];
  if (fault !== undefined && --fault.times <= 0) faults.shift();
  return fault;
}

function read(request, then) {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => then(Buffer.concat(pieces).toString()));
}

function answerApi(request, response) {
  read(request, (body) => {
    const path = new URL(request.url, "https://api").pathname;
    seen.push({
      method: request.method,
      path,
      body,
      accept: request.headers.accept,
      version: request.headers["x-github-api-version"],
    });
    const fault = takeFault();
    setTimeout(() => {
      const [status, answer] = fault?.status
        ? [fault.status, fault.body ?? ""]
        : api({
            method: request.method,
            path,
            body,
            authorization: request.headers.authorization,
            userAgent: request.headers["user-agent"],
            version: request.headers["x-github-api-version"],
          });
      response.writeHead(status, {
        "Content-Type": "application/json; charset=utf-8",
        Date: new Date(state.now()).toUTCString(),
        "X-GitHub-Request-Id": "STAND:IN",
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "4999",
        "X-RateLimit-Reset": String(Math.floor(state.now() / 1000) + 3600),
        ...fault?.headers,
      });
      response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
    }, fault?.delayMs ?? 0);
  });
}

function answerControl(request, response) {
  if (request.url.startsWith("/_auth")) {
    const status = state.gitStatus(
      request.headers.authorization,
      request.headers["x-original-uri"],
    );
    if (--gitRequestsLeft === 0) state.tokens.clear();
    request.resume();
    if (status === 401) response.setHeader("WWW-Authenticate", 'Basic realm="GitHub"');
    response.writeHead(status).end();
    return;
  }
  read(request, (body) => {
    try {
      const { do: name, ...rest } = JSON.parse(body);
      const answer = commands[name](rest) ?? "";
      response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
    } catch (error) {
      response.writeHead(400).end(String(error));
    }
  });
}

const [certificate, key] = process.argv.slice(2);
const apiServer = https.createServer(
  { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) },
  answerApi,
);
const controlServer = http.createServer(answerControl);
// As long as a test may take: a connection that is kept is not ended under it.
apiServer.keepAliveTimeout = controlServer.keepAliveTimeout = 600000;
apiServer.listen(0, "127.0.0.1", () => {
  controlServer.listen(0, "127.0.0.1", () => {
    console.log(`${apiServer.address().port} ${controlServer.address().port}`);
  });
});
process.stdin.resume().on("end", () => process.exit(0));
