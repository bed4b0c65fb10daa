/** Help, the accessibility statement and the directory: found, read, and at hand from every page. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, launch, visit } from "./browser";
import { tabTo } from "./keys";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test("the foot of each page leads to the help and to the accessibility statement", async () => {
  const { page, context, wrongs } = await visit(browser, "/", "auditor");
  await page.getByRole("contentinfo").getByRole("link", { name: "Tilgjengelighet" }).click();
  await page.getByRole("heading", { level: 1, name: "Tilgjengelighetserklæring" }).waitFor();
  await page.getByRole("contentinfo").getByRole("link", { name: "Hjelp" }).click();
  await page.getByRole("heading", { level: 1, name: "Hjelp" }).waitFor();
  await page.getByRole("navigation", { name: "Innhold" }).getByRole("link", { name: "Fristene" }).click();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("fristene");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("by keyboard alone: who takes shelter for a 16-year-old at night", async () => {
  const { page, context, wrongs } = await visit(browser, "/katalog", "outreach");
  await page.getByRole("status").getByText(/^\d+ enheter$/).waitFor();
  await tabTo(page, "Behov");
  await page.keyboard.type("Et sted");
  await tabTo(page, "Alder");
  await page.keyboard.type("16");
  await page.waitForURL("**/katalog?behov=shelter&alder=16");
  await page.getByRole("link", { name: "Barnevernvakten" }).waitFor();
  await tabTo(page, "Barnevernvakten");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Barnevernvakten" }).waitFor();
  await page.getByText("Døgnåpent").waitFor();
  await page.getByText("Et sted å være · ").waitFor();
  // And back to the same search.
  await page.goBack();
  await page.getByRole("link", { name: "Barnevernvakten" }).waitFor();
  expect(await page.getByLabel("Alder").inputValue()).toBe("16");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("an age that is none is pointed at, and an empty search says what to try", async () => {
  const { page, context, wrongs } = await visit(browser, "/katalog?alder=seksten", "outreach");
  await page.getByText("Skriv alderen i hele år").waitFor();
  expect(await page.getByLabel("Alder").getAttribute("aria-invalid")).toBe("true");
  await page.getByLabel("Søk etter navn").fill("finnes ikke");
  await page.getByText("Ingen enheter passer med dette søket.").waitFor();
  await page.getByRole("button", { name: "Fjern alle filtre" }).click();
  await page.getByRole("link", { name: "Barnevernvakten" }).waitFor();
  expect(new URL(page.url()).search).toBe("");
  expect(await page.getByLabel("Søk etter navn").inputValue()).toBe("");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("those who work there say what room they have, and it stands in the directory with its age", async () => {
  const { page, context, wrongs } = await visit(browser, "/katalog/barnevernvakten", "childWelfare");
  await page.getByRole("button", { name: "Meld kapasitet" }).click();
  await page.getByLabel("Hva gjelder det?").selectOption({ label: "Et sted å være" });
  await page.getByRole("radio", { name: "Lite plass" }).check();
  await page.getByLabel("Ledige plasser").fill("to");
  await page.getByText("Skriv et helt tall").waitFor();
  await page.getByLabel("Ledige plasser").fill("2");
  await page.getByRole("button", { name: "Meld", exact: true }).click();
  await page.getByText("Meldt. Det står i katalogen nå.").waitFor();
  await page.getByText(/2 ledige plasser.*meldt for \d+ min siden/).waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
  const other = await visit(browser, "/katalog/barnevernvakten", "outreach");
  await other.page.getByText("2 ledige plasser").waitFor();
  expect(await other.page.getByRole("button", { name: "Meld kapasitet" }).count()).toBe(0);
  await other.context.close();
});

test("an agency that is not there is told as such", async () => {
  const { page, context } = await visit(browser, "/katalog/finnes-ikke", "outreach");
  await page.getByRole("heading", { level: 1, name: "Enheten finnes ikke i katalogen" }).waitFor();
  await page.getByRole("link", { name: "Hjelp til denne siden" }).click();
  await page.waitForURL("**/hjelp#katalog");
  await page.waitForFunction(() => document.activeElement?.id === "katalog");
  await context.close();
});

for (const scheme of ["light", "dark"] as const) {
  for (const language of ["nb", "en"] as const) {
    for (const width of [320, 390, 1280]) {
      test(`directory in ${scheme}, ${language}, ${String(width)} px`, async () => {
        const { page, context, wrongs } = await visit(browser, "/katalog?alder=gammel", "outreach", { scheme, language, width });
        await page.locator(".agencies li").first().waitFor();
        await accessible(page, "directory");
        await page.goto("/katalog/uteseksjonen");
        await page.locator(".week").waitFor();
        await page.getByRole("button", { name: language === "nb" ? "Meld kapasitet" : "Report capacity" }).click();
        await accessible(page, "agency");
        expect(wrongs).toEqual([]);
        await context.close();
      });

      test(`help and accessibility statement in ${scheme}, ${language}, ${String(width)} px`, async () => {
        const { page, context, wrongs } = await visit(browser, "/hjelp", "auditor", { scheme, language, width });
        await page.locator("#fristene").waitFor();
        await accessible(page, "help");
        await page.goto("/tilgjengelighet");
        await page.locator("h1").waitFor();
        await accessible(page, "accessibility statement");
        await page.goto("/arbeidsflyter");
        await page.locator(".rows a").first().click();
        await page.locator("#clocks").waitFor();
        await accessible(page, "workflow");
        expect(wrongs).toEqual([]);
        await context.close();
      });
    }
  }
}
