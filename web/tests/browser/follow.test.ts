/** What waits for a lead, and break-glass from the one who must know to the one who reviews it. */
import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, launch, visit } from "./browser";
import { type Json, act, report, request, send } from "./desk";
import { tabTo } from "./keys";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** The same, and child welfare has taken it: now its lead answers for it. */
async function taken(alias: string, person: Json = {}): Promise<string> {
  const reference = await report(alias, person);
  const why = "Tar imot meldingen i natt";
  const after = await act("childWelfare", { reference, version: 1 }, "acknowledge", {}, why);
  await act("childWelfare", { reference, version: Number(after.version) }, "accept", {}, why);
  return reference;
}

test("break-glass by keyboard: asked with a reason, read for an hour, reviewed and shut", async () => {
  const reference = await taken("Glass");
  const { page, context, wrongs } = await visit(browser, `/formidling/${reference}`, "district");
  // What is not there and what is not mine look the same, and the way in is the same.
  await page.getByText("Fant ikke formidlingen").waitFor();
  await tabTo(page, "Nødtilgang");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Nødtilgang" }).waitFor();
  expect(await page.getByRole("textbox", { name: "Referanse" }).inputValue()).toBe(reference);
  await page.getByRole("button", { name: "Åpne med nødtilgang" }).click();
  await page.getByRole("link", { name: "Skriv hvorfor det haster." }).click();
  await page.keyboard.type("Innlagt på legevakta, vi må vite hvem som følger opp");
  await tabTo(page, "Åpne med nødtilgang");
  await page.keyboard.press("Enter");
  await page.getByText("Du leser dette med nødtilgang til").waitFor();
  await page.getByText("Vi traff Glass ved Vaterland.").waitFor();
  // For reading only: nothing can be written, and the log of looks stays shut.
  expect(await page.getByLabel("Skriv til den andre parten").count()).toBe(0);
  expect(await page.locator(".looks").count()).toBe(0);
  await accessible(page, "a referral through a broken glass");
  await page.goto("/nodtilgang");
  await page.getByRole("link", { name: `Les ${reference}` }).waitFor();
  await accessible(page, "one's broken glasses");
  expect(wrongs.filter((wrong) => !wrong.includes("404"))).toEqual([]);

  const lead = await visit(browser, "/folg-opp", "lead");
  await lead.page.locator(".task-count").first().waitFor();
  await lead.page.getByRole("link", { name: "Nødtilganger" }).click();
  const row = lead.page.locator(".rows li", { hasText: reference });
  await row.getByText("Innlagt på legevakta").waitFor();
  await row.getByRole("button", { name: "Gå gjennom" }).click();
  await lead.page.getByRole("button", { name: "Ferdig gjennomgått" }).click();
  await lead.page.getByRole("link", { name: "Skriv hva du kom fram til." }).waitFor();
  await lead.page.getByRole("radio", { name: "Ikke nødvendig" }).check();
  await lead.page.getByLabel("Hva kom du fram til?").fill("Legevakta hadde ikke spurt");
  await accessible(lead.page, "the review of a broken glass");
  await lead.page.getByRole("button", { name: "Ferdig gjennomgått" }).click();
  await lead.page.getByText("Gjennomgangen er lagret.").waitFor();
  await row.waitFor({ state: "detached" });
  await lead.page.getByRole("radio", { name: "Alt" }).check();
  await row.getByText("Legevakta hadde ikke spurt").waitFor();
  expect(lead.wrongs).toEqual([]);
  await lead.context.close();

  await page.goto(`/formidling/${reference}`);
  await page.getByText("Fant ikke formidlingen").waitFor();
  await context.close();
});

test("for a strictly confidential youth a second person is needed, and a number finds nobody", async () => {
  const reference = await taken("Skjult", { addressProtection: "strictly-confidential", whereabouts: null });
  const { page, context } = await visit(browser, `/nodtilgang?referanse=${reference}`, "district");
  await page.getByLabel("Hvorfor kan det ikke vente?").fill("Fare for liv");
  await page.getByRole("button", { name: "Åpne med nødtilgang" }).click();
  await page.getByText("En leder hos dem som eier formidlingen, må si ja først.").first().waitFor();
  await page.getByText("Venter på en til").waitFor();
  const lead = await visit(browser, "/folg-opp/nodtilganger?vis=alle", "lead");
  const row = lead.page.locator(".rows li", { hasText: reference });
  // Its words are for those who say why they look.
  expect(await row.getByText("Fare for liv").count()).toBe(0);
  await row.getByRole("button", { name: "Vis grunnen" }).click();
  const dialog = lead.page.getByRole("dialog", { name: "Hvorfor ser du på dette?" });
  await dialog.getByLabel("Hva skal du bruke det til?").fill("Skal avgjøre om de får lese");
  await dialog.getByRole("button", { name: "Vis" }).click();
  await row.getByText("Fare for liv").waitFor();
  await row.getByRole("button", { name: "La dem lese" }).click();
  await lead.page.getByText("De kan lese formidlingen nå.").waitFor();
  await lead.context.close();
  // Whoever waits sees it by themselves.
  await page.getByRole("link", { name: `Les ${reference}` }).waitFor();
  await page.getByRole("radio", { name: "Nummeret til den unge" }).check();
  await page.getByLabel("Nummer", { exact: true }).fill("29822099635");
  await page.getByLabel("Hvorfor kan det ikke vente?").fill("Fare for liv");
  await page.getByRole("button", { name: "Åpne med nødtilgang" }).click();
  await page.getByText("Det finnes ingen slik formidling").waitFor();
  expect(page.url()).not.toContain("29822099635");
  await context.close();
});

test("a hint that somebody else follows the same youth is asked about on a legal basis", async () => {
  const { page, context, wrongs } = await visit(browser, "/folg-opp/treff", "lead");
  // The demo's youth who are sent round: hints are looked for when the server starts.
  const open = page.locator(".rows li", { hasText: "Ingen har spurt." }).first();
  const ours = (await open.getByRole("link").textContent()) ?? "";
  const row = page.locator(".rows li", { hasText: ours });
  await row.getByRole("button", { name: "Spør hvem det er" }).click();
  await page.getByLabel("Rettsgrunnlag").selectOption({ value: "right-to-disclose" });
  await page.getByRole("button", { name: "Spør", exact: true }).click();
  await page.getByRole("link", { name: "Skriv begrunnelsen." }).waitFor();
  await page.getByLabel("Begrunnelse").fill("Vi må vite hvem som følger opp");
  await accessible(page, "asking who else follows a youth");
  await page.getByRole("button", { name: "Spør", exact: true }).click();
  await row.getByText("De har ikke svart.").waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

test("a look through a broken glass is acknowledged by a lead of whoever looked", async () => {
  const { reference } = await send("Uvanlig");
  await request("childWelfare", "POST", "/break-glass", {}, { agency: "barnevernvakten", referral: reference, reason: "Akutt plassering i natt" });
  await request("childWelfare", "GET", `/referrals/${reference}`, {});
  const { page, context, wrongs } = await visit(browser, "/folg-opp/oppslag", "lead");
  const row = page.locator(".rows li", { hasText: "Enheten hadde ingen del i det" }).first();
  await row.getByRole("button", { name: "Gå gjennom" }).click();
  await page.getByLabel("Hva kom ut av det?").fill("Avtalt med meg");
  await accessible(page, "acknowledging a look");
  await page.getByRole("button", { name: "Ferdig gjennomgått" }).click();
  await page.getByText("Det er lagret.").waitFor();
  await page.getByRole("radio", { name: "Alt" }).check();
  await page.getByText("Avtalt med meg").first().waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

test("from a figure of missed limits to the referral in three clicks", async () => {
  const { page, context, wrongs } = await visit(browser, "/folg-opp", "lead");
  await page.getByRole("link", { name: "Frister som er ute" }).click();
  const holder = page.locator(".rows button").first();
  await holder.click();
  await page.waitForURL(/hos=/);
  const count = Number(/\d+/.exec((await page.locator(".rows li", { has: page.locator("[aria-pressed=true]") }).locator(".task-count").textContent()) ?? "")?.[0]);
  const behind = page.locator("h2 + .rows li");
  await behind.first().waitFor();
  // Exactly those that the figure counts, as far as a page of the list goes.
  expect(await behind.count()).toBe(Math.min(count, 25));
  await accessible(page, "missed limits");
  await behind.first().getByRole("link").click();
  await page.locator(".timeline li").first().waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

test("by keyboard alone: from an age to the event where the time went, in three presses", async () => {
  await report("Gammel sak");
  const { page, context, wrongs } = await visit(browser, "/folg-opp/frister", "lead");
  const ageing = page.locator("section[aria-labelledby=ageing]");
  const row = ageing.locator("tbody tr", { hasText: "Barnevernvakten" });
  await row.waitFor();
  const cell = async (title: string) => Number(await row.locator(`td[data-title="${title}"]`).textContent());
  const bands = ["Under 1 døgn", "1–3 døgn", "3–7 døgn", "1–2 uker", "2–4 uker", "4 uker–90 døgn", "90 døgn eller mer"];
  const counts = await Promise.all(bands.map(cell));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(await cell("Alle"));
  // Past what is missed, to the youngest of them.
  await row.getByRole("button").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/bak=/);
  const behind = page.locator("#ageing-behind ~ .rows > li");
  await behind.first().waitFor();
  expect(await behind.count()).toBe(Math.min(counts.find((count) => count > 0) ?? 0, 25));
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("ageing-behind");
  await tabTo(page, "Hvor tiden gikk for");
  await page.keyboard.press("Enter");
  const spent = page.locator("#ageing-behind ~ .rows .spent");
  await spent.getByRole("table", { name: "Strekk for strekk" }).waitFor();
  expect(await spent.locator(".spent-stripe rect").count()).toBe(await spent.getByRole("table", { name: "Strekk for strekk" }).locator("tbody tr").count());
  await accessible(page, "where the time went");
  await tabTo(page, { selector: '.spent a[href*="hendelse="]' });
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/formidling\/[^?]+\?hendelse=/);
  // There it stands, and so does the reader.
  await page.waitForFunction(() => document.activeElement?.matches('.timeline > li[aria-current="true"]') === true);
  await accessible(page, "the event where the time went");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("ages by state and by the baton, and where the time of a missed limit went", async () => {
  const { page, context, wrongs } = await visit(browser, "/folg-opp/frister?alder=tilstand", "lead");
  const ageing = page.locator("section[aria-labelledby=ageing]");
  await ageing.locator("tbody tr").first().waitFor();
  const whole = await ageing.locator("tfoot td[data-title=Alle]").textContent();
  await ageing.getByRole("radio", { name: "Stafettpinnen" }).check();
  await page.waitForURL(/alder=pinnen/);
  await ageing.locator("tbody tr").first().waitFor();
  expect(await ageing.locator("tfoot td[data-title=Alle]").textContent()).toBe(whole);
  const download = page.waitForEvent("download");
  await ageing.getByRole("button", { name: "Last ned som CSV" }).click();
  expect((await download).suggestedFilename()).toMatch(/^alder-\d{4}-\d\d-\d\d\.csv$/);
  const missed = page.locator(".with-spent").first();
  const open = missed.getByRole("button", { name: /^Hvor tiden gikk for / });
  await open.click();
  await missed.getByRole("table", { name: "Hvem sin tid" }).waitFor();
  expect(await open.getAttribute("aria-expanded")).toBe("true");
  await open.click();
  await missed.locator(".spent").waitFor({ state: "detached" });
  expect(wrongs).toEqual([]);
  await context.close();
});

for (const scheme of ["light", "dark"] as const) {
  for (const language of ["nb", "en"] as const) {
    for (const width of [320, 390, 1280]) {
      test(`ages and time in ${scheme}, ${language}, ${String(width)} px`, async () => {
        const { page, context, wrongs } = await visit(browser, "/folg-opp/frister", "lead", { scheme, language, width });
        const ageing = page.locator("section[aria-labelledby=ageing]");
        await ageing.locator("tfoot button").last().click();
        const row = page.locator("#ageing-behind ~ .rows > li").first();
        await row.locator("button").click();
        await row.locator(".spent table").first().waitFor();
        await accessible(page, "ages");
        expect(wrongs).toEqual([]);
        await context.close();
      });
    }
  }
}

test("how long answers take, those that never came counted, down to each hand-off", async () => {
  await report("Uten svar");
  const { page, context, wrongs } = await visit(browser, "/innsyn", "lead");
  const row = page.locator(".figures tbody tr", { hasText: "Barnevernvakten" });
  const cell = async (title: string) => Number(await row.locator(`td[data-title="${title}"]`).textContent());
  expect(await cell("Venter")).toBeGreaterThan(0);
  const count = await cell("Sendt");
  expect(count).toBe((await cell("Besvart")) + (await cell("Venter")) + (await cell("Trukket")));
  await row.getByRole("button").click();
  await page.waitForURL(/bak=barnevernvakten/);
  const behind = page.locator("#behind ~ .rows > li");
  await behind.first().waitFor();
  expect(await behind.count()).toBe(Math.min(count, 25));
  for (const told of await behind.allTextContents()) expect(told).toContain("Barnevernvakten");
  await accessible(page, "response times");
  // Week by week: the table tells what the chart shows, and each point leads to what it counts.
  await page.locator(".control-chart .mark").first().waitFor();
  await page.locator("summary", { hasText: "Som tabell" }).click();
  const week = page.locator("details .figures tbody tr", { has: page.locator("td:not(:text-is('0'))") }).last();
  const sent = Number(await week.locator('td[data-title="Sendt"]').textContent());
  await week.getByRole("button").click();
  await page.waitForURL(/punkt=\d{4}-\d\d-\d\d/);
  expect(await page.locator('.control-chart .mark[data-chosen="true"]').count()).toBeLessThanOrEqual(1);
  await page.waitForFunction((number) => document.querySelectorAll("#behind ~ .rows > li").length === number, Math.min(sent, 25));
  await accessible(page, "response times over time");
  const download = page.waitForEvent("download");
  // The chart has one of its own below.
  await page.getByRole("button", { name: "Last ned som CSV" }).first().click();
  expect((await download).suggestedFilename()).toMatch(/^svartider-\d{4}-\d\d-\d\d\.csv$/);
  expect(wrongs).toEqual([]);
  await context.close();
});

test("whoever sees across agencies is told of a third of a year, and of no single hand-off", async () => {
  const { page, context, wrongs } = await visit(browser, "/innsyn", "auditor");
  await page.getByText("Du ser på tvers av enheter").waitFor();
  // This demo is a few weeks old: of the thirds that are over it has nothing or little.
  await page.locator(".figures, .empty").first().waitFor();
  const thirds = await page.getByLabel("Tredel av året").locator("option").allTextContents();
  for (const third of thirds) expect(third).toMatch(/^(Januar–april|Mai–august|September–desember) \d{4}$/);
  expect(await page.getByLabel("Sendt fra og med").count()).toBe(0);
  expect(await page.locator(".figures button").count()).toBe(0);
  for (const figure of await page.locator('.figures td[data-title="Sendt"]').allTextContents()) expect(figure).toMatch(/^(skjult|0|[3-9]|[1-9]\d+)$/);
  expect(await page.getByRole("link", { name: "Frister som er ute" }).count()).toBe(0);
  await accessible(page, "response times across agencies");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("what was handed over is accounted for, and a signed statement is downloaded", async () => {
  await report("Avstemt");
  const { page, context, wrongs } = await visit(browser, "/avstemming?med=uteseksjonen", "lead");
  await page.locator(".rows li").first().waitFor();
  for (const row of await page.locator(".rows li").allTextContents()) expect(row).toContain("Uteseksjonen");
  const download = page.waitForEvent("download");
  const now = page.getByRole("form", { name: "Oppgjør for en dag, slik det står nå" });
  await now.getByRole("button", { name: "Last ned" }).click();
  expect((await download).suggestedFilename()).toMatch(/^barnevernvakten-uteseksjonen-\d{4}-\d\d-\d\d\.json$/);
  await now.getByText("Det er gjort rede for alle.").waitFor();
  await accessible(page, "reconciliation");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("the signed statement of each day is found by both sides, page by page, and is the same", async () => {
  const kept: Json[] = [];
  for (const [persona, other] of [["lead", "uteseksjonen"], ["outreach", "barnevernvakten"]] as const) {
    const { page, context, wrongs } = await visit(browser, `/avstemming?med=${other}`, persona);
    const rows = page.getByRole("list", { name: "Signerte oppgjør, dag for dag" }).getByRole("listitem");
    await rows.first().waitFor();
    expect(await rows.first().textContent()).toMatch(/Uteseksjonen – Barnevernvakten|Barnevernvakten – Uteseksjonen/);
    const download = page.waitForEvent("download");
    await rows.first().getByRole("button", { name: /^Last ned oppgjøret for / }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^\d{4}-\d\d-\d\d-[a-z-]+\.jws$/);
    const signed = readFileSync(await file.path(), "utf8");
    const [head, body] = signed.split(".").slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url").toString()) as Json);
    expect(head).toMatchObject({ alg: "EdDSA", typ: "stafett-statement+jwt" });
    await rows.first().getByText(`Signert med nøkkelen ${String(head?.kid)}`).waitFor();
    kept.push({ signed, between: body?.between });
    await accessible(page, "signed statements");
    expect(wrongs).toEqual([]);
    await context.close();
  }
  // Byte for byte.
  expect(kept[0]).toEqual(kept[1]);
});

test("a day without a statement says so, one that cannot be had is told at its row, and more come on demand", async () => {
  const { page, context } = await visit(browser, "/avstemming?fra=2020-01-01&til=2020-01-02", "lead");
  await page.getByText("Ingen signerte oppgjør i denne perioden.").waitFor();
  const line = (date: string): Json => ({
    id: `019ab3f0-5c1e-7d20-9a55-0c9d5f1f${date.slice(5).replace("-", "")}`,
    between: [
      { id: "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a00", slug: "uteseksjonen", name: "Uteseksjonen" },
      { id: "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02", slug: "barnevernvakten", name: "Barnevernvakten" },
    ],
    date,
    madeAt: `${date}T23:15:00Z`,
    handoffs: 2,
    unaccounted: 1,
    counts: {},
  });
  await page.route("**/api/v1/reconciliation/statements?**", (route) => {
    const further = new URL(route.request().url()).searchParams.has("cursor");
    return route.fulfill({ json: further ? { items: [line("2026-11-22")], nextCursor: null } : { items: [line("2026-11-23")], nextCursor: "more" } });
  });
  await page.getByLabel("Sendt fra og med").fill("2026-11-01");
  await page.getByLabel("Til og med").fill("2026-11-30");
  const rows = page.getByRole("list", { name: "Signerte oppgjør, dag for dag" }).getByRole("listitem");
  await rows.first().getByText("1 er ikke gjort rede for.").waitFor();
  await page.getByRole("region", { name: "Signerte oppgjør, dag for dag" }).getByRole("button", { name: "Vis flere" }).click();
  await rows.nth(1).waitFor();
  // There is none by this id: the server says why.
  await rows.nth(1).getByRole("button").click();
  await rows.nth(1).getByRole("alert").waitFor();
  expect(await rows.nth(1).getByText("Signert med nøkkelen").count()).toBe(0);
  await context.close();
});

test("a lead keeps what was told from being erased, and gives insight", async () => {
  const reference = await report("Sperret");
  const { page, context, wrongs } = await visit(browser, `/formidling/${reference}`, "lead");
  await page.getByRole("button", { name: "Vis sperrer mot sletting" }).click();
  await page.getByText("Ingen sperre mot sletting.").waitFor();
  await page.getByRole("button", { name: "Sperr mot sletting" }).click();
  await page.getByLabel("Hvorfor må det beholdes?").fill("Klage hos statsforvalteren");
  await page.getByRole("button", { name: "Behold", exact: true }).click();
  await page.getByText("Klage hos statsforvalteren").waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Innsyn: last ned som PDF" }).click();
  expect((await download).suggestedFilename()).toBe(`${reference}.pdf`);
  await accessible(page, "keeping and insight");
  await page.getByRole("button", { name: "Ta bort sperren" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Ta bort sperren" }).click();
  await page.getByText("Ingen sperre mot sletting.").waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

test("how long an agency keeps is said by its lead, and shown with what is missing", async () => {
  const { page, context, wrongs } = await visit(browser, "/oppsett/barnevernvakten/oppbevaring", "lead");
  await page.getByRole("button", { name: "Ny regel" }).click();
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByRole("link", { name: "Skriv antall måneder" }).click();
  await page.keyboard.type("24");
  await page.getByLabel("Hjemmel").fill("Bevarings- og kassasjonsplan 4.2");
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByText("Lagret.").waitFor();
  const kept = await request("lead", "GET", "/agencies/barnevernvakten/retention", {});
  expect(kept.rules).toEqual([{ workflow: null, months: 24, legalRef: "Bevarings- og kassasjonsplan 4.2" }]);
  await page.getByRole("button", { name: "Ta bort regelen for Alle uten egen regel" }).click();
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByText("Lagret.").waitFor();
  await accessible(page, "retention");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("an inbox and a referral follow what others do, without asking, in every tab by one line", async () => {
  const { reference, version } = await send("Straks");
  const { page, context } = await visit(browser, `/formidling/${reference}`, "outreach", { live: true });
  await page.locator(".ladder").waitFor();
  const streams: string[] = [];
  context.on("request", (asked) => {
    if (asked.url().endsWith("/api/v1/events")) streams.push(asked.url());
  });
  const step = (of: typeof page) => of.locator(".ladder li[data-done=true]", { hasText: "Mottak bekreftet" });
  expect(await step(page).count()).toBe(0);
  // A second tab of the same person hears by the first one's line.
  const second = await context.newPage();
  await second.goto(`/formidling/${reference}`);
  await second.locator(".ladder").waitFor();
  expect(streams).toEqual([]);
  await request("district", "POST", `/referrals/${reference}/transitions`, { "if-match": `"${String(version)}"` }, { action: "acknowledge", input: {} });
  await second.bringToFront();
  // Far sooner than anybody would ask again.
  await Promise.all([step(page).waitFor(), step(second).waitFor()]);
  await context.close();
  // What was sent from another device is the newest, and so on top: only rows near the screen are in the document.
  const inbox = await visit(browser, "/innboks?vis=sendt", "outreach", { live: true });
  await inbox.page.locator(".row").first().waitFor();
  const came = (await send("Kommer")).reference;
  await inbox.page.locator(".row", { hasText: came }).waitFor();
  expect(inbox.wrongs).toEqual([]);
  await inbox.context.close();
});
