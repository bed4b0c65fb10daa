/** Debian's Chromium, and pages in it that complain about what no page may do. */
import { existsSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, type Page, type Request, type Response, chromium } from "playwright-core";
import { expect, inject } from "vitest";

export type Language = "nb" | "en";
export type Scheme = "light" | "dark";

const PATHS = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function launch(): Promise<Browser> {
  const executablePath = PATHS.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) throw new Error("no Chromium; scripts/ensure.sh chromium installs it");
  return chromium.launch({ executablePath, args: ["--lang=nb-NO", "--no-sandbox"] });
}

/** Prints a figure where whoever runs the tests sees it. */
export function figure(text: string): void {
  process.stdout.write(`${text}\n`);
}

export interface Looks {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: Scheme;
  readonly language?: Language;
  /** Whether the service worker may be installed. Without it, each request is the page's own and can be watched. */
  readonly worker?: boolean;
  /** Whether changes are told as they happen. Without it the server says that there is no such line, so that a page comes to rest. */
  readonly live?: boolean;
  /** Another address than the demo's own: something in between. */
  readonly url?: string;
}

/**
 * What the preview of an inbox asks for by itself. No row tells whose address is strictly confidential, so the server may demand
 * a reason, for which a preview does not ask: that one refusal is no mistake of the page.
 */
function isPreview(request: Request): boolean {
  const [asked, where] = [new URL(request.url()), new URL(request.frame().url())];
  return where.pathname === "/innboks" && request.method() === "GET" && /^\/api\/v1\/referrals\/[^/]+$/.test(asked.pathname) && !("look-reason" in request.headers());
}

async function code(response: Response): Promise<string> {
  const problem = (await response.json().catch(() => ({}))) as { readonly code?: string };
  return problem.code ?? "no problem at all";
}

/** A page of somebody, and what it did wrong. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors on the console and requests to strangers; must be empty. */
  readonly wrongs: string[];
}

/** A browser that nobody has used, on our server's front page or at `path`; signed in as `persona`, under its name in the demo's answer, when given. */
export async function visit(browser: Browser, path: string, persona: string | null, looks: Looks = {}): Promise<Visit> {
  const url = looks.url ?? inject("url");
  const context = await browser.newContext({
    baseURL: url,
    locale: looks.language === "en" ? "en-GB" : "nb-NO",
    timezoneId: "Europe/Oslo",
    colorScheme: looks.scheme ?? "light",
    viewport: { width: looks.width ?? 1280, height: looks.height ?? 800 },
    reducedMotion: "reduce",
    serviceWorkers: looks.worker === true ? "allow" : "block",
  });
  // Only how long a failure takes to be told; a machine that builds something beside the tests is slow.
  context.setDefaultTimeout(60_000);
  if (persona !== null) {
    // By a token of the demo: signing in by password is limited, and is tried where it is the question.
    const tokens = { access: inject("tokens")[persona], refresh: "none", madeAt: Date.now() };
    await context.addInitScript((session) => sessionStorage.setItem("stafett.session", session), JSON.stringify(tokens));
  }
  // As if chosen in this browser before: a person's account has a language too, which would go before the browser's.
  await context.addInitScript((language) => {
    if (localStorage.getItem("stafett.language") === null) localStorage.setItem("stafett.language", language);
  }, looks.language ?? "nb");
  // Answered within the page: whatever is taken out of the network's hands makes every request slower.
  if (looks.live !== true) {
    await context.addInitScript(() => {
      const real = window.fetch.bind(window);
      window.fetch = (input, init) => (input === "/api/v1/events" ? Promise.resolve(new Response(null, { status: 204 })) : real(input, init));
    });
  }
  const page = await context.newPage();
  const wrongs: string[] = [];
  const previews = new Set<string>();
  page.on("request", (request) => {
    if (isPreview(request)) previews.add(request.url());
  });
  page.on("response", (response) => {
    if (response.status() === 422 && previews.has(response.url())) void code(response).then((found) => found !== "look-reason-required" && wrongs.push(`refused: ${found}`));
  });
  page.on("console", (message) => {
    // Playwright's own words about a worker that was not asked for.
    if (message.text().includes("blocked by Playwright")) return;
    if (message.text().includes("status of 422") && previews.has(message.location().url)) return;
    if (message.type() === "error" || message.type() === "warning") wrongs.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => wrongs.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) wrongs.push(`foreign: ${request.url()}`);
  });
  await page.goto(path);
  if (persona !== null) await page.locator(".head").waitFor();
  return { page, context, wrongs };
}

/** The law asks for WCAG 2.1 AA; we build to 2.2. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];

/** No violation of WCAG and no sideways scroll. */
export async function accessible(page: Page, what: string): Promise<void> {
  // Nothing of ours lies in a frame, so all of it is told by the page itself, and only what is wrong.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] }).withTags(RULES).analyze();
  const found = violations.flatMap((violation) =>
    violation.nodes.map((node) => `${what}: ${violation.id} at ${node.target.join(" ")}: ${node.failureSummary ?? ""}`),
  );
  expect(found).toEqual([]);
  await fits(page, what);
}

/** No sideways scroll. */
export async function fits(page: Page, what: string): Promise<void> {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider, `${what}: scrolls sideways`).toBe(0);
}
