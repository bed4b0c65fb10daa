import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { accessible, figure, launch, visit } from "./browser";
import { tabTo } from "./keys";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const SUMMARY = "Vi traff K. ved Vaterland kl. 01.30. Hun er ruset og har ikke noe sted å sove i natt.";

/** How often somebody has to think: who, age, where, what, how soon, to whom, who knows, why not, send. */
const QUESTIONS = 9;

const chip = (page: Page, group: string, name: string | RegExp) => page.getByRole("group", { name: group }).getByLabel(name);

/** What the server has, by the reference that the page shows. */
async function referral(page: Page): Promise<Record<string, unknown>> {
  const reference = await page.locator(".ladder a").getAttribute("href");
  const answer = await page.request.get(`/api/v1/referrals/${reference?.split("/").pop() ?? ""}`, {
    headers: { authorization: `Bearer ${inject("tokens").outreach ?? ""}` },
  });
  return (await answer.json()) as Record<string, unknown>;
}

test("a referral from a phone: at most twelve touches beside the words", async () => {
  const { page, wrongs, context } = await visit(browser, "/ny", "outreach", { width: 390, height: 844 });
  const began = Date.now();
  let touches = 0;
  const touch = async (place: ReturnType<Page["locator"]>) => {
    touches++;
    await place.click();
  };
  await page.getByLabel("Hva kalles den unge?").fill("K.");
  await touch(chip(page, "Alder", "16"));
  await touch(chip(page, "Hvor oppholder", "Sentrum"));
  await touch(chip(page, "Hva trengs?", "Rus"));
  await touch(chip(page, "Hva trengs?", "Et sted å være"));
  await touch(chip(page, "Hvor mye haster", /^Akutt/));
  const vakten = page.locator("label.receiver", { hasText: "Barnevernvakten" });
  await vakten.getByText("Åpent nå").waitFor();
  await touch(vakten);
  await page.locator(".basis").getByText("Meldeplikt", { exact: true }).waitFor();
  await page.getByLabel("Hva har skjedd?").fill(SUMMARY);
  await touch(chip(page, "Hvem vet", "Bare den unge"));
  await touch(page.getByRole("button", { name: "Får ikke tak i dem." }));
  await touch(page.getByRole("button", { name: "Send", exact: true }));
  await page.getByRole("heading", { name: "Lagret i Stafett til Barnevernvakten. Ingen har åpnet den ennå." }).waitFor();
  // A thumb that finds its place and presses (1.3 s each), and a thought before each question (1.35 s), by the keystroke-level model.
  const seconds = touches * 1.3 + QUESTIONS * 1.35;
  figure(`refer: ${String(touches)} touches (bar 12), ${seconds.toFixed(0)} s by a practised hand beside the words (bar 60), ${String(Date.now() - began)} ms by machine`);
  expect(touches).toBeLessThanOrEqual(12);
  expect(seconds).toBeLessThanOrEqual(60);
  await page.locator(".ladder a").waitFor();
  expect(await referral(page)).toMatchObject({
    workflow: { id: "concern-report" },
    urgency: "emergency",
    needs: ["substance-use", "shelter"],
    summary: SUMMARY,
    person: { alias: "K.", estimatedAge: 16, whereabouts: { municipality: "0301", district: "030116" }, identifier: null },
    informed: { youth: true, guardians: false, reason: "Får ikke tak i dem." },
    handoff: { state: "sent", receiver: { slug: "barnevernvakten" }, legalBasis: { code: "duty-to-report" } },
  });
  expect(wrongs).toEqual([]);
  await context.close();
});

for (const [device, size] of [
  ["a desk", { width: 1280, height: 800 }],
  ["a phone", { width: 390, height: 844 }],
] as const) test(`the same by keyboard alone, on ${device}`, async () => {
  const { page, wrongs, context } = await visit(browser, "/ny", "outreach", size);
  await page.locator("#refer-alias").waitFor();
  await tabTo(page, { selector: "#refer-alias" });
  await page.keyboard.type("K.");
  await tabTo(page, { selector: "input[name=age]" });
  for (let presses = 0; presses < 4; presses++) await page.keyboard.press("ArrowRight");
  await tabTo(page, { selector: "input[name=needs][value=shelter]" });
  await page.keyboard.press("Space");
  await tabTo(page, { selector: "input[name=urgency]" });
  await page.keyboard.press("Space");
  await page.locator("label.receiver input").first().waitFor();
  await tabTo(page, { selector: "label.receiver input" });
  await page.keyboard.press("Space");
  await tabTo(page, { selector: "#refer-summary" });
  await page.keyboard.type(SUMMARY);
  await tabTo(page, { selector: ".send-button" });
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /^Lagret i Stafett/ }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("ladder-title");
  await page.locator(".ladder a").waitFor();
  expect(await referral(page)).toMatchObject({ person: { estimatedAge: 16, whereabouts: null }, needs: ["shelter"], urgency: "emergency" });
  expect(wrongs).toEqual([]);
  await context.close();
});

test("what is dictated goes where the cursor stands, whole, and is kept", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach", { width: 390, height: 844 });
  const field = page.getByLabel("Hva har skjedd?");
  expect(await field.getAttribute("autocapitalize")).toBe("sentences");
  await field.fill("Hun gråt.");
  await field.evaluate((area: HTMLTextAreaElement) => {
    area.focus();
    area.setSelectionRange(0, 0);
  });
  // As a keyboard that listens does it: whole sentences at once, and corrections of the one before.
  await page.keyboard.insertText("Vi møtte henne ved Oslo S. ");
  await page.keyboard.insertText("Klokka var ett. ");
  expect(await field.inputValue()).toBe("Vi møtte henne ved Oslo S. Klokka var ett. Hun gråt.");
  expect(await field.evaluate((area: HTMLTextAreaElement) => area.selectionStart)).toBe("Vi møtte henne ved Oslo S. Klokka var ett. ".length);
  const devtools = await context.newCDPSession(page);
  await devtools.send("Input.imeSetComposition", { text: "Hun frøs", selectionStart: 8, selectionEnd: 8 });
  await devtools.send("Input.insertText", { text: "Hun frøs. " });
  expect(await field.inputValue()).toBe("Vi møtte henne ved Oslo S. Klokka var ett. Hun frøs. Hun gråt.");
  // As long as the page promises to need after the last word.
  await page.waitForTimeout(300);
  await page.reload();
  await page.getByText(/^Vi hentet kladden din fra/).waitFor();
  expect(await page.getByLabel("Hva har skjedd?").inputValue()).toBe("Vi møtte henne ved Oslo S. Klokka var ett. Hun frøs. Hun gråt.");
  await context.close();
});

test("what is written before the device has said what lies on it stays", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach");
  await page.getByLabel("Hva har skjedd?").fill("En eldre kladd.");
  await page.getByText(/^Lagret på denne enheten/).waitFor();
  const next = await context.newPage();
  await page.close();
  // What reads the device comes last.
  let letThrough: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  const asked = new Promise<void>((resolve) => {
    void next.route(/\/assets\/build-/, async (route) => {
      resolve();
      await held;
      await route.continue();
    });
  });
  await next.goto("/ny");
  await asked;
  await next.getByLabel("Hva kalles den unge?").fill("Først");
  letThrough();
  await next.locator(".here .entry").waitFor();
  expect(await next.getByLabel("Hva kalles den unge?").inputValue()).toBe("Først");
  expect(await next.getByLabel("Hva har skjedd?").inputValue()).toBe("");
  await context.close();
});

test("what is missing is told beside the button, and each complaint leads to its field", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach", { width: 390, height: 844 });
  await page.getByRole("button", { name: "Send", exact: true }).click();
  const summary = page.getByRole("alert");
  await summary.getByText("3 ting må rettes:").waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "alert");
  await summary.getByRole("link", { name: "Skriv hva som har skjedd." }).click();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("refer-summary");
  expect(await page.locator("#refer-summary").getAttribute("aria-invalid")).toBe("true");
  await page.keyboard.type("Noe");
  expect(await page.locator("#refer-summary").getAttribute("aria-invalid")).toBeNull();
  await page.getByText("Mer om den unge").click();
  await page.getByLabel("Fødselsnummer eller annet nummer").fill("13097248032");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText("Kontrollsifrene stemmer ikke.").first().waitFor();
  expect(page.url()).not.toContain("13097248032");
  await context.close();
});

/** Sends another number than the one that was written, one that is none, until `mended`. */
async function spoil(page: Page): Promise<() => void> {
  let spoiling = true;
  await page.route("**/api/v1/referrals/*", async (route) => {
    if (route.request().method() !== "PUT" || !spoiling) return route.continue();
    const body = route.request().postDataJSON() as { person: object };
    return route.continue({ postData: JSON.stringify({ ...body, person: { ...body.person, identifier: { type: "fnr", value: "13097248032" } } }) });
  });
  return () => {
    spoiling = false;
  };
}

test("what the server does not take comes back to be mended, with its words at the field", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach");
  const mended = await spoil(page);
  await page.getByLabel("Hva kalles den unge?").fill("Tilbakesendt");
  await chip(page, "Hvor mye haster", /^Haster/).click();
  await page.getByLabel("Eller velg en annen").selectOption({ label: "Barnevernvakten" });
  await page.getByLabel("Hva har skjedd?").fill(SUMMARY);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.locator("#refer-number[aria-invalid=true]").waitFor();
  await page.getByRole("alert").getByText("Tjeneren tok ikke imot denne.").waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("refer-title");
  expect(await page.locator("#refer-summary").inputValue()).toBe(SUMMARY);
  mended();
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("heading", { name: /^Lagret i Stafett/ }).waitFor();
  await context.close();
});

test("what comes back while the next one is written waits among the drafts", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach");
  const mended = await spoil(page);
  await page.getByLabel("Eller velg en annen").waitFor();
  await page.waitForLoadState("networkidle");
  await context.setOffline(true);
  await page.getByLabel("Hva kalles den unge?").fill("Tilbakesendt");
  await chip(page, "Hvor mye haster", /^Haster/).click();
  await page.getByLabel("Eller velg en annen").selectOption({ label: "Barnevernvakten" });
  await page.getByLabel("Hva har skjedd?").fill(SUMMARY);
  await page.locator(".send-button").click();
  await page.getByRole("heading", { name: "Ligger på telefonen. Ikke sendt ennå." }).waitFor();
  await page.locator(".ladder > button").click();
  await page.getByLabel("Hva har skjedd?").fill("Den neste.");
  await context.setOffline(false);
  const draft = page.locator(".here .entry", { hasText: "Tilbakesendt" });
  await draft.getByText("Tjeneren tok ikke imot denne.").waitFor();
  expect(await page.getByLabel("Hva har skjedd?").inputValue()).toBe("Den neste.");
  await draft.getByRole("button", { name: "Åpne" }).click();
  await page.locator("#refer-number[aria-invalid=true]").waitFor();
  expect(await page.locator("#refer-summary").inputValue()).toBe(SUMMARY);
  mended();
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("heading", { name: /^Lagret i Stafett/ }).waitFor();
  await context.close();
});

test("a draft can be left with the server, and is then not said to be sent", async () => {
  const { page, context } = await visit(browser, "/ny", "outreach");
  await chip(page, "Hvor mye haster", /^Haster/).click();
  await page.getByLabel("Eller velg en annen").selectOption({ label: "Barnevernvakten" });
  await page.getByRole("button", { name: "Lagre som kladd hos tjeneren" }).click();
  await page.getByRole("heading", { name: "Lagret som kladd i Stafett. Ikke sendt." }).waitFor();
  await page.locator(".ladder a").waitFor();
  expect(await referral(page)).toMatchObject({ state: "draft" });
  await context.close();
});

test("what /ny loads before one can write stays within its budget", async () => {
  const dist = resolve(import.meta.dirname, "../../dist");
  const { page, context } = await visit(browser, "/icon.svg", null);
  const loaded = new Map<string, number>();
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (/\.(js|css)$/.test(pathname)) loaded.set(pathname, gzipSync(readFileSync(dist + pathname), { level: 9 }).length);
  });
  await page.addInitScript(
    (session) => sessionStorage.setItem("stafett.session", session),
    JSON.stringify({ access: inject("tokens").outreach, refresh: "none", madeAt: Date.now() }),
  );
  await page.goto("/ny");
  await page.locator("#refer-alias").waitFor();
  await page.waitForLoadState("networkidle");
  // Fetched while somebody writes: what lies below what one begins with, what sending needs, and what comes after it.
  const afterwards = /\/(Keeper|Receiver|Ladder|Here|LegalBasis|Files|files|More|ForCase|refer-later|build|number|request|rough|queue)-/;
  const sum = (fits: (path: string) => boolean) => [...loaded].filter(([path]) => fits(path)).reduce((total, [, size]) => total + size, 0);
  const [first, later, css] = [
    sum((path) => path.endsWith(".js") && !afterwards.test(path)),
    sum((path) => path.endsWith(".js") && afterwards.test(path)),
    sum((path) => path.endsWith(".css")),
  ];
  figure(`/ny: ${String(first)} B of JavaScript (gzip) to write, ${String(later)} B while writing, ${String(css)} B of CSS`);
  expect(first).toBeGreaterThan(5_000);
  expect(first).toBeLessThanOrEqual(35_000);
  expect(css).toBeLessThanOrEqual(26_000);
  await context.close();
});

for (const scheme of ["light", "dark"] as const) {
  for (const language of ["nb", "en"] as const) {
    for (const width of [320, 390, 1280]) {
      test(`/ny in ${scheme}, ${language}, ${String(width)} px`, async () => {
        const { page, wrongs, context } = await visit(browser, "/ny", "outreach", { scheme, language, width });
        await page.locator(".send-button").click();
        await page.getByRole("alert").waitFor();
        await accessible(page, "with what is missing");
        await page.locator("input[name=needs][value=shelter]").check();
        await page.locator("input[name=urgency][value=emergency]").check();
        await page.locator("label.receiver input").first().check();
        await page.locator("details.more summary").click();
        await page.locator("#refer-basis").waitFor();
        await page.locator("#refer-summary").fill(SUMMARY);
        await accessible(page, "filled in");
        const small = await page.evaluate(() =>
          [...document.querySelectorAll(".refer :is(button, select, textarea, input[type=text], label:has(input), summary)")]
            .map((target) => [target.textContent.slice(0, 30), target.getBoundingClientRect().height] as const)
            .filter(([, height]) => height > 0 && height < 48)
            .map(([name, height]) => `${name}: ${String(height)}`),
        );
        expect(small).toEqual([]);
        await page.locator(".send-button").click();
        await page.locator(".ladder li[data-done=true]").first().waitFor();
        await accessible(page, "sent");
        expect(wrongs).toEqual([]);
        await context.close();
      });
    }
  }
}
