/** Who has looked: on the referral for its parties, and for the lead of an agency at what its people have looked. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, launch, visit } from "./browser";
import { look, report, request, send } from "./desk";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test("the parties see who has looked: their own by name, others by their agency", async () => {
  const { reference } = await send("Sett");
  await look("district", reference);
  const { page, context, wrongs } = await visit(browser, `/formidling/${reference}`, "outreach");
  await page.getByRole("button", { name: "Vis hvem som har sett" }).click();
  const looks = page.locator(".looks");
  await looks.getByText("Noen i Bydel Grünerløkka").waitFor();
  await looks.getByText("Ingrid Solvang, Uteseksjonen").first().waitFor();
  expect(await looks.getByText("Yusuf Hakimi").count()).toBe(0);
  await accessible(page, "who has looked");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("whoever wants to can write why they look, and the log says that there is a reason", async () => {
  const { reference } = await send("Begrunnet");
  const { page, context, wrongs } = await visit(browser, `/formidling/${reference}`, "district");
  await page.getByRole("button", { name: "Skriv hvorfor jeg ser på den" }).click();
  await page.getByRole("button", { name: "Skriv i loggen" }).click();
  await page.getByRole("link", { name: "Skriv grunnen." }).waitFor();
  const asked = page.waitForRequest((request) => request.headers()["look-reason"] !== undefined);
  await page.getByLabel("Hvorfor ser du på den?").fill("Har vakt for Bydel Grünerløkka i natt");
  await page.getByRole("button", { name: "Skriv i loggen" }).click();
  expect(decodeURIComponent((await asked).headers()["look-reason"] ?? "")).toBe("Har vakt for Bydel Grünerløkka i natt");
  await page.locator(".looks").getByText("Oppgitt grunn").first().waitFor();
  await accessible(page, "a reason for looking");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("nobody sees anything of a strictly confidential youth before they have said why", async () => {
  const told = await request("outreach", "POST", "/referrals", {}, {
    workflow: "concern-report",
    sender: "uteseksjonen",
    receiver: "barnevernvakten",
    person: { alias: "Gradert", estimatedAge: 15, addressProtection: "strictly-confidential" },
    needs: ["shelter"],
    urgency: "emergency",
    legalBasis: { code: "duty-to-report", reason: "Ute alene om natten" },
    informed: { youth: true, guardians: false, reason: "Fare for henne" },
    summary: "Vi traff Gradert ved Vaterland.",
    send: true,
  });
  const reference = String(told.reference);
  const { page, context } = await visit(browser, `/formidling/${reference}`, "childWelfare");
  const dialog = page.getByRole("dialog", { name: "Hvorfor ser du på dette?" });
  await dialog.waitFor();
  expect(await page.getByText("Vi traff Gradert ved Vaterland.").count()).toBe(0);
  await accessible(page, "why somebody looks");
  // Taken back, nothing is shown, and it can be said later.
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Skriv hvorfor" }).click();
  await dialog.getByLabel("Hva skal du bruke det til?").fill("vakt");
  await dialog.getByRole("button", { name: "Vis" }).click();
  await dialog.getByRole("link", { name: "Skriv minst ti tegn." }).waitFor();
  await dialog.getByLabel("Hva skal du bruke det til?").fill("Har vakt og skal finne et sted");
  await dialog.getByRole("button", { name: "Vis" }).click();
  await page.getByText("Vi traff Gradert ved Vaterland.").waitFor();
  // Once for all that the page asks of it.
  await page.getByRole("button", { name: "Vis hvem som har sett" }).click();
  await page.locator(".looks").getByText("Oppgitt grunn").first().waitFor();
  expect(await dialog.count()).toBe(0);
  await context.close();
  // A preview that opens by itself asks nobody; it says what is missing, and asks whoever wants to say it.
  const inbox = await visit(browser, "/innboks", "childWelfare");
  await inbox.page.locator(".row", { hasText: reference }).click();
  const preview = inbox.page.locator(".preview");
  await preview.getByText("Du ser den når du har sagt hvorfor.").waitFor();
  expect(await inbox.page.getByRole("dialog").count()).toBe(0);
  await accessible(inbox.page, "a preview that demands a reason");
  await preview.getByRole("button", { name: "Si hvorfor" }).click();
  const question = inbox.page.getByRole("dialog", { name: "Hvorfor ser du på dette?" });
  await question.waitFor();
  await inbox.page.keyboard.press("Escape");
  await preview.getByRole("button", { name: "Si hvorfor" }).click();
  await question.getByLabel("Hva skal du bruke det til?").fill("Har vakt og skal finne et sted");
  await question.getByRole("button", { name: "Vis" }).click();
  await preview.getByText("Vi traff Gradert ved Vaterland.").waitFor();
  expect(inbox.wrongs).toEqual([]);
  await inbox.context.close();
  // What is done by a key is asked for by hand: the question comes at once.
  const keys = await visit(browser, "/innboks", "childWelfare");
  await keys.page.locator(".row", { hasText: reference }).click();
  await keys.page.locator(".preview").getByText("Du ser den når du har sagt hvorfor.").waitFor();
  await keys.page.keyboard.press("i");
  await keys.page.getByRole("dialog", { name: "Hvorfor ser du på dette?" }).waitFor();
  await keys.context.close();
});

test("a page that is left open is one look, until something happens", async () => {
  const { reference } = await send("Åpen");
  const { page, context } = await visit(browser, `/formidling/${reference}`, "outreach");
  await page.locator(".timeline li").first().waitFor();
  const reads: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname.endsWith(`/referrals/${reference}`)) reads.push(request.url());
  });
  const asked = page.waitForRequest((request) => request.url().includes("box=all"));
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await (await asked).response();
  await page.waitForLoadState("networkidle");
  expect(reads).toEqual([]);
  await context.close();
});

test("a lead finds what somebody of the agency has looked at, by an address that can be shared", async () => {
  const reference = await report("Gjenfunnet");
  const { page, context, wrongs } = await visit(browser, `/formidling/${reference}`, "childWelfare");
  await page.locator(".timeline li").first().waitFor();
  await page.goto("/oppsett/barnevernvakten/oppslag");
  await page.getByText("Bare ledere i enheten ser hva folk her har sett på.").waitFor();
  expect(wrongs.filter((wrong) => !wrong.includes("403"))).toEqual([]);
  await context.close();
  const lead = await visit(browser, `/oppsett/barnevernvakten/oppslag?referanse=${reference}`, "lead");
  await lead.page.locator(".rows li").first().waitFor();
  for (const shown of await lead.page.locator(".rows a").allTextContents()) expect(shown).toBe(reference);
  const who = lead.page.getByLabel("Hvem", { exact: true });
  const name = (await lead.page.locator(".rows strong").first().textContent()) ?? "";
  await who.selectOption({ label: name });
  await lead.page.waitForURL(/hvem=/);
  await lead.page.locator(".rows li").first().waitFor();
  await accessible(lead.page, "looks of an agency");
  // Why somebody looked, in their words: theirs to read, and a look of its own.
  await request("childWelfare", "GET", `/referrals/${reference}`, { "look-reason": encodeURIComponent("Har vakt for Bydel Grünerløkka i natt") });
  await lead.page.goto(`/oppsett/barnevernvakten/oppslag?referanse=${reference}`);
  await lead.page.getByRole("button", { name: "Vis grunnen" }).first().click();
  await lead.page.getByText("Har vakt for Bydel Grünerløkka i natt").waitFor();
  await accessible(lead.page, "a reason read by a lead");
  const download = lead.page.waitForEvent("download");
  await lead.page.getByRole("button", { name: "Last ned som CSV" }).click();
  expect((await download).suggestedFilename()).toBe("barnevernvakten.csv");
  await lead.page.getByLabel("Referanse").fill("tull");
  await lead.page.getByText("Skriv en referanse som K7QF-2M.").waitFor();
  expect(lead.wrongs).toEqual([]);
  await lead.context.close();
});
