/** A night on the phone: few presses, kept after each, sent once whatever becomes of the answers; and what it adds up to. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { uuid7 } from "../../src/offline/uuid";
import { accessible, figure, launch, visit } from "./browser";
import { request } from "./desk";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

interface Listed {
  readonly id: string;
  readonly persons: number;
  readonly new: number;
}

/** The patrols of the register that began within the last hour. */
async function tonight(page: Page): Promise<Listed[]> {
  const from = encodeURIComponent(new Date(Date.now() - 3_600_000).toISOString());
  const answer = await page.request.get(`/api/v1/outreach/patrols?limit=100&from=${from}`, { headers: { authorization: `Bearer ${inject("tokens").outreach ?? ""}` } });
  return ((await answer.json()) as { items: Listed[] }).items;
}

interface Line {
  readonly id: string;
  readonly version: number;
  readonly persons: number;
  readonly age: string;
}

/** A patrol with two lines, as a phone would have sent it. */
async function walked(): Promise<{ patrol: string; arena: string; lines: () => Promise<Line[]>; tally: Record<string, unknown> }> {
  const arenas = (await request("outreach", "GET", "/outreach/arenas", {})) as unknown as { items: { id: string; name: string }[] };
  const arena = arenas.items.find(({ name }) => name === "Vaterland")?.id ?? "";
  const [patrol, tally] = [uuid7(), { arena, acquaintance: "new", age: "16-17", sex: "female", persons: 2, needs: ["shelter"], outcome: "talked", clients: 2 }];
  const [from, until] = [40, 10].map((minutes) => new Date(Date.now() - minutes * 60_000).toISOString());
  const contacts = [{ id: uuid7(), tally }, { id: uuid7(), tally: { ...tally, age: "15", sex: "male", persons: 1, clients: 0 } }];
  await request("outreach", "PUT", `/outreach/patrols/${patrol}`, { "if-none-match": "*" }, { agency: "uteseksjonen", from, until, arenas: [arena], workers: 2, contacts });
  const lines = async () => ((await request("outreach", "GET", `/outreach/contacts?patrol=${patrol}`, {})) as unknown as { items: Line[] }).items;
  return { patrol, arena, lines, tally };
}

const at = (page: Page) => page.evaluate(() => document.activeElement?.id);
const plus = (page: Page, age: string) => page.getByRole("button", { name: `Én til: ${age}`, exact: true }).first();

test("a patrol is entered in seven presses", async () => {
  const { page, context, wrongs } = await visit(browser, "/ute", "outreach", { width: 390, height: 844 });
  const before = await tonight(page);
  let presses = 0;
  const press = async (what: ReturnType<Page["locator"]>) => {
    presses++;
    await what.click();
  };
  await press(page.getByRole("checkbox", { name: "Vaterland" }));
  await press(page.getByRole("button", { name: "Start patrulje" }));
  await press(page.getByRole("radio", { name: "Nye" }));
  await press(page.getByRole("radio", { name: "Jenter og kvinner" }));
  await press(plus(page, "16–17 år"));
  await press(plus(page, "16–17 år"));
  await page.getByText("2 møtt, 2 for første gang").waitFor();
  await accessible(page, "a tally");
  await press(page.getByRole("button", { name: "Avslutt og lagre" }));
  await page.getByText("Patruljen er lagret i Stafett.").waitFor();
  figure(`a patrol with two persons: ${String(presses)} presses`);
  expect(presses).toBeLessThanOrEqual(7);
  const after = await tonight(page);
  expect(after).toHaveLength(before.length + 1);
  expect(after[0]).toMatchObject({ persons: 2, new: 2 });
  expect(wrongs).toEqual([]);
  await context.close();
});

test("without coverage a patrol lies on the phone, outlives it, and is sent once when half the answers are lost", async () => {
  const { page, context } = await visit(browser, "/ute", "outreach", { width: 390, height: 844 });
  const before = await tonight(page);
  await page.getByRole("checkbox", { name: "Vaterland" }).check();
  await page.getByRole("button", { name: "Start patrulje" }).click();
  await plus(page, "15 år").click();
  await page.getByText("1 møtt", { exact: true }).waitFor();
  // What has been counted outlives the page.
  await page.reload();
  await page.getByText("1 møtt", { exact: true }).waitFor();
  await plus(page, "15 år").click();
  let [puts, covered] = [0, false];
  await context.route("**/api/v1/outreach/patrols/*", async (route) => {
    if (!covered) return route.abort("internetdisconnected");
    // The server has done its work; the first answers do not come through.
    const response = await route.fetch();
    return puts++ < 2 ? route.abort("connectionreset") : route.fulfill({ response });
  });
  await page.getByRole("button", { name: "Avslutt og lagre" }).click();
  await page.getByText("Ligger på telefonen. Sendes når det er dekning.").waitFor();
  expect(await tonight(page)).toHaveLength(before.length);
  covered = true;
  await context.setOffline(true);
  await context.setOffline(false);
  await page.getByText("Patruljen er lagret i Stafett.").waitFor();
  expect(puts).toBeGreaterThanOrEqual(3);
  const after = await tonight(page);
  expect(after).toHaveLength(before.length + 1);
  expect(after[0]).toMatchObject({ persons: 2, new: 0 });
  await context.close();
}, 120_000);

test("two tabs walk one patrol, and what has ended in one is not brought back by the other", async () => {
  const { page, context, wrongs } = await visit(browser, "/ute", "outreach");
  const before = await tonight(page);
  const other = await context.newPage();
  await other.goto("/ute");
  await other.getByRole("button", { name: "Start patrulje" }).waitFor();
  await page.getByRole("checkbox", { name: "Vaterland" }).check();
  await page.getByRole("button", { name: "Start patrulje" }).click();
  await plus(page, "15 år").click();
  await other.getByText("1 møtt", { exact: true }).waitFor();
  await plus(other, "16–17 år").click();
  await page.getByText("2 møtt", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Avslutt og lagre" }).click();
  await page.getByText("Patruljen er lagret i Stafett.").waitFor();
  await other.getByText("Patruljen er avsluttet eller kastet i en annen").waitFor();
  await accessible(other, "a patrol that has ended in another tab");
  await page.reload();
  await page.getByRole("button", { name: "Start patrulje" }).waitFor();
  const after = await tonight(page);
  expect(after).toHaveLength(before.length + 1);
  expect(after[0]).toMatchObject({ persons: 2 });
  expect(wrongs).toEqual([]);
  await context.close();
});

test("a night that the server does not take is mended and sent, and thrown away only by whoever says so twice", async () => {
  const { page, context } = await visit(browser, "/ute", "outreach", { width: 390, height: 844 });
  const before = await tonight(page);
  let refusing = true;
  await context.route("**/api/v1/outreach/patrols/*", async (route) => {
    if (!refusing || route.request().method() !== "PUT") return route.fallback();
    const errors = [{ pointer: "/until", code: "out-of-range", detail: "Patruljen må slutte etter at den begynte, og innen et døgn." }];
    const problem = { type: "about:blank", title: "Ugyldig", status: 422, code: "invalid-input", detail: "Noe er ikke riktig.", instance: "", errors };
    return route.fulfill({ status: 422, contentType: "application/problem+json", body: JSON.stringify(problem) });
  });
  await page.getByRole("checkbox", { name: "Vaterland" }).check();
  await page.getByRole("button", { name: "Start patrulje" }).click();
  await plus(page, "15 år").click();
  await page.getByRole("button", { name: "Avslutt og lagre" }).click();
  await page.getByText("Ble ikke tatt imot: Noe er ikke riktig.").waitFor();
  // Whoever ended it at the foot of the page sees what became of it.
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(0);
  await accessible(page, "a night that was refused");
  await page.getByRole("button", { name: "Kast" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Avbryt" }).click();
  refusing = false;
  await page.getByRole("button", { name: "Rett og send på nytt" }).click();
  await page.getByText("1 møtt", { exact: true }).waitFor();
  await plus(page, "15 år").click();
  const ended = page.getByLabel("Sluttet");
  await ended.fill("2026-01-01T10:00");
  await page.getByRole("button", { name: "Avslutt og lagre" }).click();
  await page.getByRole("link", { name: "Patruljen må slutte etter at den begynte, og innen et døgn." }).click();
  expect(await at(page)).toBe("walk-until");
  await accessible(page, "when a patrol was");
  const began = await page.getByLabel("Begynte").inputValue();
  await ended.fill(`${began.slice(0, 14)}59`);
  await page.getByLabel("Begynte").fill(`${began.slice(0, 14)}00`);
  await page.getByRole("button", { name: "Avslutt og lagre" }).click();
  await page.getByText("Patruljen er lagret i Stafett.").waitFor();
  const after = await tonight(page);
  expect(after).toHaveLength(before.length + 1);
  expect(after.find(({ id }) => !before.some((one) => one.id === id))).toMatchObject({ persons: 2, new: 0 });
  await context.close();
});

test("a patrol is taken back, and brought back at once or later", async () => {
  const { patrol, lines } = await walked();
  const { page, context, wrongs } = await visit(browser, "/ute", "outreach");
  const row = page.locator(`[aria-labelledby=last-patrols] a[href$="${patrol}"]`);
  await row.click();
  await page.getByRole("button", { name: "Trekk hele patruljen tilbake" }).click();
  await page.getByText("Patruljen teller ikke lenger.").waitFor();
  await expect.poll(async () => (await lines()).length).toBe(0);
  await page.getByRole("button", { name: "Angre" }).click();
  await page.getByText("Patruljen teller igjen.").waitFor();
  await expect.poll(async () => (await lines()).length).toBe(2);
  await page.getByRole("button", { name: "Trekk hele patruljen tilbake" }).click();
  await page.getByText("Patruljen teller ikke lenger.").waitFor();
  await page.getByRole("link", { name: "Siste patruljer" }).click();
  await page.locator("[aria-labelledby=last-patrols] .rows li").first().waitFor();
  expect(await row.count()).toBe(0);
  await page.getByText("Patruljer som er trukket tilbake").click();
  await row.click();
  await page.getByText("Patruljen er trukket tilbake. Ingen av linjene teller.").waitFor();
  await accessible(page, "a patrol that was taken back");
  await page.getByRole("button", { name: "La den telle igjen" }).click();
  await page.getByText("Patruljen teller igjen.").waitFor();
  await expect.poll(async () => (await lines()).length).toBe(2);
  expect(wrongs).toEqual([]);
  await context.close();
});

const girls = (count: number) => `${String(count)} møtt: 16–17 år, jenter og kvinner, nye`;

test("a line of a patrol is corrected by keyboard on a phone, and that is undone", async () => {
  const { patrol, lines } = await walked();
  const { page, context, wrongs } = await visit(browser, "/ute", "outreach", { width: 390, height: 844 });
  await page.locator(`[aria-labelledby=last-patrols] a[href$="${patrol}"]`).press("Enter");
  const line = page.locator("[aria-labelledby=patrol-lines] li", { hasText: "16–17 år" });
  await line.getByText(girls(2)).waitFor();
  // A screen reader reads where somebody has come to.
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
  await accessible(page, "the lines of a patrol");
  await page.getByRole("button", { name: `Rett linjen ${girls(2)}` }).press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "line-tally-persons");
  await accessible(page, "the form of a line");
  // Whoever leaves it is where they were.
  await page.getByRole("button", { name: "Avbryt" }).press("Enter");
  await expect.poll(() => at(page)).toMatch(/^edit-/);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "line-tally-persons");
  await page.keyboard.type("5");
  await page.getByRole("radio", { name: "Kjente" }).press("Space");
  await page.getByRole("radio", { name: "Annet" }).press("Space");
  await page.getByLabel("Alder").selectOption("12-14");
  await page.getByLabel("Arena").selectOption({ label: "Oslo S" });
  await page.getByRole("button", { name: "Lagre" }).press("Enter");
  await page.getByText("Linjen er rettet.").waitFor();
  await page.getByText("5 møtt: 12–14 år, annet, kjente").waitFor();
  await page.getByText("6 møtt, 1 ny, 2 gikk").waitFor();
  // What the form did not ask for stays.
  expect((await lines()).find(({ persons }) => persons === 5)).toMatchObject({ age: "12-14", sex: "other", acquaintance: "known", arena: { name: "Oslo S" }, needs: ["shelter"], clients: 2, outcome: "talked", version: 2 });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("Angret. Linjen står som før.").waitFor();
  await page.getByText(girls(2)).waitFor();
  expect((await lines()).find(({ persons }) => persons === 2)).toMatchObject({ age: "16-17", sex: "female", acquaintance: "new", arena: { name: "Vaterland" }, version: 3 });
  expect(wrongs).toEqual([]);
  await context.close();
});

test("a line is taken back, and counts again when somebody says so, now or later", async () => {
  const { patrol, lines } = await walked();
  const { page, context, wrongs } = await visit(browser, `/ute?patrulje=${patrol}`, "outreach");
  const back = page.getByRole("button", { name: `Trekk tilbake linjen ${girls(2)}` });
  await back.click();
  await page.getByText("Linjen teller ikke lenger.").waitFor();
  await expect.poll(async () => (await lines()).map(({ persons }) => persons)).toEqual([1]);
  await page.getByText("1 møtt, 1 ny, 2 gikk").waitFor();
  await page.getByRole("button", { name: "Angre" }).click();
  await page.getByText("Angret. Linjen står som før.").waitFor();
  await back.click();
  await page.getByText("Linjen teller ikke lenger.").waitFor();
  await page.reload();
  await page.getByRole("button", { name: `La linjen telle igjen: ${girls(2)}` }).click();
  await page.getByText("Linjen teller igjen.").waitFor();
  await expect.poll(async () => (await lines()).length).toBe(2);
  // Of a patrol that does not count no line does, and none is offered for correction.
  const { version } = await request("outreach", "GET", `/outreach/patrols/${patrol}`, {});
  await request("outreach", "DELETE", `/outreach/patrols/${patrol}`, { "if-match": `"${String(version)}"` });
  await page.reload();
  await page.getByText("Patruljen er trukket tilbake. Ingen av linjene teller.").waitFor();
  await page.getByText(girls(2)).waitFor();
  expect(await page.getByRole("button", { name: /^Rett linjen/ }).count()).toBe(0);
  await accessible(page, "a patrol that was taken back");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("what is wrong with a line is said at its field, and what others changed meanwhile is shown before it is overwritten", async () => {
  const { patrol, lines, tally } = await walked();
  const { page, context, wrongs } = await visit(browser, `/ute?patrulje=${patrol}`, "outreach", { width: 390, height: 844 });
  await page.getByRole("button", { name: `Rett linjen ${girls(2)}` }).click();
  const persons = page.getByLabel("Hvor mange");
  const save = page.getByRole("button", { name: "Lagre" });
  await persons.fill("0");
  await save.click();
  await page.getByRole("link", { name: "Skriv et tall fra 1 til 500. Skal ingen telles, trekker du linjen tilbake." }).click();
  expect(await at(page)).toBe("line-tally-persons");
  await persons.fill("1");
  await save.click();
  await page.getByRole("link", { name: "Skriv et tall fra 0 til 1." }).waitFor();
  // What only the server knows.
  await page.getByLabel("Så mange ble klienter").fill("1");
  await page.getByLabel("Så mange var savnede mindreårige").fill("1");
  await page.getByLabel("Alder").selectOption("18-22");
  await save.click();
  await page.getByRole("link", { name: "Savnede mindreårige er under 18." }).click();
  expect(await at(page)).toBe("line-tally-missing");
  await accessible(page, "a line that was refused");
  await page.getByLabel("Så mange var savnede mindreårige").fill("0");
  // Somebody else is faster.
  const line = (await lines()).find(({ age }) => age === "16-17");
  const theirs = await request("outreach", "PUT", `/outreach/contacts/${line?.id ?? ""}`, { "if-match": '"1"' }, { patrol, tally: { ...tally, persons: 4, sex: "unknown" } });
  expect(theirs.version).toBe(2);
  await save.click();
  await page.getByText("Noen andre har endret dette imens.").waitFor();
  await page.getByText("Hvor mange: nå «4», du har «1».").waitFor();
  await accessible(page, "a line that others changed");
  await save.click();
  await page.getByText("Linjen er rettet.").waitFor();
  expect((await lines()).find(({ id }) => id === line?.id)).toMatchObject({ persons: 1, age: "18-22", sex: "unknown", version: 3 });
  // Taken back by somebody else: said before it counts again.
  await page.getByRole("button", { name: "Rett linjen 1 møtt: 18–22 år" }).click();
  await request("outreach", "DELETE", `/outreach/contacts/${line?.id ?? ""}`, { "if-match": '"3"' });
  await persons.fill("3");
  await save.click();
  await page.getByText("Linjen er trukket tilbake. Lagrer du, teller den igjen.").waitFor();
  await save.click();
  await page.getByText("Linjen er rettet.").waitFor();
  expect((await lines()).find(({ id }) => id === line?.id)).toMatchObject({ persons: 3 });
  expect(wrongs.filter((wrong) => !/412|422/.test(wrong))).toEqual([]);
  await context.close();
});

test("a line is corrected in English in the dark at a desk, and nobody else finds the patrol", async () => {
  const { patrol } = await walked();
  const { page, context, wrongs } = await visit(browser, `/ute?patrulje=${patrol}`, "outreach", { language: "en", scheme: "dark" });
  await page.getByRole("button", { name: "Correct the line 2 met: aged 16–17, girls and women, new" }).click();
  await accessible(page, "the form of a line in English");
  await page.getByLabel("How many").fill("3");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("The line is corrected.").waitFor();
  await page.getByText("3 met: aged 16–17, girls and women, new").waitFor();
  await accessible(page, "a line that is corrected");
  expect(wrongs).toEqual([]);
  await page.goto("/ute?patrulje=019ab3f0-5c1e-7d20-9a55-0c9d5f1fb001");
  await page.locator(".outreach [role=alert]").waitFor();
  await context.close();
  const other = await visit(browser, `/ute?patrulje=${patrol}`, "district");
  await other.page.getByText("Dette er for oppsøkende tjenester.").waitFor();
  expect(await other.page.getByText("møtt").count()).toBe(0);
  await other.context.close();
});

test("an arena is entered and corrected by keyboard", async () => {
  const { page, context, wrongs } = await visit(browser, "/ute/arenaer", "outreach");
  await page.getByRole("button", { name: "Ny arena" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("Nordre park");
  await accessible(page, "the form of an arena");
  await page.keyboard.press("Enter");
  await page.getByText("Lagret.", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Rett Nordre park" }).click();
  await page.getByLabel("Hva som mangler").fill("Lys om kvelden");
  await page.getByRole("button", { name: "Lagre" }).click();
  await page.getByText("Lys om kvelden").waitFor();
  // One that was taken back is said to be, is offered no more, and comes back at once or later.
  const correct = page.getByRole("button", { name: "Rett Nordre park" });
  for (const back of ["Angre", "Ta Nordre park i bruk igjen"]) {
    await correct.click();
    await page.getByRole("button", { name: "Trekk arenaen tilbake" }).click();
    await page.getByText("Nordre park er trukket tilbake.").waitFor();
    await correct.waitFor({ state: "detached" });
    if (back !== "Angre") {
      await page.reload();
      await page.getByText("Arenaer som er trukket tilbake").click();
    }
    await page.getByRole("button", { name: back }).click();
    await page.getByText("Lagret.", { exact: true }).waitFor();
    await correct.waitFor();
  }
  await accessible(page, "the arenas");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("the figures stand in words, in tables and as a curve, and are a third of a year as well", async () => {
  const { page, context } = await visit(browser, "/ute/tall", "outreach");
  await page.locator(".outreach-summary").waitFor();
  expect(await page.locator(".month-chart .bar").count()).toBeGreaterThanOrEqual(12);
  await page.locator("#outreach-period").selectOption({ index: 1 });
  const met = page.locator("table.figures").first().locator("tbody tr", { hasText: "Personer møtt" }).locator("td").first();
  await expect.poll(async () => Number(await met.innerText())).toBeGreaterThan(0);
  const persons = await met.innerText();
  await expect.poll(() => page.locator(".outreach-summary").innerText()).toContain(`møtte ${persons} personer`);
  // After the months come thirds of a year; the running one has at least the month that runs.
  const third = page.locator("#outreach-period option", { hasText: "–" }).first();
  await page.locator("#outreach-period").selectOption((await third.getAttribute("value")) ?? "");
  await expect.poll(() => page.locator(".outreach-summary").innerText()).not.toContain(`møtte ${persons} personer`);
  await context.close();
});

test("whoever watches the whole sees thirds of a year with no arena in them, and an agency that does not walk is told so", async () => {
  const auditor = await visit(browser, "/innsyn/ute", "auditor");
  await auditor.page.getByText("Tallene gjelder alle oppsøkende tjenester samlet.").waitFor();
  await auditor.page.locator("table.figures").first().waitFor();
  expect(await auditor.page.getByText("Vaterland").count()).toBe(0);
  await auditor.context.close();
  const district = await visit(browser, "/ute", "district");
  await district.page.getByText("Dette er for oppsøkende tjenester.").waitFor();
  expect(await district.page.locator(".head-menu").getByText("Uteregister").count()).toBe(0);
  await district.context.close();
});
