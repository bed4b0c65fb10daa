// The README's pictures, taken from a demo of its own: `make screenshots`. Everybody in them is made up, and the demo's seed
// is fixed: the same people and the same stories each time. Only dates, and the references of the case that is opened here,
// are those of the day.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const root = resolve(import.meta.dirname, "../..");
const pictures = join(root, "docs/pictures");
const program = process.env.STAFETT_BIN ?? join(root, "target/debug/stafett");
const AT_MOST = 1_000_000;
const QUALITY = 82;

const folder = await mkdtemp(join(tmpdir(), "stafett-pictures-"));
const demo = spawn(program, ["demo", "--json", "--port", "0", "--data", folder, "--referrals", "300"], {
  stdio: ["ignore", "pipe", "inherit"],
  env: { PATH: process.env.PATH },
});
const ready = await new Promise((said, failed) => {
  createInterface(demo.stdout).once("line", (line) => said(JSON.parse(line)));
  demo.once("error", failed);
  demo.once("exit", (status) => failed(new Error(`${program} demo ended with status ${status}`)));
});
const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => path && existsSync(path));
if (executablePath === undefined) throw new Error("no Chromium; scripts/ensure.sh chromium installs it");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

try {
  await mkdir(pictures, { recursive: true });
  const place = await story();
  await picture("inbox", "outreach", "/innboks?vis=venter", [1280, 800], async (page) => {
    await page.locator(".preview article").waitFor();
  });
  await picture("refer-phone", "outreach", "/ny", [390, 844], fill);
  await picture("case", "outreach", `/sak/${place}`, [1280, 800], async (page) => {
    await page.locator(".members > li").nth(2).waitFor();
  });
  await picture("times", "lead", "/innsyn?bak=barnevernvakten", [1280, 800], async (page) => {
    await page.locator(".control-chart .mark").first().waitFor();
  });
} finally {
  await browser.close();
  const gone = new Promise((done) => demo.once("exit", done));
  demo.kill("SIGTERM");
  await gone;
  await rm(folder, { recursive: true, force: true });
}

/** What the case of the picture tells: three receivers told at once, one of which has answered and one said no. */
async function story() {
  const opened = await request("outreach", "POST", "/cases", {
    coordinator: "uteseksjonen",
    needs: ["school-work"],
    person: { alias: "K.", estimatedAge: 16, whereabouts: { municipality: "0301", district: "030102" }, flags: ["suspected-trafficking"] },
    referrals: [
      {
        workflow: "concern-report",
        receiver: "barnevernvakten",
        needs: ["shelter", "trafficking"],
        urgency: "emergency",
        legalBasis: { code: "duty-to-report", reason: "16 år, blir passet på av voksne menn" },
        informed: { youth: false, guardians: false, reason: "Kan utsette henne for fare" },
        summary: "Vi traff K. ved Vaterland kl. 01.30.",
        send: true,
      },
      {
        workflow: "notification",
        receiver: "udi",
        needs: ["residence-permit"],
        urgency: "urgent",
        legalBasis: { code: "duty-to-avert", reason: "Mistanke om menneskehandel" },
        summary: "Uten papirer, mulig offer for menneskehandel.",
        send: true,
      },
      {
        workflow: "service-referral",
        receiver: "bydel-grunerlokka",
        needs: ["housing"],
        urgency: "routine",
        legalBasis: { code: "right-to-disclose", reason: "Avtalt samarbeid" },
        summary: "Trenger et sted å bo på sikt.",
        send: true,
      },
    ],
  });
  const by = (workflow) => opened.referrals.find((member) => member.workflow === workflow).referral.reference;
  await act("childWelfare", by("concern-report"), "accept", { assignee: "me" });
  await act("district", by("service-referral"), "decline", { code: "no-capacity", reason: "Ingen ledige boliger før jul" });
  return opened.reference;
}

/** A minute on the street, a moment before it is sent. */
async function fill(page) {
  await page.getByLabel("What are they called?").fill("K.");
  await page.locator("input[name=age][value='16']").check();
  await page.locator("input[name=place]").nth(1).check();
  await page.locator("input[name=flags][value=missing]").check();
  await page.evaluate(() => {
    document.activeElement?.blur();
    scrollTo(0, 0);
  });
}

async function picture(name, persona, path, [width, height], prepare) {
  const context = await browser.newContext({
    baseURL: ready.url,
    locale: "en-GB",
    timezoneId: "Europe/Oslo",
    viewport: { width, height },
    reducedMotion: "reduce",
    serviceWorkers: "block",
  });
  const session = JSON.stringify({ access: ready.tokens[persona], refresh: "none", madeAt: Date.now() });
  await context.addInitScript((told) => {
    sessionStorage.setItem("stafett.session", told);
    localStorage.setItem("stafett.language", "en");
  }, session);
  // A line that stays open would never let the page come to rest.
  await context.route("**/api/v1/events", (route) => route.fulfill({ status: 204 }));
  const page = await context.newPage();
  await page.goto(path);
  await page.locator(".head").waitFor();
  await page.waitForLoadState("networkidle");
  await prepare(page);
  const devtools = await context.newCDPSession(page);
  const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  const file = join(pictures, `${name}.webp`);
  await writeFile(file, Buffer.from(data, "base64"));
  const { size } = await stat(file);
  if (size > AT_MOST / 3) throw new Error(`${file} is too big for a README: ${size} B`);
  console.log(`${file}: ${size} B`);
  await context.close();
}

async function act(persona, reference, action, input) {
  const { version } = await request(persona, "GET", `/referrals/${reference}`);
  await request(persona, "POST", `/referrals/${reference}/transitions`, { action, input }, { "if-match": `"${version}"` });
}

async function request(persona, method, path, body, headers = {}) {
  const answer = await fetch(`${ready.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${ready.tokens[persona]}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(told)}`);
  return told;
}
