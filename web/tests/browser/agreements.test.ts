/** Agreements between agencies: proposed by one party, approved by the other, ended by either. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, launch, visit } from "./browser";
import { type Json, request } from "./desk";
import { tabTo } from "./keys";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** The agreements of Barnevernvakten by what they are called, the newest version first. */
async function called(reference: string): Promise<Json | undefined> {
  const { items } = await request("lead", "GET", "/agencies/barnevernvakten/agreements?limit=100", {});
  return (items as Json[]).find((one) => one.reference === reference);
}

test("by keyboard alone: a proposal of the other party is read, approved, and ended again", async () => {
  const { page, context, wrongs } = await visit(browser, "/oppsett/barnevernvakten/avtaler", "lead");
  const waiting = page.getByRole("article", { name: "Avtale 2026/502, versjon 1" });
  await waiting.getByRole("row", { name: /bekrefte mottak/ }).getByText("2 timer").waitFor();
  await page.getByRole("heading", { name: "Venter på svar fra dere" }).waitFor();
  await tabTo(page, "Godkjenn");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Fra Uteseksjonen til Barnevernvakten").waitFor();
  await tabTo(page, "Godkjenn");
  await page.keyboard.press("Enter");
  await page.getByText("Godkjent.", { exact: true }).waitFor();
  expect(await called("2026/502")).toMatchObject({ status: "approved", inForce: true });
  await waiting.getByRole("button", { name: "Avslutt" }).click();
  await dialog.getByRole("button", { name: "Avslutt" }).click();
  await page.getByText("Avsluttet.", { exact: true }).waitFor();
  expect(await called("2026/502")).toMatchObject({ status: "ended", inForce: false });
  // It is no longer in the way, and can still be read.
  await page.getByText("Tidligere (1)").click();
  await waiting.getByText(/^Avsluttet av /).waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

test("a proposal says what is missing, is made, and is withdrawn", async () => {
  const { page, context, wrongs } = await visit(browser, "/oppsett/barnevernvakten/avtaler", "lead");
  await page.getByRole("button", { name: "Foreslå en avtale" }).click();
  await page.getByRole("button", { name: "Foreslå", exact: true }).click();
  await page.getByRole("link", { name: "Velg den andre enheten." }).waitFor();
  await page.getByRole("link", { name: "Skriv minst én frist." }).waitFor();
  await page.getByRole("radio", { name: "Den andre sender til Barnevernvakten" }).check();
  await page.getByLabel("Den andre enheten").selectOption({ label: "Bydel Sagene" });
  await page.getByLabel("Hva dere kaller avtalen").fill("2026/777");
  await page.getByLabel("Svare på henvendelsen, akutt: antall").fill("to");
  await page.getByRole("button", { name: "Foreslå", exact: true }).click();
  await page.getByRole("link", { name: "Svare på henvendelsen, akutt: skriv et helt tall." }).click();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("agreement-limits-answer-emergency");
  await page.getByLabel("Svare på henvendelsen, akutt: antall").fill("2");
  await page.getByRole("button", { name: "Foreslå", exact: true }).click();
  await page.getByText(/^Forslaget er lagret\./).waitFor();
  expect(await called("2026/777")).toMatchObject({ status: "proposed", sender: { slug: "bydel-sagene" }, limits: { answer: { emergency: "2 hours" } } });
  const mine = page.getByRole("article", { name: "Avtale 2026/777, versjon 1" });
  await mine.getByRole("button", { name: "Trekk tilbake" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Trekk tilbake" }).click();
  await page.getByText("Trukket tilbake.", { exact: true }).waitFor();
  expect(await called("2026/777")).toMatchObject({ status: "withdrawn" });
  expect(wrongs).toEqual([]);
  await context.close();
});

test("the next version begins with the limits of the one in force, and somebody faster is told of", async () => {
  const { page, context } = await visit(browser, "/oppsett/barnevernvakten/avtaler", "lead");
  const inForce = page.getByRole("article", { name: "Avtale 2026/418, versjon 1" });
  await inForce.getByRole("button", { name: "Foreslå en ny versjon" }).click();
  expect(await page.getByLabel("Svare på henvendelsen, ordinær: antall").inputValue()).toBe("5");
  await page.getByLabel("Svare på henvendelsen, ordinær: antall").fill("3");
  await page.getByRole("button", { name: "Foreslå", exact: true }).click();
  await page.getByText(/^Forslaget er lagret\./).waitFor();
  const next = page.getByRole("article", { name: "Avtale 2026/418, versjon 2" });
  await next.getByRole("row", { name: /svare på henvendelsen/ }).getByText("3 virkedager").waitFor();
  // A colleague takes it back meanwhile.
  const found = await called("2026/418");
  await request("lead", "POST", `/agencies/barnevernvakten/agreements/${String(found?.id)}/transitions`, { "if-match": `"${String(found?.version)}"` }, { action: "withdraw" });
  await next.getByRole("button", { name: "Trekk tilbake" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Trekk tilbake" }).click();
  await page.getByText("Noen andre svarte først. Her ser du hvordan avtalen står nå.").waitFor();
  await next.waitFor({ state: "hidden" });
  await context.close();
});

test("how it was kept: each figure leads to the limits that it counts, for leads alone", async () => {
  const sent = await request("district", "POST", "/referrals", {}, {
    workflow: "concern-report",
    sender: "bydel-grunerlokka",
    receiver: "barnevernvakten",
    person: { alias: "Avtalt", estimatedAge: 15, whereabouts: { municipality: "0301", district: "030102" } },
    needs: ["shelter"],
    urgency: "urgent",
    legalBasis: { code: "duty-to-report", reason: "Ute alene om natten" },
    informed: { youth: true, guardians: false, reason: "Svarer ikke" },
    summary: "Vi traff Avtalt ved Vaterland.",
    send: true,
  });
  const { page, context, wrongs } = await visit(browser, "/oppsett/barnevernvakten/avtaler", "lead");
  const inForce = page.getByRole("article", { name: "Avtale 2026/418, versjon 1" });
  await inForce.waitFor();
  await tabTo(page, "Slik er den holdt");
  await page.keyboard.press("Enter");
  const table = inForce.getByRole("table", { name: /^Slik er den holdt/ });
  const row = table.locator("tbody tr", { hasText: "Svare på henvendelsen" }).first();
  const cell = async (title: string) => Number(await row.locator(`td[data-title="${title}"]`).textContent());
  await row.waitFor();
  const all = await cell("Alle");
  expect(all).toBeGreaterThan(0);
  expect(all).toBe((await cell("Innen fristen")) + (await cell("Etter fristen")) + (await cell("Ikke besvart")) + (await cell("Trukket")));
  await accessible(page, "how an agreement was kept");
  await row.locator('td[data-title="Ikke besvart"] button').click();
  const behind = inForce.locator("#statement-behind ~ .rows > li");
  await behind.filter({ hasText: String(sent.reference) }).waitFor();
  expect(await behind.count()).toBe(await cell("Ikke besvart"));
  await accessible(page, "the limits behind a figure");
  const download = page.waitForEvent("download");
  await inForce.getByRole("button", { name: "Last ned som CSV" }).click();
  expect((await download).suggestedFilename()).toMatch(/^avtale-\d{4}-\d\d-\d\d\.csv$/);
  expect(wrongs).toEqual([]);
  await context.close();
  const worker = await visit(browser, "/oppsett/barnevernvakten/avtaler", "childWelfare");
  await worker.page.getByRole("article", { name: "Avtale 2026/418, versjon 1" }).waitFor();
  expect(await worker.page.getByRole("button", { name: "Slik er den holdt" }).count()).toBe(0);
  await worker.context.close();
});

test("whoever works there reads the agreements and makes none", async () => {
  const { page, context, wrongs } = await visit(browser, "/oppsett/barnevernvakten/avtaler", "childWelfare");
  await page.getByRole("article", { name: "Avtale 2026/418, versjon 1" }).waitFor();
  expect(await page.getByRole("button", { name: /Foreslå|Godkjenn|Avslutt/ }).count()).toBe(0);
  // Nor do they see what only administrators may change.
  expect(await page.locator(".tab-row a").allTextContents()).toEqual(["Åpningstider", "Fravær", "Avtaler"]);
  expect(wrongs).toEqual([]);
  await context.close();
});

for (const scheme of ["light", "dark"] as const) {
  for (const language of ["nb", "en"] as const) {
    for (const width of [320, 390, 1280]) {
      test(`agreements in ${scheme}, ${language}, ${String(width)} px`, async () => {
        const { page, context, wrongs } = await visit(browser, "/oppsett/barnevernvakten/avtaler", "lead", { scheme, language, width });
        await page.locator(".agreement").first().waitFor();
        await accessible(page, "agreements");
        await page.getByRole("button", { name: language === "nb" ? "Foreslå en avtale" : "Propose an agreement" }).click();
        await page.locator(".card form button[type=submit], form.card button[type=submit]").last().click();
        await page.locator(".fault-summary").waitFor();
        await accessible(page, "a proposal with mistakes");
        expect(wrongs).toEqual([]);
        await context.close();
      });
    }
  }
}
