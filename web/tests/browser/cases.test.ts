/** Cases: what nobody has taken, who has taken what, who coordinates, and the same youth registered twice. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, launch, visit } from "./browser";
import { type Json, act, look, membersOf, openCase, request, send } from "./desk";
import { tabTo } from "./keys";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const read = (persona: string, reference: string) => request(persona, "GET", `/cases/${reference}`, {});
const card = (page: Page, title: string) => page.locator("section.card").filter({ has: page.getByRole("heading", { name: title }) });

/** The state of a need, as the coordinator is told. */
async function cover(reference: string, need: string): Promise<unknown> {
  const needs = (await read("outreach", reference)).needs as Json[];
  return needs.find((one) => one.need === need)?.cover;
}

test("by keyboard alone: from a need that nobody has to a referral in the case", async () => {
  const { reference } = await openCase("Ada");
  const { page, context, wrongs } = await visit(browser, `/saker?q=${reference}`, "outreach");
  await page.getByText(reference).waitFor();
  await tabTo(page, reference);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: `Sak ${reference}` }).waitFor();
  await tabTo(page, "Formidle: skole og arbeid");
  await page.keyboard.press("Enter");
  await page.getByText("Ada, 16, Grünerløkka").first().waitFor();
  expect(await page.locator("input[name=needs]:checked").evaluateAll((all) => all.map((one) => one.getAttribute("value")))).toEqual(["school-work"]);
  expect(await page.locator("#refer-alias").count()).toBe(0);
  await tabTo(page, { selector: "input[name=urgency]" });
  await page.keyboard.press("ArrowRight");
  await page.locator("label.receiver input").first().waitFor();
  await tabTo(page, { selector: "label.receiver input" });
  await page.keyboard.press("Space");
  await tabTo(page, { selector: "#refer-summary" });
  await page.keyboard.type("Har ikke vært på skolen siden august.");
  await page.locator("input[name=consent]").first().waitFor();
  await tabTo(page, { selector: "input[name=consent]" });
  await page.keyboard.press("Space");
  await tabTo(page, { selector: ".send-button" });
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /^Lagret i Stafett/ }).waitFor();
  await page.getByRole("link", { name: /Se formidlingen/ }).waitFor();
  await page.getByRole("link", { name: `Til sak ${reference}` }).click();
  await page.getByRole("heading", { level: 1, name: `Sak ${reference}` }).waitFor();
  expect(await card(page, "Dette har ingen tatt").getByText("Skole og arbeid").count()).toBe(0);
  expect(await cover(reference, "school-work")).toBe("waiting");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("a referral in a case waits for coverage, and is in the case once", async () => {
  const { reference } = await openCase("Bo");
  const { page, context } = await visit(browser, `/ny?sak=${reference}&behov=leisure`, "outreach");
  await page.getByText("Bo, 16, Grünerløkka").first().waitFor();
  await page.locator("input[name=urgency][value=routine]").check();
  await page.getByLabel("Eller velg en annen").selectOption({ label: "Bydel Sagene" });
  await page.locator("input[name=consent]").first().check();
  await page.getByLabel("Hva har skjedd?").fill("Vil gjerne spille fotball igjen.");
  let asked = 0;
  await context.route("**/api/v1/cases/*/referrals", async (route) => {
    // The server has done its work the first time; its answer does not come through.
    const response = await route.fetch();
    return asked++ === 0 ? route.abort("connectionreset") : route.fulfill({ response });
  });
  await page.locator(".send-button").click();
  await page.getByRole("heading", { name: /^Lagret i Stafett til Bydel Sagene/ }).waitFor();
  expect(asked).toBe(2);
  const members = (await read("outreach", reference)).referrals as { needs: string[] }[];
  expect(members.filter(({ needs }) => needs.includes("leisure")).length).toBe(1);
  await context.close();
});

test("what came back leads to the referral that must be handed off anew", async () => {
  const { reference, referrals } = await openCase("Cilla");
  const service = referrals["service-referral"] ?? "";
  await act("district", { reference: service, version: 1 }, "decline", { code: "no-capacity", reason: "Fullt" });
  const { page, context, wrongs } = await visit(browser, `/sak/${reference}`, "outreach");
  const nobody = card(page, "Dette har ingen tatt");
  await nobody.getByText("Bolig, økonomi").waitFor();
  // What has a limit stands before what has none.
  expect(await nobody.locator("strong").allTextContents()).toEqual(["Bolig, økonomi", "Skole og arbeid", "Fritid og nettverk"]);
  await nobody.getByRole("link", { name: `Åpne ${service}` }).click();
  await page.getByRole("heading", { level: 1, name: service }).waitFor();
  await page.getByRole("link", { name: `Sak ${reference}` }).click();
  await page.getByRole("heading", { level: 1, name: `Sak ${reference}` }).waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

test("what may not be known is not drawn", async () => {
  const { reference, referrals } = await openCase("Dina");
  const { page, context, wrongs } = await visit(browser, `/sak/${reference}`, "district");
  await page.getByRole("heading", { level: 1, name: `Sak ${reference}` }).waitFor();
  await page.locator(".case-timeline li").first().waitFor();
  const shown = (await page.locator("main").textContent()) ?? "";
  for (const hidden of ["Barnevernvakten", "Utlendingsdirektoratet", referrals["concern-report"] ?? "", "Menneskehandel", "Skole og arbeid"]) expect(shown).not.toContain(hidden);
  expect(await page.locator(".members > li").count()).toBe(1);
  expect(wrongs).toEqual([]);
  await context.close();
  // Child welfare is no party to the service referral: who has it, and until when, but neither its name nor its words.
  const other = await visit(browser, `/sak/${reference}`, "childWelfare");
  await other.page.locator(".members > li").nth(1).waitFor();
  const told = (await other.page.locator("main").textContent()) ?? "";
  expect(told).toContain("Bolig, Økonomi");
  for (const hidden of ["Utlendingsdirektoratet", "Bydel Grünerløkka", referrals["service-referral"] ?? ""]) expect(told).not.toContain(hidden);
  await other.context.close();
  const outsider = await visit(browser, `/sak/${reference}`, "coordinator");
  await outsider.page.getByRole("heading", { name: "Fant ikke saken" }).waitFor();
  await outsider.context.close();
});

test("being asked to coordinate is not coordinating: proposed, answered, taken over", async () => {
  const { reference } = await openCase("Ebba");
  const ours = await visit(browser, `/sak/${reference}`, "outreach");
  await ours.page.getByRole("button", { name: "Mer", exact: true }).click();
  await ours.page.getByRole("button", { name: "Foreslå ny koordinator" }).click();
  const dialog = ours.page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Foreslå ny koordinator" }).click();
  await dialog.getByRole("link", { name: "Fyll ut: Enhet." }).click();
  expect(await ours.page.evaluate(() => document.activeElement?.id)).toBe("case-input-agency");
  await dialog.getByLabel("Enhet").selectOption({ label: "Barnevernvakten" });
  await dialog.getByLabel("Begrunnelse").fill("De kjenner henne best");
  await dialog.getByRole("button", { name: "Foreslå ny koordinator" }).click();
  await dialog.waitFor({ state: "detached" });
  await card(ours.page, "Koordinator").getByText("Uteseksjonen koordinerer til de har svart ja.").waitFor();
  const theirs = await visit(browser, `/sak/${reference}`, "childWelfare");
  await theirs.page.getByText("Uteseksjonen spurte dere om å koordinere").waitFor();
  await theirs.page.getByRole("button", { name: "Ta over koordineringen" }).click();
  await theirs.page.getByRole("dialog").getByLabel("Saksbehandler").selectOption("me");
  await theirs.page.getByRole("dialog").getByRole("button", { name: "Ta over koordineringen" }).click();
  await card(theirs.page, "Koordinator").getByText("Marte Lindgaard").waitFor();
  await card(theirs.page, "Hendelser i saken").getByText("Koordinerer nå: Barnevernvakten").waitFor();
  // Meanwhile the first page still stands as it was: what is decided there on the old version is met calmly.
  await ours.page.getByRole("button", { name: "Endre behov" }).click();
  await dialog.getByLabel("Familie").check();
  await dialog.getByRole("button", { name: "Endre behov" }).click();
  await dialog.getByText("Noen andre har endret dette imens.").waitFor();
  expect(await dialog.getByLabel("Familie").isChecked()).toBe(true);
  await dialog.getByRole("button", { name: "Endre behov" }).click();
  await dialog.waitFor({ state: "detached" });
  await card(ours.page, "Dette har ingen tatt").getByText("Familie").waitFor();
  expect(theirs.wrongs).toEqual([]);
  await ours.context.close();
  await theirs.context.close();
});

test("a case is opened around a referral, which then leads to it", async () => {
  const sent = await send("Frida");
  const { page, context, wrongs } = await visit(browser, `/formidling/${sent.reference}`, "outreach");
  await page.getByRole("link", { name: "Samle i en sak" }).click();
  expect(await page.getByLabel("Formidlingens referanse").inputValue()).toBe(sent.reference);
  await page.getByRole("button", { name: "Åpne saken", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: /^Sak S-/ }).waitFor();
  await page.locator(".members").getByText(sent.reference).click();
  await page.getByRole("link", { name: /^Sak S-/ }).waitFor();
  expect((await look("outreach", sent.reference)).case).not.toBeNull();
  expect(wrongs).toEqual([]);
  await context.close();
  // From the inbox, too.
  const inbox = await visit(browser, "/innboks", "district");
  const row = inbox.page.locator(`.row a[href="/formidling/${sent.reference}"]`);
  await row.click();
  await inbox.page.locator(".preview").getByRole("link", { name: /^Sak S-/ }).waitFor();
  await inbox.context.close();
});

test("several are told at once, each its own part: all or none", async () => {
  const { page, context } = await visit(browser, "/sak/ny", "outreach");
  const part = (number: number) => page.getByRole("group", { name: `Ny formidling ${String(number)}` });
  await page.getByLabel("Hva kalles den unge?").fill("Gunn");
  await page.getByLabel("Alder, omtrent").fill("19");
  await page.getByRole("button", { name: "Skriv en ny formidling i saken" }).click();
  await page.getByRole("button", { name: "Åpne saken og send alle 2" }).click();
  await page.getByRole("link", { name: "Velg mottaker." }).first().waitFor();
  const fill = async (number: number, receiver: string, basis: RegExp, summary: string) => {
    await part(number).getByLabel("Mottaker").selectOption({ label: receiver });
    await part(number).getByLabel("Hastegrad").selectOption("urgent");
    const code = await part(number).getByLabel("Rettsgrunnlag").locator("option").filter({ hasText: basis }).getAttribute("value");
    await part(number).getByLabel("Rettsgrunnlag").selectOption(code);
    await part(number).getByLabel("Begrunnelse for å dele").fill("Trenger hjelp nå");
    await part(number).getByLabel("Hva har skjedd?").fill(summary);
  };
  // Whoever is 19 cannot be reported by duty: the server refuses the second, and stores neither.
  await fill(1, "Bydel Grünerløkka", /^Opplysningsrett/, "Har ikke noe sted å bo.");
  await fill(2, "Barnevernvakten", /^Meldeplikt/, "Er passet på av eldre menn.");
  await page.getByRole("button", { name: "Åpne saken og send alle 2" }).click();
  await part(2).locator(".ds-validation-message").first().waitFor();
  expect(await part(1).getByLabel("Hva har skjedd?").inputValue()).toBe("Har ikke noe sted å bo.");
  await page.getByLabel("Alder, omtrent").fill("16");
  await page.getByRole("button", { name: "Åpne saken og send alle 2" }).click();
  // Whoever is 16 is a party in child welfare: somebody has to say whether they know.
  await part(2).locator(".ds-validation-message").getByText(/er selv part i barnevernet/).waitFor();
  await part(2).getByLabel("Hvem vet om det?").selectOption({ label: "Den unge og foresatte" });
  await page.getByRole("button", { name: "Åpne saken og send alle 2" }).click();
  await page.getByRole("heading", { level: 1, name: /^Sak S-/ }).waitFor();
  await page.locator(".members > li").nth(1).waitFor();
  const name = /S-[A-Z0-9]{4}-[A-Z0-9]{2}/.exec((await page.getByRole("heading", { level: 1 }).textContent()) ?? "")?.[0] ?? "";
  expect(Object.keys(membersOf(await read("outreach", name))).sort()).toEqual(["concern-report", "service-referral"]);
  await context.close();
});

test("a youth registered twice: found, compared side by side, merged, and split again", async () => {
  const [one, other] = [await openCase("Hedda Unik"), await openCase("Hedda Unik")];
  const { page, context, wrongs } = await visit(browser, `/sak/${other.reference}`, "lead");
  await page.getByRole("button", { name: /^Vis fra/ }).click();
  await page.getByText("Hedda Unik").waitFor();
  await page.getByRole("button", { name: "Se etter samme ungdom i andre formidlinger" }).click();
  await page.getByRole("button", { name: `Sammenlign med ${one.referrals["concern-report"] ?? ""}` }).click();
  await page.getByRole("heading", { level: 1, name: "Sammenlign to saker" }).waitFor();
  await page.locator(".compare-side").nth(1).waitFor();
  const merge = page.getByRole("button", { name: `Slå ${other.reference} sammen med ${one.reference}` });
  await merge.click();
  await page.getByRole("link", { name: "Skriv hvorfor det er samme ungdom." }).waitFor();
  await page.getByLabel("Hvorfor er det samme ungdom?").fill("Møtt to netter, samme arr.");
  await merge.click();
  await page.getByRole("heading", { level: 1, name: `Sak ${one.reference}` }).waitFor();
  await page.locator(".members > li").nth(3).waitFor();
  // The old address leads on, and says so.
  await page.goto(`/sak/${other.reference}`);
  await page.getByText(`Sak ${other.reference} er slått sammen med denne`).waitFor();
  expect(new URL(page.url()).pathname).toBe(`/sak/${one.reference}`);
  await page.getByRole("button", { name: "Mer", exact: true }).click();
  await page.getByRole("button", { name: "Del opp igjen" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio").check();
  await dialog.getByLabel("Begrunnelse").fill("To søstre");
  await dialog.getByRole("button", { name: "Del opp igjen" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.waitForFunction(() => document.querySelectorAll(".members > li").length === 2);
  expect(membersOf(await read("lead", other.reference))["concern-report"]).toBe(other.referrals["concern-report"]);
  expect(wrongs).toEqual([]);
  await context.close();
});

test("what is registered about the youth is corrected with a reason, and somebody faster is shown", async () => {
  const { reference, referrals } = await openCase("Ida");
  const report = referrals["concern-report"] ?? "";
  const { page, context } = await visit(browser, `/sak/${reference}`, "outreach");
  await page.getByRole("button", { name: `Vis fra ${report}` }).click();
  await page.getByText("Ida, ca. 16 år").waitFor();
  await page.getByRole("button", { name: "Rett opplysningene om den unge" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Alder, omtrent").fill("17");
  await dialog.getByRole("button", { name: "Rett", exact: true }).click();
  await dialog.getByRole("link", { name: "Skriv hvorfor det rettes." }).waitFor();
  await dialog.getByLabel("Hvorfor rettes det?").fill("Hun fyller 17 i år.");
  const theirs = { alias: "Idun", estimatedAge: 16 };
  await request("outreach", "POST", `/referrals/${report}/person`, { "if-match": `"${String((await look("outreach", report)).version)}"` }, { person: theirs, reason: "Hørte feil" });
  await dialog.getByRole("button", { name: "Rett", exact: true }).click();
  await dialog.getByText("Kallenavn: nå «Idun», du har «Ida».").waitFor();
  expect(await dialog.getByLabel("Hvorfor rettes det?").inputValue()).toBe("Hun fyller 17 i år.");
  await dialog.getByRole("button", { name: "Rett", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Ida, ca. 17 år").waitFor();
  expect((await look("childWelfare", report)).person).toMatchObject({ alias: "Ida", estimatedAge: 17, flags: ["suspected-trafficking"], whereabouts: { district: "030102" } });
  await context.close();
});

test("a referral that exists is put into the case, and a case that is over is closed and opened again", async () => {
  const sent = await send("Jenny");
  const told = await request("outreach", "POST", "/cases", {}, { coordinator: "uteseksjonen", attach: [sent.reference] });
  const another = await send("Jenny");
  const { page, context, wrongs } = await visit(browser, `/sak/${String(told.reference)}`, "outreach");
  await page.getByRole("button", { name: "Legg inn en formidling som finnes" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Formidlingens referanse").fill(another.reference);
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await page.locator(".members").getByText(another.reference).waitFor();
  for (const { reference } of [sent, another]) {
    const { version } = await look("outreach", reference);
    await act("outreach", { reference, version: Number(version) }, "mark-error", { reason: "Prøve" });
  }
  await page.reload();
  await page.getByRole("button", { name: "Mer", exact: true }).click();
  await page.getByRole("button", { name: "Avslutt saken" }).click();
  await dialog.getByLabel("Begrunnelse").fill("Alt er avsluttet");
  await dialog.getByRole("button", { name: "Avslutt saken" }).click();
  await page.getByRole("button", { name: "Gjenåpne saken" }).click();
  await dialog.getByLabel("Begrunnelse").fill("Det var det ikke");
  await dialog.getByRole("button", { name: "Gjenåpne saken" }).click();
  await card(page, "Hendelser i saken").getByText("Saken gjenåpnet").waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

test("a list's filter is an address, an empty one says why, and a long one comes page by page", async () => {
  const { reference } = await openCase("Kaia");
  for (let nth = 0; nth < 26; nth++) {
    const sent = await send("Mange");
    await request("outreach", "POST", "/cases", {}, { coordinator: "uteseksjonen", attach: [sent.reference] });
  }
  const { page, context, wrongs } = await visit(browser, "/saker", "outreach");
  await page.getByRole("button", { name: "Hent flere" }).waitFor();
  expect(await page.locator(".case-rows > li").count()).toBe(25);
  await page.getByRole("button", { name: "Hent flere" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".case-rows > li").length > 25);
  await page.getByLabel("Med behov ingen har").check();
  await page.waitForURL("**/saker?udekket=ja");
  await page.getByLabel("Referanse").fill(reference.toLowerCase());
  await page.waitForURL(`**/saker?udekket=ja&q=${reference.toLowerCase()}`);
  await page.locator(".case-rows").getByText(reference).waitFor();
  await page.getByLabel("Tilstand").selectOption("closed");
  await page.getByText("Ingen saker passer med dette filteret.").waitFor();
  await page.getByRole("button", { name: "Fjern filteret" }).click();
  await page.locator(".case-rows > li").first().waitFor();
  expect(new URL(page.url()).search).toBe("");
  expect(wrongs).toEqual([]);
  await context.close();
  const nobody = await visit(browser, "/saker?vis=mine", "coordinator");
  await nobody.page.getByText("Du koordinerer ingen åpne saker.").waitFor();
  await nobody.context.close();
});

for (const scheme of ["light", "dark"] as const) {
  for (const language of ["nb", "en"] as const) {
    for (const width of [320, 390, 1280]) {
      test(`cases in ${scheme}, ${language}, ${String(width)} px`, async () => {
        const one = await openCase("Lea");
        const looks = { scheme, language, width };
        const { page, context, wrongs } = await visit(browser, "/saker", "lead", looks);
        await page.locator(".case-rows > li").first().waitFor();
        await accessible(page, "the list");
        await page.goto(`/sak/${one.reference}`);
        await page.locator(".youth, .case-side .buttons button").first().click();
        await page.locator(".youth").waitFor();
        await page.getByRole("button", { name: language === "nb" ? "Mer" : "More", exact: true }).click();
        await accessible(page, "a case");
        await page.getByRole("button", { name: language === "nb" ? "Endre behov" : "Change needs" }).click();
        await page.getByRole("dialog").waitFor();
        await accessible(page, "a dialog");
        const other = await openCase("Lea");
        await page.goto(`/sak/${one.reference}/sammenlign?med=${other.reference}`);
        await page.locator(".compare-side").nth(1).waitFor();
        await accessible(page, "two compared");
        await page.goto("/sak/ny");
        await page.locator("form button[type=submit]").click();
        await page.getByRole("alert").waitFor();
        await accessible(page, "a new case with what is missing");
        expect(wrongs).toEqual([]);
        await context.close();
      });
    }
  }
}
