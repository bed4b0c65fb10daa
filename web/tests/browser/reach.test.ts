/** Set-up beside the facts: where mail goes and whether it arrives, what an agency also serves, and a system of its own that is told. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, launch, visit } from "./browser";
import { request } from "./desk";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test("a webhook is entered, its secret shown once, switched off and taken out", async () => {
  const { page, context, wrongs } = await visit(browser, "/oppsett/varmestua-ung/webhooks", "admin");
  await page.getByText("Ingen webhook er satt opp.").waitFor();
  await page.getByRole("button", { name: "Ny webhook" }).click();
  await page.getByLabel("Adresse").fill("http://fagsystem.example.org");
  await page.getByRole("button", { name: "Sett opp" }).click();
  await page.getByRole("link", { name: /Må begynne med https/ }).waitFor();
  // An address, so that no name has to be looked up; nothing is sent to it.
  await page.getByLabel("Adresse").fill("https://8.8.8.8/stafett");
  await page.getByRole("radio", { name: "Bare noe" }).check();
  await page.getByRole("button", { name: "Sett opp" }).click();
  await page.getByRole("link", { name: "Velg minst ett varsel." }).waitFor();
  await page.getByLabel("Feilregistrert").check();
  await accessible(page, "a new webhook");
  await page.getByRole("button", { name: "Sett opp" }).click();
  const secret = (await page.locator(".one-time code").textContent()) ?? "";
  expect(secret).toMatch(/^whsec_/);
  await page.getByText("På · 1 slags varsel").waitFor();
  await page.getByRole("button", { name: "Ny hemmelighet" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Ny hemmelighet" }).click();
  await page.getByText("Lagret.").waitFor();
  const other = (await page.locator(".one-time code").textContent()) ?? "";
  expect(other).toMatch(/^whsec_/);
  expect(other).not.toBe(secret);
  await page.getByRole("button", { name: "Slå av" }).click();
  await page.getByText("Slått av · 1 slags varsel").waitFor();
  expect(await page.locator(".one-time").count()).toBe(0);
  await page.getByText("Hva som er sendt").click();
  await page.getByText("Ingenting er sendt ennå.").waitFor();
  await accessible(page, "a webhook");
  await page.getByRole("button", { name: "Ta bort" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Ta bort" }).click();
  await page.getByText("Ingen webhook er satt opp.").waitFor();
  expect(wrongs.filter((wrong) => !wrong.includes("422"))).toEqual([]);
  await context.close();
});

test("quiet hours and calendar entries are kept, and a test shows whether mail arrives", async () => {
  const { page, context, wrongs } = await visit(browser, "/oppsett/uteseksjonen/post", "admin");
  const quiet = page.getByLabel("La det som kan vente, vente til vi åpner");
  await quiet.check();
  await page.getByLabel("Legg fristen ved som kalenderoppføring").check();
  // What is not saved cannot be tried.
  expect(await page.getByRole("button", { name: "Send en prøve til enheten" }).count()).toBe(0);
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByText("Lagret.").waitFor();
  expect(await request("admin", "GET", "/agencies/uteseksjonen/mailboxes", {})).toMatchObject({ quietHours: true, calendarFiles: true });
  await page.getByRole("button", { name: "Send en prøve til enheten" }).click();
  await page.getByText("E-posttjeneren tok imot prøven til post@uteseksjonen.example.").waitFor();
  await accessible(page, "a test mail");
  await page.getByRole("button", { name: "Angre" }).click();
  await page.getByText("Angret. Det står som før.").waitFor();
  expect(await quiet.isChecked()).toBe(false);
  expect(wrongs).toEqual([]);
  await context.close();
});

test("what an agency also serves is written as numbers and shown as names", async () => {
  const { page, context, wrongs } = await visit(browser, "/oppsett/bydel-sagene", "admin");
  const also = page.getByLabel("Dekker også");
  await also.fill("030104, 3201");
  await page.getByText("St. Hanshaugen, Oslo · Bærum").waitFor();
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByText("Lagret.").waitFor();
  expect((await request("admin", "GET", "/agencies/bydel-sagene", {})).alsoServes).toEqual(["030104", "3201"]);
  await also.fill("1");
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.locator(".fault-summary a").first().waitFor();
  await also.fill("");
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByText("Lagret.").waitFor();
  expect((await request("admin", "GET", "/agencies/bydel-sagene", {})).alsoServes).toEqual([]);
  expect(wrongs.filter((wrong) => !wrong.includes("422"))).toEqual([]);
  await context.close();
});

test("a workflow is shown as a picture, and told in words", async () => {
  const { page, context, wrongs } = await visit(browser, "/arbeidsflyter/concern-report/1", "outreach");
  const picture = page.locator("img.diagram");
  await picture.waitFor();
  await page.waitForFunction(() => (document.querySelector<HTMLImageElement>("img.diagram")?.naturalWidth ?? 0) > 0);
  expect(await picture.getAttribute("alt")).toContain("Det samme står med ord under.");
  expect(wrongs).toEqual([]);
  await context.close();
});
