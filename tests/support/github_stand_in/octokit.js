"use strict";
// Logs in as an App with @octokit/auth-app, and asks what its token is good for:
//
//   octokit.js CA_FILE API_URL APP_ID INSTALLATION_ID KEY_FILE OWNER REPOSITORY
//
// Prints one line of JSON: what the token may do, or the status that refused it.

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const [caFile, baseUrl, appId, installationId, keyFile, owner, repository] =
  process.argv.slice(2);

// These packages are modules, which NODE_PATH is not for.
function load(name) {
  const folder = path.join(process.env.NODE_PATH, name);
  const { exports } = JSON.parse(fs.readFileSync(path.join(folder, "package.json")));
  const file = exports["."].import ?? exports["."].default;
  return import(pathToFileURL(path.join(folder, file)));
}

async function main() {
  const { createAppAuth } = await load("@octokit/auth-app");
  const request = (await load("@octokit/request")).request.defaults({ baseUrl });
  const auth = createAppAuth({
    appId,
    installationId,
    privateKey: fs.readFileSync(keyFile, "utf8"),
    request,
  });
  const login = await auth({
    type: "installation",
    repositoryNames: [repository],
    permissions: { contents: "write" },
  });
  const answer = await request("GET /repos/{owner}/{repo}", {
    owner,
    repo: repository,
    headers: { authorization: `token ${login.token}` },
  });
  return {
    token: login.token,
    contents: login.permissions.contents,
    push: answer.data.permissions.push,
  };
}

if (process.env.NODE_EXTRA_CA_CERTS === caFile) {
  main().then(
    (result) => console.log(JSON.stringify(result)),
    (error) =>
      console.log(
        JSON.stringify({
          status: error.status ?? String(error),
          message: error.message,
        }),
      ),
  );
} else {
  // Node takes no other authority for fetch, and this one when it starts only.
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: caFile };
  spawnSync(process.execPath, process.argv.slice(1), { env, stdio: "inherit" });
}
