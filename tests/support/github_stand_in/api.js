"use strict";
// The endpoints of GitHub's REST API that an App uses, at / as on api.github.com and at
// /api/v3 as on GitHub Enterprise.

const { Refusal, covers } = require("./state.js");

const VERSIONS = ["2022-11-28"];

// Answers in GitHub's form; `state` decides.
function makeApi(state) {
  const installationOf = (app, id) => {
    const installation = state.installations.get(id);
    if (installation === undefined || installation.appId !== app.id) {
      throw new Refusal(404, "Not Found");
    }
    return installation;
  };
  const tokenOf = (authorization) => {
    const match = /^(?:token|bearer) (\S+)$/i.exec(authorization ?? "");
    const token = match === null ? undefined : state.liveToken(match[1]);
    if (token === undefined) throw new Refusal(401, "Bad credentials");
    return token;
  };
  const showRepository = (repository) => ({
    id: repository.id,
    name: repository.name,
    full_name: `${repository.owner}/${repository.name}`,
    private: true,
    owner: { login: repository.owner },
  });
  const showInstallation = (installation) => ({
    id: Number(installation.id),
    app_id: Number(installation.appId),
    account: { login: installation.account, type: "Organization" },
    repository_selection: installation.repositories === "all" ? "all" : "selected",
    permissions: { ...installation.permissions, metadata: "read" },
    suspended_at: installation.suspended ? "2026-01-01T00:00:00Z" : null,
  });

  const routes = [
    [
      "GET",
      /^\/app$/,
      (request) => {
        const app = state.appOf(request.authorization);
        return [
          200,
          {
            id: Number(app.id),
            client_id: app.clientId,
            slug: app.slug,
            name: app.slug,
          },
        ];
      },
    ],
    [
      "GET",
      /^\/app\/installations\/(\d+)$/,
      (request, id) => [
        200,
        showInstallation(installationOf(state.appOf(request.authorization), id)),
      ],
    ],
    [
      "POST",
      /^\/app\/installations\/(\d+)\/access_tokens$/,
      (request, id) => {
        const installation = installationOf(state.appOf(request.authorization), id);
        if (installation.suspended) {
          throw new Refusal(403, "This installation has been suspended");
        }
        const token = state.issueToken(installation, parseBody(request));
        const answer = {
          token: token.text,
          expires_at:
            state.expiresAt ??
            new Date(token.expires).toISOString().replace(/\.\d+Z$/, "Z"),
          permissions: token.permissions,
          repository_selection: token.narrowed ? "selected" : "all",
        };
        if (token.narrowed)
          answer.repositories = token.repositories.map(showRepository);
        return [201, answer];
      },
    ],
    [
      "GET",
      /^\/installation\/repositories$/,
      (request) => {
        const { repositories } = tokenOf(request.authorization);
        return [
          200,
          {
            total_count: repositories.length,
            repositories: repositories.map(showRepository),
          },
        ];
      },
    ],
    [
      "GET",
      /^\/repos\/([^/]+)\/([^/]+)$/,
      (request, owner, name) => {
        const token = tokenOf(request.authorization);
        const repository = state.repository(owner, name);
        if (repository === undefined || !token.repositories.includes(repository)) {
          throw new Refusal(404, "Not Found");
        }
        const may = (level) => covers(token.permissions, { contents: level });
        return [
          200,
          {
            ...showRepository(repository),
            permissions: { pull: may("read"), push: may("write") },
          },
        ];
      },
    ],
  ];

  return (request) => {
    try {
      if (!request.userAgent) {
        throw new Refusal(
          403,
          "Request forbidden by administrative rules. Please make " +
            "sure your request has a User-Agent header.",
        );
      }
      if (request.version !== undefined && !VERSIONS.includes(request.version)) {
        throw new Refusal(400, `${request.version} is not a supported version.`);
      }
      const path = request.path.replace(/^\/api\/v3(?=\/)/, "");
      for (const [method, pattern, handle] of routes) {
        const match = pattern.exec(path);
        if (match !== null && method === request.method) {
          return handle(request, ...match.slice(1));
        }
      }
      throw new Refusal(404, "Not Found");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return [
        error.status,
        { message: error.message, documentation_url: "https://docs.github.com/rest" },
      ];
    }
  };
}

function parseBody(request) {
  if (request.body === "") return {};
  let body;
  try {
    body = JSON.parse(request.body);
  } catch {
    throw new Refusal(400, "Problems parsing JSON");
  }
  const names = body.repositories;
  if (
    names !== undefined &&
    !(Array.isArray(names) && names.every((name) => typeof name === "string"))
  ) {
    throw new Refusal(422, "Invalid request.");
  }
  return body;
}

module.exports = { makeApi };
