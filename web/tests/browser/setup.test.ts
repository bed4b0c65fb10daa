/** Set-up: an agency's facts, services and people. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { accessible, launch, visit } from "./browser";
import { tabTo } from "./keys";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test("by keyboard alone: a new user, with a password that is shown once", async () => {
  const { page, context, wrongs } = await visit(browser, "/oppsett/uteseksjonen/folk", "admin");
  await page.getByText("Ingrid Solvang").first().waitFor();
  await tabTo(page, "Ny bruker");
  await page.keyboard.press("Enter");
  await page.getByLabel("Navn", { exact: true }).waitFor();
  await tabTo(page, "Opprett konto");
  await page.keyboard.press("Enter");
  // What is missing is told beside the button, with a way to it.
  const missing = page.getByRole("link", { name: "Skriv navnet." });
  await missing.waitFor();
  await missing.focus();
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("user-displayName");
  await page.keyboard.type("Siri Berg");
  await tabTo(page, "Brukernavn");
  await page.keyboard.type("siri.berg");
  await tabTo(page, "Leder");
  await page.keyboard.press("Space");
  await tabTo(page, "Opprett konto");
  await page.keyboard.press("Enter");
  await page.getByText("Siri Berg har fått konto.").waitFor();
  const password = (await page.locator(".one-time code").textContent()) ?? "";
  const answer = await page.request.post("/api/v1/auth/token", { data: { username: "siri.berg", password } });
  expect(answer.status()).toBe(200);
  await page.reload();
  await page.getByRole("link", { name: "Siri Berg" }).waitFor();
  expect(await page.locator(".one-time").count()).toBe(0);
  // And out again: what she leaves is told.
  await page.getByRole("link", { name: "Siri Berg" }).click();
  await page.getByRole("button", { name: "Steng kontoen" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Steng kontoen" }).click();
  await page.getByText("Ingenting var tildelt vedkommende.").waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

test("somebody faster is shown, and what I wrote stays", async () => {
  const { page, context } = await visit(browser, "/oppsett/varmestua-ung", "admin");
  await page.getByLabel("Navn", { exact: true }).fill("Varmestua for unge");
  const headers = { authorization: `Bearer ${inject("tokens").admin ?? ""}`, "content-type": "application/json" };
  const before = await page.request.get("/api/v1/agencies/varmestua-ung", { headers });
  const theirs = { name: "Varmestua Sentrum", phone: "+47 22 00 00 01" };
  const changed = await page.request.patch("/api/v1/agencies/varmestua-ung", {
    headers: { ...headers, "if-match": before.headers().etag ?? "" },
    data: theirs,
  });
  expect(changed.status()).toBe(200);
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByText("Navn: nå «Varmestua Sentrum», du har «Varmestua for unge».").waitFor();
  expect(await page.getByLabel("Telefon").inputValue()).toBe(theirs.phone);
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByText("Lagret.").waitFor();
  const after = (await (await page.request.get("/api/v1/agencies/varmestua-ung", { headers })).json()) as Record<string, unknown>;
  expect(after).toMatchObject({ name: "Varmestua for unge", phone: theirs.phone });
  await context.close();
});

test("a service is added, changed in both languages and taken away", async () => {
  const { page, context, wrongs } = await visit(browser, "/oppsett/varmestua-ung/tjenester", "admin");
  await page.getByRole("button", { name: "Ny tjeneste" }).click();
  await page.getByLabel("Behov").selectOption({ label: "Et sted å være" });
  await page.getByLabel("Navn på bokmål").fill("Nattely");
  await page.getByLabel("Navn på engelsk").fill("Night shelter");
  await page.getByLabel("Fra alder").fill("seksten");
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByRole("link", { name: "Skriv alderen i hele år." }).waitFor();
  await page.getByLabel("Fra alder").fill("16");
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByRole("button", { name: "Endre Nattely" }).click();
  expect(await page.getByLabel("Navn på engelsk").inputValue()).toBe("Night shelter");
  await page.getByRole("button", { name: "Ta bort" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Ta bort" }).click();
  await page.getByText("Lagret.").waitFor();
  await page.getByRole("button", { name: "Endre Nattely" }).waitFor({ state: "detached" });
  expect(wrongs).toEqual([]);
  await context.close();
});

test("whoever administers nothing is told so", async () => {
  const { page, context } = await visit(browser, "/oppsett/barnevernvakten/folk", "outreach");
  await page.getByText("Bare de som administrerer enheten").waitFor();
  await page.goto("/oppsett");
  await page.getByText("Du administrerer ingen enhet.").waitFor();
  await context.close();
});

for (const scheme of ["light", "dark"] as const) {
  for (const language of ["nb", "en"] as const) {
    for (const width of [320, 390, 1280]) {
      test(`set-up in ${scheme}, ${language}, ${String(width)} px`, async () => {
        const { page, context, wrongs } = await visit(browser, "/oppsett", "admin", { scheme, language, width });
        await page.locator(".rows li").first().waitFor();
        await page.getByRole("button", { name: language === "nb" ? "Ny enhet" : "New agency" }).click();
        await accessible(page, "set-up");
        await page.goto("/oppsett/uteseksjonen");
        await page.locator("#agency-name").waitFor();
        await accessible(page, "facts");
        await page.goto("/oppsett/uteseksjonen/tjenester");
        await page.getByRole("button", { name: language === "nb" ? /^Endre / : /^Change / }).first().click();
        await page.locator("#service-title-nb").waitFor();
        await accessible(page, "services");
        await page.goto("/oppsett/uteseksjonen/folk");
        await page.getByRole("button", { name: language === "nb" ? "Ny bruker" : "New user" }).click();
        await accessible(page, "people");
        await page.locator(".rows a").first().click();
        await page.locator(".person-username").waitFor();
        await accessible(page, "person");
        expect(wrongs).toEqual([]);
        await context.close();
      });
    }
  }
}
