import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, launch, visit } from "./browser";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test("one signs in at the address of a link and is there", async () => {
  const { page, wrongs, context } = await visit(browser, "/ingen-slik-side", null);
  await page.getByText("Etterpå kommer du til /ingen-slik-side.").waitFor();
  await page.getByLabel("Brukernavn").fill("outreach");
  await page.getByLabel("Passord", { exact: true }).fill("stafett-demo-2026");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Siden finnes ikke" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/ingen-slik-side");
  await page.reload();
  await page.getByRole("heading", { name: "Siden finnes ikke" }).waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

test("a wrong password is told, an empty field is pointed at, and what was typed stays", async () => {
  const { page, context } = await visit(browser, "/", null);
  await page.getByRole("button", { name: "Logg inn", exact: true }).click();
  await page.getByText("Skriv brukernavnet ditt.").waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("username");
  await page.getByLabel("Brukernavn").fill("nobody.here");
  await page.getByLabel("Passord", { exact: true }).fill("helt feil");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("Brukernavnet eller passordet er feil.").waitFor();
  expect(await page.getByLabel("Brukernavn").inputValue()).toBe("nobody.here");
  await context.close();
});

test("a new tab asks the open ones, and signing out ends all of them", async () => {
  const { page, context } = await visit(browser, "/", null);
  await page.getByRole("button", { name: "Ingrid Solvang" }).click();
  await page.locator(".head").waitFor();
  const other = await context.newPage();
  await other.goto("/");
  await other.locator(".head").waitFor();
  await page.getByRole("button", { name: "Ingrid Solvang: valg og utlogging" }).click();
  await page.getByRole("button", { name: "Logg ut" }).click();
  await page.getByRole("heading", { name: "Hvem vil du være?" }).waitFor();
  await other.getByRole("heading", { name: "Hvem vil du være?" }).waitFor();
  await context.close();
});

test("where one tab signs out, nothing of that person stays in another", async () => {
  const { page, context } = await visit(browser, "/", null);
  await page.getByRole("button", { name: "Ingrid Solvang" }).click();
  await page.locator(".head").waitFor();
  const other = await context.newPage();
  await other.goto("/ny");
  await other.getByLabel("Hva har skjedd?").fill("Bare for Ingrid.");
  await other.getByText(/^Lagret på denne enheten/).waitFor();
  await page.getByRole("button", { name: "Ingrid Solvang: valg og utlogging" }).click();
  await page.getByRole("button", { name: "Logg ut" }).click();
  await page.getByText("Én kladd er ikke sendt.").waitFor();
  await page.getByRole("button", { name: "Logg ut likevel" }).click();
  await other.getByRole("heading", { name: "Hvem vil du være?" }).waitFor();
  expect(new URL(other.url()).pathname).toBe("/");
  expect(await other.evaluate(() => [localStorage.getItem("stafett.last"), sessionStorage.getItem("stafett.session")])).toEqual([null, null]);
  // Who comes after her in that tab goes to the page without loading it anew.
  await other.getByRole("button", { name: "Marte Lindgaard" }).click();
  await other.getByRole("link", { name: "Ny formidling" }).first().click();
  await other.getByLabel("Hva har skjedd?").waitFor();
  expect(await other.getByLabel("Hva har skjedd?").inputValue()).toBe("");
  expect(await other.locator(".here").count()).toBe(0);
  await context.close();
});

test("a session that the server has ended is not known here without coverage either", async () => {
  const { page, context } = await visit(browser, "/tilgjengelighet", "outreach");
  await page.waitForFunction(() => localStorage.getItem("stafett.last") !== null);
  // As when it was ended from another device: neither token is good for anything.
  await page.addInitScript(() => {
    const kept = JSON.parse(sessionStorage.getItem("stafett.session") ?? "{}") as object;
    sessionStorage.setItem("stafett.session", JSON.stringify({ ...kept, access: "ended", refresh: "ended" }));
  });
  await page.reload();
  await page.getByLabel("Passord", { exact: true }).waitFor();
  expect(await page.evaluate(() => localStorage.getItem("stafett.last"))).toBeNull();
  await context.close();
});

test("language and colours are chosen once", async () => {
  const { page, context, wrongs } = await visit(browser, "/", "outreach");
  await page.getByRole("button", { name: "Ingrid Solvang: valg og utlogging" }).click();
  await page.getByRole("radio", { name: "English" }).check();
  await page.getByRole("radio", { name: "Dark" }).check();
  await page.reload();
  await page.getByRole("button", { name: "Ingrid Solvang: settings and sign-out" }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
  expect(await page.locator("html").getAttribute("data-color-scheme")).toBe("dark");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("a server that is away is told calmly, and its return too", async () => {
  const { page, context } = await visit(browser, "/", null);
  await page.getByLabel("Brukernavn").fill("outreach");
  await page.getByLabel("Passord", { exact: true }).fill("stafett-demo-2026");
  await context.setOffline(true);
  await page.keyboard.press("Enter");
  await page.getByText("Får ikke kontakt med tjeneren.").first().waitFor();
  expect(await page.getByLabel("Passord", { exact: true }).inputValue()).toBe("stafett-demo-2026");
  await context.setOffline(false);
  await page.keyboard.press("Enter");
  await page.locator(".head").waitFor();
  await context.close();
});

test("the answers of the web forbid what is not ours", async () => {
  const { page, context } = await visit(browser, "/", null);
  const index = await page.request.get("/innboks");
  expect(index.headers()).toMatchObject({
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  });
  expect(index.headers()["content-security-policy"]).toContain("script-src 'self'; style-src 'self';");
  const script = /src="(\/assets\/[^"]+)"/.exec(await index.text())?.[1] ?? "";
  expect((await page.request.get(script)).headers()["cache-control"]).toContain("immutable");
  expect((await page.request.delete("/innboks")).status()).toBe(404);
  expect((await page.request.get("/assets/none.js")).status()).toBe(404);
  expect((await page.request.get("/api/v1/none")).status()).toBe(401);
  await context.close();
});

for (const scheme of ["light", "dark"] as const) {
  for (const language of ["nb", "en"] as const) {
    for (const width of [320, 390, 1280]) {
      test(`front page and 404 in ${scheme}, ${language}, ${String(width)} px`, async () => {
        const { page, context, wrongs } = await visit(browser, "/", "auditor", { scheme, language, width });
        await page.locator("h1").waitFor();
        await accessible(page, "front page");
        await page.goto("/none");
        await page.locator("h1").waitFor();
        await accessible(page, "404");
        expect(wrongs).toEqual([]);
        await context.close();
      });

      test(`sign-in in ${scheme}, ${language}, ${String(width)} px`, async () => {
        const { page, context, wrongs } = await visit(browser, "/formidling/K7QF-2M", null, { scheme, language, width });
        await page.locator(".personas").waitFor();
        await accessible(page, "sign-in");
        expect(wrongs).toEqual([]);
        await context.close();
      });
    }
  }
}
