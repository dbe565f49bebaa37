// Opens /docs of a server in a headless Chromium, and tries operations there.
//
//   docs_page.js URL TOKEN           everything has to work
//   docs_page.js URL TOKEN broken    the same with a document that is cut in the middle
"use strict";

const assert = require("node:assert/strict");
const puppeteer = require("puppeteer-core");

const [url, token, broken] = process.argv.slice(2);
// For the slowest machine, under a sanitizer.
const timeout = 60_000;

// What the page must not do: ask other hosts, throw, or write an error to the console
// (as violations of the security policy do).
function watch(page, faults) {
  page.on("request", (request) => {
    const asked = request.url();
    if (!asked.startsWith(`${url}/`) && !asked.startsWith("data:")) {
      faults.push(`asked ${asked}`);
    }
  });
  page.on("requestfailed", (request) => faults.push(`no answer: ${request.url()}`));
  page.on("pageerror", (error) => faults.push(`threw ${error}`));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    // The refusal that is provoked below.
    if (/status of 401/.test(message.text())) return;
    faults.push(`console: ${message.text()}`);
  });
}

async function cutDocument(page) {
  await page.setRequestInterception(true);
  page.on("request", async (request) => {
    if (!request.url().endsWith("/openapi.json")) return request.continue();
    const text = await (await fetch(request.url())).text();
    await request.respond({
      contentType: "application/json",
      body: text.slice(0, text.length / 2),
    });
  });
}

async function click(page, selector) {
  const element = await page.waitForSelector(selector, { visible: true, timeout });
  await element.click();
}

// Opens an operation, or uses it again, and returns what calling it gives.
async function call(page, tag, operation) {
  const block = `#operations-${tag}-${tag}_${operation}`;
  if (!(await page.$(`${block}.is-open`))) {
    await click(page, `${block} .opblock-summary-control`);
  }
  if (await page.$(`${block} .btn-clear`)) await click(page, `${block} .btn-clear`);
  await click(page, `${block} .execute`);
  const row = `${block} .live-responses-table .response`;
  await page.waitForSelector(`${row} .response-col_status`, { timeout });
  return page.$eval(row, (element) => ({
    status: parseInt(element.querySelector(".response-col_status").innerText),
    body: element.querySelector(".highlight-code code")?.innerText ?? "",
  }));
}

async function authorize(page) {
  await click(page, ".btn.authorize");
  const input = await page.waitForSelector('input[aria-label="auth-bearer-value"]', {
    visible: true,
    timeout,
  });
  await input.type(token);
  await click(page, '.auth-container button[aria-label="Apply credentials"]');
  await click(page, ".btn-done");
}

async function main(page) {
  const response = await page.goto(`${url}/docs`, { timeout });
  assert.equal(response.status(), 200);
  const document = await (await fetch(`${url}/openapi.json`)).json();
  const operations = Object.values(document.paths).flatMap(Object.values);
  await page.waitForSelector(".opblock", { timeout: broken ? 5000 : timeout });
  const shown = await page.$$eval(".opblock", (blocks) => blocks.length);
  assert.equal(shown, operations.length, "operations on the page");

  const tag = "OrganizationService";
  const refused = await call(page, tag, "ListOrganizations");
  assert.equal(refused.status, 401, refused.body);
  await authorize(page);
  const listed = await call(page, tag, "ListOrganizations");
  assert.equal(listed.status, 200, listed.body);
  // With the body that the page suggests.
  const created = await call(page, tag, "CreateOrganization");
  assert.equal(created.status, 200, created.body);
  assert.match(created.body, /"name": "Acme"/);
  console.log(`${shown} operations shown, 3 called`);
}

(async () => {
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    // Root has no sandbox, and containers have a small /dev/shm.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  const faults = [];
  try {
    const page = await browser.newPage();
    watch(page, faults);
    if (broken) await cutDocument(page);
    await main(page);
    assert.deepEqual(faults, []);
  } catch (error) {
    console.error(error, faults);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
})();
