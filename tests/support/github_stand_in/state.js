"use strict";
// What the stand-in knows: Apps, installations, repositories and tokens, and the rules
// by which GitHub lets one in, as its documentation has them.

const crypto = require("node:crypto");

const LEVELS = ["none", "read", "write", "admin"];

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// Whether `granted` includes all of `wanted`: permissions by name.
function covers(granted, wanted) {
  return Object.entries(wanted).every(
    ([name, level]) =>
      LEVELS.indexOf(level) > 0 &&
      LEVELS.indexOf(granted[name] ?? "none") >= LEVELS.indexOf(level),
  );
}

class State {
  constructor() {
    this.apps = new Map(); // id -> {id, clientId, slug, keys}
    this.installations = new Map(); // id -> {id, appId, account, permissions, ...}
    this.repositories = []; // {id, owner, name}
    this.tokens = new Map(); // text -> {installation, repositories, ...}
    this.clockOffset = 0; // of this server's clock, in ms
    this.tokenLifetime = 3600; // seconds
    this.expiresAt = null; // what is said instead of the truth
  }

  now() {
    return Date.now() + this.clockOffset;
  }

  // Returns the private key, PKCS#1 as GitHub hands it out.
  addKey(app) {
    const pair = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
    app.keys.push(pair.publicKey);
    return pair.privateKey.export({ type: "pkcs1", format: "pem" });
  }

  repository(owner, name) {
    const same = (a, b) => a.toLowerCase() === b.toLowerCase();
    return this.repositories.find((r) => same(r.owner, owner) && same(r.name, name));
  }

  // Those that an installation was given.
  repositoriesOf(installation) {
    return this.repositories.filter(
      (repository) =>
        repository.owner === installation.account &&
        (installation.repositories === "all" ||
          installation.repositories.includes(repository.name)),
    );
  }

  // The App that an Authorization header proves to be, or a Refusal.
  appOf(authorization) {
    const undecodable = () => new Refusal(401, "A JSON web token could not be decoded");
    const match = /^bearer ([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/i.exec(
      authorization ?? "",
    );
    if (match === null) throw undecodable();
    const [, headerText, claimsText, signature] = match;
    let header;
    let claims;
    try {
      header = JSON.parse(Buffer.from(headerText, "base64url"));
      claims = JSON.parse(Buffer.from(claimsText, "base64url"));
    } catch {
      throw undecodable();
    }
    if (header.alg !== "RS256" || (header.typ ?? "JWT") !== "JWT") throw undecodable();
    const app = [...this.apps.values()].find((candidate) =>
      [candidate.id, candidate.clientId].includes(String(claims.iss)),
    );
    if (app === undefined) throw new Refusal(404, "Integration not found");
    const signed = Buffer.from(`${headerText}.${claimsText}`);
    if (
      !app.keys.some((key) =>
        crypto.verify("RSA-SHA256", signed, key, Buffer.from(signature, "base64url")),
      )
    ) {
      throw undecodable();
    }
    const now = this.now() / 1000;
    if (!Number.isInteger(claims.iat) || claims.iat > now) {
      throw new Refusal(
        401,
        "'Issued at' claim ('iat') must be an Integer " +
          "representing the time that the assertion was issued",
      );
    }
    if (!Number.isInteger(claims.exp) || claims.exp <= now) {
      throw new Refusal(
        401,
        "'Expiration time' claim ('exp') must be a numeric value " +
          "representing the future time at which the assertion expires",
      );
    }
    if (claims.exp > now + 600) {
      throw new Refusal(
        401,
        "'Expiration time' claim ('exp') is too far in the future",
      );
    }
    return app;
  }

  // Issues a token for what `request` asks for, at most what the installation has.
  issueToken(installation, request) {
    const granted = installation.permissions;
    const wanted = request.permissions ?? granted;
    if (!covers(granted, wanted)) {
      throw new Refusal(
        422,
        "The permissions requested are not granted to this installation.",
      );
    }
    let repositories = this.repositoriesOf(installation);
    if (request.repositories !== undefined) {
      repositories = request.repositories.map((name) => {
        const found = repositories.find((r) => r.name === name);
        if (found === undefined) {
          throw new Refusal(
            422,
            "There is at least one repository that does not " +
              "exist or is not accessible to the parent installation.",
          );
        }
        return found;
      });
    }
    const text =
      "ghs_" + crypto.randomBytes(27).toString("base64url").replace(/[-_]/g, "x");
    const token = {
      text,
      installation,
      narrowed: request.repositories !== undefined,
      repositories,
      permissions: { ...wanted, metadata: "read" },
      expires: this.now() + this.tokenLifetime * 1000,
    };
    this.tokens.set(text, token);
    return token;
  }

  // The token if it is good at this moment.
  liveToken(text) {
    const token = this.tokens.get(text);
    if (
      token === undefined ||
      token.expires <= this.now() ||
      token.installation.suspended
    ) {
      return undefined;
    }
    return token;
  }

  // What a git server has to answer to a request for `uri` with this header: 200 if it
  // may be served, 401 without a good login, 403 if that may not do it.
  gitStatus(authorization, uri) {
    const basic = /^basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? "");
    if (basic === null) return 401;
    const login = Buffer.from(basic[1], "base64").toString();
    const colon = login.indexOf(":");
    if (login.slice(0, colon) !== "x-access-token") return 401;
    const token = this.liveToken(login.slice(colon + 1));
    if (token === undefined) return 401;
    const path =
      /([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)(?:\?(.*))?$/.exec(
        uri ?? "",
      );
    if (path === null) return 403;
    const [, owner, name, action, query] = path;
    const repository = this.repository(owner, name);
    if (repository === undefined || !token.repositories.includes(repository))
      return 403;
    const writes =
      action === "git-receive-pack" ||
      new URLSearchParams(query).get("service") === "git-receive-pack";
    return covers(token.permissions, { contents: writes ? "write" : "read" })
      ? 200
      : 403;
  }
}

module.exports = { Refusal, State, covers };
