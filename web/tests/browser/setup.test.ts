/** Set-up: an agency's facts, services and people. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { accessible, figure, launch, visit } from "./browser";
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

interface Call {
  readonly method?: string;
  readonly match?: string;
  readonly data?: unknown;
}

/** What another system, or somebody else, does meanwhile. */
async function call(page: Page, persona: string, path: string, { method = "GET", match, data }: Call = {}) {
  const headers = { authorization: `Bearer ${inject("tokens")[persona] ?? ""}`, ...(match === undefined ? {} : { "if-match": match }) };
  const answer = await page.request.fetch(`/api/v1${path}`, { method, headers, ...(data === undefined ? {} : { data }) });
  expect(answer.ok(), await answer.text()).toBe(true);
  return { body: (await answer.json()) as Record<string, unknown>, etag: answer.headers().etag ?? "" };
}

test("the hours of a week by keyboard alone, told as a sentence, and taken back", async () => {
  const { page, context, wrongs } = await visit(browser, "/oppsett/bydel-sagene/apningstider", "admin");
  await page.locator(".say").waitFor();
  const before = await call(page, "admin", "/agencies/bydel-sagene/calendar");
  let keys = 0;
  await page.exposeFunction("counted", () => {
    keys++;
  });
  await page.evaluate(() => {
    const tell = () => {
      (window as unknown as { counted: () => void }).counted();
    };
    addEventListener("keydown", tell, { capture: true });
  });
  // From the first field, as whoever has come to it by Tab.
  await page.getByLabel("Mandag").focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("8.30-15");
  await tabTo(page, "Likt alle hverdager");
  await page.keyboard.press("Enter");
  await tabTo(page, "Lørdag");
  await page.keyboard.type("20-2");
  await page.getByText("Åpent mandag–fredag 08:30–15:00; lørdag 20:00–02:00, i alt 38,5 timer i uka. Stengt søndag og helligdager.").waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("Lagret.").waitFor();
  figure(`the hours of a week: ${String(keys)} keys (a practised hand types 3 a second: ${(keys / 3).toFixed(0)} s; bar 30 s)`);
  expect(keys).toBeLessThanOrEqual(60);
  const working = [["08:30", "15:00"]];
  const after = await call(page, "admin", "/agencies/bydel-sagene/calendar");
  expect(after.body.openingHours).toEqual({
    ...{ mon: working, tue: working, wed: working, thu: working, fri: working },
    sat: [["20:00", "24:00"]],
    sun: [["00:00", "02:00"]],
  });
  await page.reload();
  await page.locator(".say").waitFor();
  expect(await page.getByLabel("Lørdag").inputValue()).toBe("20:00–02:00");
  // What was there before comes back with one press.
  await page.getByLabel("Tirsdag").fill("stengt");
  await page.getByRole("button", { name: "Lagre", exact: true }).click();
  await page.getByText("Åpent mandag 08:30–15:00; onsdag–fredag").waitFor();
  await page.getByRole("button", { name: "Angre" }).click();
  await page.getByText("Angret. Det står som før.").waitFor();
  expect((await call(page, "admin", "/agencies/bydel-sagene/calendar")).body.openingHours).toEqual(after.body.openingHours);
  expect(before.etag).not.toBe(after.etag);
  expect(wrongs).toEqual([]);
  await context.close();
});

test("hours that nobody can read are told at their field; single days are entered, grouped and taken away", async () => {
  const { page, context, wrongs } = await visit(browser, "/oppsett/bydel-sagene/apningstider", "admin");
  await page.getByLabel("Onsdag").fill("åtte til tre");
  await page.getByRole("button", { name: "Lagre", exact: true }).click();
  const fault = page.getByRole("link", { name: "Onsdag: skriv klokkeslett som 8–15.30" });
  await fault.waitFor();
  await accessible(page, "hours with a mistake");
  await fault.focus();
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("calendar-openingHours-wed");
  // The server judges what only it knows: the night before runs into this morning.
  await page.getByLabel("Tirsdag").fill("22-9");
  await page.getByLabel("Onsdag").fill("8-15");
  await page.getByRole("button", { name: "Lagre", exact: true }).click();
  await page.locator("#calendar-openingHours-wed-fault").waitFor();
  await page.getByLabel("Tirsdag").fill("8-15");
  const year = new Date().getFullYear() + 1;
  await page.getByLabel("Dato").fill(`${String(year)}-07-12`);
  await page.getByLabel("Til og med").fill(`${String(year)}-07-10`);
  await page.getByRole("button", { name: "Lagre", exact: true }).click();
  await page.getByRole("link", { name: "Du har begynt på en enkeltdag." }).waitFor();
  await page.getByRole("button", { name: "Legg til dagen" }).click();
  await page.getByText("Siste dag må være etter den første").waitFor();
  await page.getByLabel("Til og med").fill(`${String(year)}-07-14`);
  await page.keyboard.press("Enter");
  await page.getByRole("list", { name: "Enkeltdager" }).getByText("stengt").waitFor();
  await page.getByText(/Unntatt .*12\.–14\. juli .* stengt/).waitFor();
  await page.getByRole("button", { name: "Lagre", exact: true }).click();
  await page.getByText("Lagret.").waitFor();
  const kept = (await call(page, "admin", "/agencies/bydel-sagene/calendar")).body.openingHours as { dates: Record<string, unknown> };
  expect(Object.keys(kept.dates)).toEqual(["12", "13", "14"].map((day) => `${String(year)}-07-${day}`));
  await page.getByRole("button", { name: /^Ta bort 12/ }).click();
  await page.getByText("Ingen enkeltdager er lagt inn.").waitFor();
  expect(wrongs.filter((wrong) => !wrong.includes("422"))).toEqual([]);
  await context.close();
});

test("a mailbox: one that no server takes is refused at its field, and somebody faster is shown", async () => {
  const { page, context } = await visit(browser, "/oppsett/kirkens-bymisjon/post", "admin");
  const unit = page.getByLabel("Enhetens postkasse");
  await unit.fill("");
  await page.getByText("Uten postkasse kommer ingen e-post fram.").waitFor();
  await unit.fill("ingen adresse");
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.locator("#mail-unit-fault").waitFor();
  const seen = await call(page, "admin", "/agencies/kirkens-bymisjon/mailboxes");
  const theirs = { unit: "felles@kirkens-bymisjon.example", onCall: "vakt@kirkens-bymisjon.example" };
  // Quiet hours are theirs too; this page does not ask about them, and must not undo them.
  await call(page, "admin", "/agencies/kirkens-bymisjon/mailboxes", { method: "PUT", match: seen.etag, data: { ...theirs, quietHours: true } });
  await unit.fill("mottak@kirkens-bymisjon.example");
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByText(`Enhetens postkasse: nå «${theirs.unit}», du har «mottak@kirkens-bymisjon.example».`).waitFor();
  // What I have not touched is theirs already.
  expect(await page.getByLabel("Vaktas adresse").inputValue()).toBe(theirs.onCall);
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByText("Lagret.").waitFor();
  const after = await call(page, "admin", "/agencies/kirkens-bymisjon/mailboxes");
  expect(after.body).toEqual({ ...theirs, unit: "mottak@kirkens-bymisjon.example", quietHours: true, calendarFiles: false });
  await context.close();
});

test("who is away and who stands in: said, seen, taken back and put in again", async () => {
  const { page, context, wrongs } = await visit(browser, "/oppsett/barnevernvakten/fravaer", "lead");
  await everybodyIsBack(page);
  await page.reload();
  await page.getByText("Ingen er borte, så vidt Stafett vet.").waitFor();
  await page.getByRole("button", { name: "Nytt fravær" }).click();
  await page.getByRole("button", { name: "Legg inn fraværet" }).click();
  await page.getByRole("link", { name: "Velg hvem som er borte." }).waitFor();
  await page.getByRole("link", { name: "Velg siste dag" }).waitFor();
  // What lies under the sticky head cannot be pressed, and is no target.
  await page.evaluate(() => {
    scrollTo(0, 0);
  });
  await accessible(page, "an absence with mistakes");
  const people = (await page.locator("#absence-user option").allTextContents()).slice(1);
  const [away, deputy] = [people[0] ?? "", people[1] ?? ""];
  await page.getByLabel("Hvem er borte?").selectOption({ label: away });
  await page.getByLabel("Hvem er stedfortreder?").selectOption({ label: deputy });
  const until = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel("Til og med").fill(until);
  await page.getByText(new RegExp(`^${deputy} ser formidlingene til ${away} .* \\(\\d dager\\)\\.$`)).waitFor();
  await page.getByRole("button", { name: "Legg inn fraværet" }).click();
  await page.getByText(`${deputy} er stedfortreder for ${away}.`).waitFor();
  const listed = page.getByRole("list", { name: "Fravær" });
  await listed.getByText(away).waitFor();
  await page.getByRole("button", { name: "Angre" }).click();
  await page.getByText("Ingen er borte, så vidt Stafett vet.").waitFor();
  await call(page, "lead", "/agencies/barnevernvakten/deputies", {
    method: "POST",
    data: await absence(page, away, deputy, until),
  });
  await page.reload();
  await page.getByRole("button", { name: `Ta bort fraværet til ${away}` }).click();
  await page.getByText(`Fraværet til ${away} er tatt bort.`).waitFor();
  await page.getByRole("button", { name: "Angre" }).click();
  await listed.getByText(away).waitFor();
  await page.getByRole("button", { name: `Ta bort fraværet til ${away}` }).click();
  await page.getByText("Ingen er borte, så vidt Stafett vet.").waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

/** Ends the absences that the demo begins with. */
async function everybodyIsBack(page: Page): Promise<void> {
  const place = "/agencies/barnevernvakten/deputies";
  const { items } = (await call(page, "lead", place)).body as { items: { id: string }[] };
  for (const { id } of items) {
    const headers = { authorization: `Bearer ${inject("tokens").lead ?? ""}` };
    expect((await page.request.delete(`/api/v1${place}/${id}`, { headers })).ok()).toBe(true);
  }
}

async function absence(page: Page, away: string, deputy: string, until: string) {
  const staff = (await call(page, "lead", "/agencies/barnevernvakten/users?limit=100")).body.items as { id: string; displayName: string }[];
  const id = (name: string) => staff.find(({ displayName }) => displayName === name)?.id;
  return { user: id(away), deputy: id(deputy), from: new Date().toISOString(), to: `${until}T12:00:00Z` };
}

test("one's own account: a language that goes along, and a password that ends other sessions", async () => {
  const { page, context, wrongs } = await visit(browser, "/oppsett/uteseksjonen/folk", "admin");
  await page.getByRole("button", { name: "Ny bruker" }).click();
  await page.getByLabel("Navn", { exact: true }).fill("Tuva Lie");
  await page.getByLabel("Brukernavn").fill("tuva.lie");
  await page.getByRole("button", { name: "Opprett konto" }).click();
  const once = (await page.locator(".one-time code").textContent()) ?? "";
  expect(wrongs).toEqual([]);
  await context.close();

  // She comes in, and can do nothing before she has a password of her own.
  const hers = await visit(browser, "/innboks", null);
  await hers.page.getByLabel("Brukernavn").fill("tuva.lie");
  await hers.page.getByLabel("Passord", { exact: true }).fill(once);
  await hers.page.keyboard.press("Enter");
  await hers.page.getByRole("heading", { name: "Lag ditt eget passord" }).waitFor();
  await accessible(hers.page, "a password of one's own");
  await hers.page.getByLabel("Passordet du har").fill("feil passord her");
  await hers.page.getByLabel("Nytt passord").fill("kort");
  await hers.page.getByRole("button", { name: "Bytt passord" }).click();
  await hers.page.getByRole("link", { name: "Skriv minst 12 tegn." }).waitFor();
  await hers.page.getByLabel("Nytt passord").fill("riktig hest batteri stift");
  await hers.page.getByRole("button", { name: "Bytt passord" }).click();
  await hers.page.getByRole("link", { name: "Passordet stemmer ikke." }).waitFor();
  await hers.page.getByLabel("Passordet du har").fill(once);
  await hers.page.getByRole("button", { name: "Bytt passord" }).click();
  await hers.page.locator(".inbox-empty, .row").first().waitFor();
  await hers.page.goto("/meg");
  await hers.page.getByLabel("Språk", { exact: true }).selectOption({ label: "English" });
  await hers.page.getByRole("button", { name: "Lagre" }).click();
  await hers.page.getByRole("heading", { name: "Your account" }).waitFor();
  await hers.page.getByText("Saved.").waitFor();
  // It is the account's, not only this browser's.
  const token = await hers.page.request.post("/api/v1/auth/token", { data: { username: "tuva.lie", password: "riktig hest batteri stift" } });
  const { accessToken } = (await token.json()) as { accessToken: string };
  const me = await hers.page.request.get("/api/v1/me", { headers: { authorization: `Bearer ${accessToken}` } });
  expect(await me.json()).toMatchObject({ language: "en", passwordMustChange: false });
  expect(hers.wrongs.filter((wrong) => !/40[13]|422/.test(wrong))).toEqual([]);
  await hers.context.close();
});

test("a workflow tells what was checked on every path through it", async () => {
  const { page, context, wrongs } = await visit(browser, "/arbeidsflyter/concern-report/1", "outreach");
  await page.getByText("Alle 10 krav holder, på hver vei gjennom arbeidsflyten.").waitFor();
  await page.getByText("fra hvert steg går det en vei til en avslutning").waitFor();
  expect(await page.locator('.checks [data-holds="true"]').count()).toBe(10);
  expect(wrongs).toEqual([]);
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
        await page.goto("/oppsett/uteseksjonen/post");
        await page.locator("#mail-unit").waitFor();
        await accessible(page, "mailbox");
        await page.goto("/oppsett/uteseksjonen/apningstider");
        await page.locator(".say").waitFor();
        await accessible(page, "opening hours");
        await page.goto("/meg");
        await page.locator("#me-password-new").waitFor();
        await accessible(page, "own account");
        expect(wrongs).toEqual([]);
        await context.close();
      });
    }
  }
}
