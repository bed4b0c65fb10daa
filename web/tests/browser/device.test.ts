/** What lies on the device: what has grown old, what is taken back, an id that is taken, a newer version. */
import { type IncomingHttpHeaders, type Server, createServer, request as ask } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { launch, visit } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const HOUR_MS = 3_600_000;

async function fill(page: Page, alias: string): Promise<void> {
  await page.getByLabel("Hva kalles den unge?").fill(alias);
  await page.locator("input[name=urgency][value=urgent]").check();
  await page.getByLabel("Eller velg en annen").selectOption({ label: "Barnevernvakten" });
  await page.getByLabel("Hva har skjedd?").fill(`${alias} er ute i natt.`);
}

/** The server knows nobody by this session, and no other is to be had. */
async function over(context: BrowserContext): Promise<void> {
  const refuse = { status: 401, contentType: "application/problem+json", body: JSON.stringify({ code: "unauthenticated", detail: "" }) };
  await context.route("**/api/v1/referrals/*", (route) => route.fulfill(refuse));
  await context.route("**/api/v1/auth/token", (route) => route.fulfill(refuse));
}

test("what has lain here for more than 48 hours is flagged, draft or letter, and what is younger is not", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach");
  const now = Date.now();
  await context.route("**/api/v1/referrals/*", (route) => route.abort("connectionreset"));
  await context.clock.setFixedTime(now - 49 * HOUR_MS);
  // The next pages begin then.
  await page.reload();
  await page.getByLabel("Eller velg en annen").waitFor();
  await fill(page, "Gammel");
  await page.locator(".send-button").click();
  await page.getByRole("heading", { name: "Ligger på telefonen. Ikke sendt ennå." }).waitFor();
  await page.getByRole("button", { name: "Skriv en ny" }).click();
  await fill(page, "Kladd");
  await page.getByText(/^Lagret på denne enheten/).waitFor();
  await context.clock.setFixedTime(now - 47 * HOUR_MS);
  const second = await context.newPage();
  await second.goto("/ny");
  await fill(second, "Ung");
  await second.getByText(/^Lagret på denne enheten/).waitFor();
  await context.clock.setFixedTime(now);
  const third = await context.newPage();
  await third.goto("/ny");
  const entry = (alias: string) => third.locator(".here .entry", { hasText: alias });
  await entry("Gammel").getByText("Eldre enn 48 timer").waitFor();
  await entry("Kladd").getByText("Eldre enn 48 timer").waitFor();
  await entry("Ung").waitFor();
  expect(await entry("Ung").getByText("Eldre enn 48 timer").count()).toBe(0);
  await context.close();
});

test("what was never tried can be taken back from the queue, and is not sent", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach");
  await page.getByLabel("Eller velg en annen").waitFor();
  await over(context);
  await fill(page, "Angret");
  const puts: string[] = [];
  page.on("request", (request) => request.method() === "PUT" && puts.push(request.url()));
  await page.locator(".send-button").click();
  await page.getByRole("button", { name: "Logg inn for å sende" }).waitFor();
  await page.getByRole("button", { name: "Skriv en ny" }).click();
  const waiting = page.locator(".here .entry", { hasText: "Angret" });
  await waiting.getByText("Ikke forsøkt ennå").waitFor();
  await waiting.getByRole("button", { name: "Ta tilbake" }).click();
  await waiting.waitFor({ state: "detached" });
  expect(await page.getByLabel("Hva har skjedd?").inputValue()).toBe("Angret er ute i natt.");
  const before = puts.length;
  await context.unrouteAll();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.waitForLoadState("networkidle");
  expect(puts.length).toBe(before);
  await context.close();
});

/** Stores something else under the id that the page is about to use, before its request goes on. */
async function takeId(page: Page, persona: string, sender: string): Promise<string[]> {
  const ids: string[] = [];
  await page.route("**/api/v1/referrals/*", async (route) => {
    if (route.request().method() !== "PUT") return route.continue();
    ids.push(route.request().url().split("/").pop() ?? "");
    if (ids.length === 1) {
      const answer = await page.request.put(route.request().url(), {
        headers: { authorization: `Bearer ${inject("tokens")[persona] ?? ""}`, "if-none-match": "*" },
        data: { workflow: "service-referral", sender, urgency: "routine", summary: "Noe annet." },
      });
      expect(answer.status()).toBe(201);
    }
    return route.continue();
  });
  return ids;
}

test("an id that another has taken by chance is changed, and the referral is sent once", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach");
  await page.getByLabel("Eller velg en annen").waitFor();
  const ids = await takeId(page, "district", "bydel-grunerlokka");
  await fill(page, "Tilfeldig");
  await page.locator(".send-button").click();
  await page.getByRole("heading", { name: /^Lagret i Stafett til Barnevernvakten/ }).waitFor();
  expect(ids.length).toBe(2);
  expect(new Set(ids).size).toBe(2);
  await page.getByRole("link", { name: /^Se formidlingen/ }).waitFor();
  await context.close();
});

test("an id under which an earlier wording of ours is stored makes a draft of this one, and says so", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach");
  await page.getByLabel("Eller velg en annen").waitFor();
  const ids = await takeId(page, "outreach", "uteseksjonen");
  await fill(page, "Omskrevet");
  await page.locator(".send-button").click();
  await page.getByText(/^En tidligere versjon er alt lagret som [A-Z0-9]{4}-[A-Z0-9]{2}\./).waitFor();
  expect(await page.getByLabel("Hva har skjedd?").inputValue()).toBe("Omskrevet er ute i natt.");
  // It is another referral now, if somebody wants it to be.
  await page.locator(".send-button").click();
  await page.getByRole("heading", { name: /^Lagret i Stafett til Barnevernvakten/ }).waitFor();
  expect(new Set(ids).size).toBe(2);
  await context.close();
});

/** The demo behind a door at which the service worker can become another one. */
async function door(): Promise<{ server: Server; url: string; renew: () => void }> {
  let newer = false;
  const behind = new URL(inject("url"));
  const server = createServer((request, response) => {
    // Whole and not compressed: it must be possible to write something after it.
    const headers: IncomingHttpHeaders = { ...request.headers, host: behind.host, "accept-encoding": "identity" };
    if (newer) delete headers["if-none-match"];
    const onward = ask({ host: behind.hostname, port: behind.port, path: request.url, method: request.method, headers }, (answer) => {
      const changed = newer && request.url === "/worker.js";
      const told = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !(changed && ["content-length", "etag"].includes(name))));
      response.writeHead(answer.statusCode ?? 502, told);
      answer.pipe(response, { end: !changed });
      if (changed) answer.on("end", () => response.end("\n// A newer version.\n"));
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    server,
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    renew: () => {
      newer = true;
    },
  };
}

test("a newer version is told of, waits until somebody wants it, and loses nothing", async () => {
  const { server, url, renew } = await door();
  const { page, context } = await visit(browser, "/ny", "outreach", { worker: true, url });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.getByLabel("Hva har skjedd?").fill("Midt i en setning");
  await page.getByText(/^Lagret på denne enheten/).waitFor();
  expect(await page.getByText("Det finnes en nyere utgave av Stafett.").count()).toBe(0);
  renew();
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  await page.getByText("Det finnes en nyere utgave av Stafett.").waitFor();
  expect(await page.getByLabel("Hva har skjedd?").inputValue()).toBe("Midt i en setning");
  const loaded = page.waitForEvent("load");
  await page.getByRole("button", { name: "Last inn på nytt" }).click();
  await loaded;
  await page.getByText(/^Vi hentet kladden din fra/).waitFor();
  expect(await page.getByLabel("Hva har skjedd?").inputValue()).toBe("Midt i en setning");
  await context.close();
  server.closeAllConnections();
  server.close();
});
