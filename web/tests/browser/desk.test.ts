import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessible, launch, visit } from "./browser";
import { act, custodian, look, message, send } from "./desk";
import { tabTo } from "./keys";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const row = (page: Page, reference: string) => page.locator(`.row a[href="/formidling/${reference}"]`);
const done = (page: Page) => page.locator(".done");

/** Goes down the list by `j` until the row is the current one. */
async function goTo(page: Page, reference: string): Promise<void> {
  await row(page, reference).waitFor();
  for (let step = 0; step < 60; step++) {
    if ((await row(page, reference).getAttribute("aria-current")) === "true") return;
    await page.keyboard.press("j");
  }
  throw new Error(`${reference} is not in the list`);
}

test("accept and next with one key, undo with another, painted within 100 ms", async () => {
  const [first, second] = [await send("Ask"), await send("Bim")];
  const { page, context, wrongs } = await visit(browser, "/innboks", "district");
  await goTo(page, first.reference);
  await page.locator(".preview").getByText("Ask har sluttet på skolen").waitFor();
  await page.evaluate((reference) => {
    addEventListener("keydown", (event) => {
      if (event.key !== "a") return;
      const pressed = performance.now();
      const look = () => {
        if (document.querySelector(`.row a[href="/formidling/${reference}"]`) === null) document.body.dataset.took = String(performance.now() - pressed);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, { once: true, capture: true });
  }, first.reference);
  await page.keyboard.press("a");
  await page.waitForFunction(() => document.body.dataset.took !== undefined);
  const took = Number(await page.evaluate(() => document.body.dataset.took));
  console.info(`accept: 1 key, gone from the screen after ${took.toFixed(0)} ms (bar: 2 keys, 100 ms)`);
  expect(took).toBeLessThanOrEqual(100);
  await done(page).getByText(`Aksepter: ${first.reference}`, { exact: true }).waitFor();
  expect(await custodian(first.reference)).toBe("bydel-grunerlokka");
  await page.keyboard.press("z");
  await done(page).getByText(`Angret: ${first.reference}`).waitFor();
  await row(page, first.reference).waitFor();
  expect(await custodian(first.reference)).toBe("uteseksjonen");
  await row(page, second.reference).waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

test("a no with its reason by keyboard alone, its mistakes told in the dialog", async () => {
  const sent = await send("Cai");
  const { page, context, wrongs } = await visit(browser, "/innboks", "district");
  await goTo(page, sent.reference);
  await page.locator(".preview").getByText("Cai har sluttet").waitFor();
  await page.keyboard.press("r");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  // The focus is in the field; Tab comes to the button.
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await dialog.getByText("Fyll ut dette feltet.").waitFor();
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
  await accessible(page, "a dialog with a mistake");
  await page.keyboard.type("Ta kontakt med skolen først. j k a");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await row(page, sent.reference).waitFor({ state: "detached" });
  expect((await look("outreach", sent.reference)).handoff).toMatchObject({ state: "returned-with-advice" });
  expect(wrongs).toEqual([]);
  await context.close();
});

test("what came back lies with the sender, who hands it on", async () => {
  const sent = await send("Dag");
  await act("district", sent, "decline", { code: "no-capacity", reason: "Fullt" });
  const { page, context } = await visit(browser, "/innboks", "outreach");
  await row(page, sent.reference).waitFor();
  await row(page, sent.reference).dblclick();
  await page.getByRole("heading", { level: 1, name: sent.reference }).waitFor();
  await page.getByRole("button", { name: "Overlever" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByPlaceholder("Søk etter enhet").fill("sagene");
  await dialog.getByRole("radio", { name: /Bydel Sagene/ }).check();
  await accessible(page, "a dialog with a legal basis");
  await dialog.getByRole("radio", { name: /Opplysningsrett/ }).check();
  await dialog.getByLabel("Begrunnelse").last().fill("De bor på Sagene nå");
  await dialog.getByRole("button").first().click();
  await dialog.waitFor({ state: "detached" });
  await page.locator(".rail [data-role=may]").waitFor();
  await context.close();
});

test("somebody faster is told of, and what was written stays", async () => {
  const sent = await send("Eli");
  const { page, context } = await visit(browser, `/formidling/${sent.reference}`, "district");
  await page.getByRole("button", { name: "Returner" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("Snakk med helsesykepleier.");
  await act("district", sent, "acknowledge");
  await dialog.getByRole("button").first().click();
  await dialog.getByText("Noen andre kom først.").waitFor();
  await dialog.getByText("Du kan fortsatt gjøre dette.").waitFor();
  expect(await dialog.getByRole("textbox").inputValue()).toBe("Snakk med helsesykepleier.");
  await act("district", { ...sent, version: 2 }, "accept", {});
  await dialog.getByRole("button").first().click();
  await dialog.getByText("Dette kan ikke gjøres lenger.").waitFor();
  expect(await dialog.getByRole("textbox").inputValue()).toBe("Snakk med helsesykepleier.");
  await context.close();
});

test("a session that ends keeps what was typed, and sends it after signing in again", async () => {
  const sent = await send("Fia");
  const { page, context } = await visit(browser, `/formidling/${sent.reference}`, "district");
  await page.getByLabel("Skriv til den andre parten").fill("Når kan vi møte Fia?");
  // The server forgets us: both tokens are no longer worth anything.
  await context.route("**/api/v1/**", (route) =>
    route.request().url().endsWith("/auth/token")
      ? route.continue()
      : route.continue({ headers: { ...route.request().headers(), authorization: "Bearer spent" } }),
  );
  await page.getByRole("button", { name: "Send meldingen" }).click();
  const dialog = page.getByRole("dialog", { name: "Du er logget ut" });
  await dialog.waitFor();
  await accessible(page, "signed out over a page");
  await context.unroute("**/api/v1/**");
  await dialog.getByLabel("Passord", { exact: true }).fill("stafett-demo-2026");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await page.locator(".messages").getByText("Når kan vi møte Fia?").first().waitFor();
  expect(await page.getByLabel("Skriv til den andre parten").inputValue()).toBe("");
  await context.close();
});

test("a mail's link leads through sign-in to its referral", async () => {
  const sent = await send("Gry");
  const { page, context } = await visit(browser, `/formidling/${sent.reference}`, null);
  await page.getByRole("button", { name: "Yusuf Hakimi" }).click();
  await page.getByRole("heading", { level: 1, name: sent.reference }).waitFor();
  await page.getByText("Gry har sluttet").waitFor();
  await context.close();
});

test("whoever has no part in it is told nothing", async () => {
  const sent = await send("Hal");
  const { page, context } = await visit(browser, `/formidling/${sent.reference}`, "childWelfare");
  await page.getByRole("heading", { name: "Fant ikke formidlingen" }).waitFor();
  await context.close();
});

test("a filter is an address, and single keys are dead in fields and can be switched off", async () => {
  const sent = await send("Ivo");
  const { page, context, wrongs } = await visit(browser, "/innboks?hast=routine", "district");
  await page.locator(".row, .inbox-empty").first().waitFor();
  await row(page, sent.reference).waitFor({ state: "detached" });
  await page.getByLabel("Hastegrad").selectOption("emergency");
  await row(page, sent.reference).waitFor();
  expect(new URL(page.url()).search).toBe("?hast=emergency");
  await page.keyboard.press("/");
  await page.keyboard.type("aj");
  expect(await page.locator("#inbox-search").inputValue()).toBe("aj");
  await page.getByText("Ingen treff med dette filteret.").waitFor();
  await page.getByRole("button", { name: "Fjern filteret" }).last().click();
  await page.keyboard.press("Escape");
  await row(page, sent.reference).waitFor();
  await page.getByRole("button", { name: "Taster" }).click();
  await page.getByLabel("Bruk enkelttaster").uncheck();
  await page.keyboard.press("Escape");
  const before = await page.locator(".row [aria-current]").getAttribute("href");
  await page.keyboard.press("j");
  expect(await page.locator(".row [aria-current]").getAttribute("href")).toBe(before);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Skriv en kommando" }).fill(sent.reference.replace("-", "").toLowerCase());
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: sent.reference }).waitFor();
  expect(wrongs).toEqual([]);
  await context.close();
});

test("several are forwarded at once by the keyboard, each with its own verdict", async () => {
  const [one, other] = [await send("Liv"), await send("Mia")];
  const { page, context, wrongs } = await visit(browser, "/innboks", "district");
  for (const { reference } of [one, other]) {
    await goTo(page, reference);
    await page.keyboard.press("x");
  }
  await page.locator(".bulk").getByText("2 valgt").waitFor();
  await accessible(page, "two selected");
  await page.getByRole("button", { name: "Videresend", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByPlaceholder("Søk etter enhet").fill("sagene");
  await dialog.getByRole("radio", { name: /Bydel Sagene/ }).check();
  await dialog.getByRole("textbox").last().fill("Bor på Sagene nå");
  // Meanwhile a colleague answers one of them.
  await act("district", other, "acknowledge");
  await dialog.getByRole("button").first().click();
  await page.locator(".bulk").getByText("1 av 2 gikk bra.").waitFor();
  // Each has its own verdict, and the one that was refused says why.
  const verdicts = page.locator(".verdicts li");
  expect(await verdicts.allTextContents()).toEqual([expect.stringMatching(new RegExp(`^ ?${other.reference}: .{10,}`)), expect.stringContaining(`${one.reference}: gikk bra`)]);
  await accessible(page, "verdicts");
  expect((await look("outreach", one.reference)).handoff).toMatchObject({ receiver: { slug: "bydel-sagene" } });
  expect((await look("outreach", other.reference)).handoff).toMatchObject({ receiver: { slug: "bydel-grunerlokka" } });
  expect(wrongs).toEqual([]);
  await context.close();
});

test("several are assigned at once, to somebody of the unit or to me", async () => {
  const [one, other] = [await send("Noa"), await send("Oda")];
  for (const sent of [one, other]) await act("district", sent, "acknowledge");
  const { page, context, wrongs } = await visit(browser, "/innboks", "district");
  for (const { reference } of [one, other]) {
    await goTo(page, reference);
    await page.keyboard.press("x");
  }
  await page.getByRole("button", { name: "Tildel", exact: true }).click();
  const dialog = page.getByRole("dialog");
  const people = dialog.getByRole("combobox");
  // The whole unit stands in it, whether or not they have anything; I come first.
  await expect.poll(() => people.locator("option").count()).toBeGreaterThan(2);
  expect((await people.locator("option").allTextContents()).slice(0, 2)).toEqual(["Velg", "Meg"]);
  await people.focus();
  await page.keyboard.type("Meg");
  await page.keyboard.press("Enter");
  await dialog.getByRole("button").first().click();
  await page.locator(".bulk").getByText("2 av 2 gikk bra.").waitFor();
  for (const { reference } of [one, other]) {
    expect((await look("district", reference)).handoff).toMatchObject({ assignee: { name: "Yusuf Hakimi" }, state: "acknowledged" });
  }
  expect(wrongs).toEqual([]);
  await context.close();
});

test("put aside with two keys, listed for itself, taken back, and back by itself when something happens", async () => {
  const sent = await send("Pia");
  const { page, context, wrongs } = await visit(browser, "/innboks", "district");
  await goTo(page, sent.reference);
  await page.keyboard.press("s");
  const dialog = page.getByRole("dialog", { name: `Legg ${sent.reference} til side` });
  await dialog.waitFor();
  await accessible(page, "until when");
  // A time that has passed is told at its field.
  await dialog.getByLabel("Egen tid").fill("2020-01-01T08:00");
  await dialog.getByRole("button", { name: "Legg til side" }).click();
  await dialog.getByText("Velg et tidspunkt fram i tid").waitFor();
  await dialog.locator(".aside-times button").first().focus();
  await page.keyboard.press("Enter");
  await row(page, sent.reference).waitFor({ state: "detached" });
  await done(page).getByText(/^Lagt til side til .*: /).waitFor();
  // Nobody else notices, and the referral is as it was.
  expect(await look("district", sent.reference)).toMatchObject({ version: sent.version });
  await page.keyboard.press("z");
  await done(page).getByText(`Angret: ${sent.reference}`).waitFor();
  await row(page, sent.reference).waitFor();

  await goTo(page, sent.reference);
  await page.keyboard.press("s");
  await dialog.locator(".aside-times button").first().click();
  await row(page, sent.reference).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Lagt til side" }).click();
  await row(page, sent.reference).getByText(/^Tilbake /).waitFor();
  await accessible(page, "what is put aside");
  await page.goto("/innboks");
  await page.locator(".inbox-pages[aria-busy=false], .inbox-empty").waitFor();
  expect(await row(page, sent.reference).count()).toBe(0);
  // Who looks for it finds it all the same.
  await page.locator("#inbox-search").fill(sent.reference);
  await row(page, sent.reference).waitFor();
  // The sender writes: it is back, at the next look of the list.
  await message("outreach", sent.reference, "Hun er hos oss nå.");
  await page.goto("/innboks");
  await row(page, sent.reference).waitFor();
  await page.goto("/innboks?vis=lagt-til-side");
  await page.locator(".inbox-empty, .row").first().waitFor();
  expect(await row(page, sent.reference).count()).toBe(0);
  expect(wrongs).toEqual([]);
  await context.close();
});

test("by keyboard alone on a phone: open, accept, undo", async () => {
  const sent = await send("Kim");
  const { page, context, wrongs } = await visit(browser, "/innboks", "district", { width: 390, height: 844 });
  await row(page, sent.reference).waitFor();
  await tabTo(page, { selector: `.row a[href="/formidling/${sent.reference}"]` });
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: sent.reference }).waitFor();
  await tabTo(page, "Aksepter");
  await page.keyboard.press("Enter");
  await done(page).getByText(`Aksepter: ${sent.reference}`, { exact: true }).waitFor();
  expect(await custodian(sent.reference)).toBe("bydel-grunerlokka");
  await tabTo(page, "Angre");
  await page.keyboard.press("Enter");
  await done(page).getByText(`Angret: ${sent.reference}`).waitFor();
  expect(await custodian(sent.reference)).toBe("uteseksjonen");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("the same on a phone: open, accept, undo", async () => {
  const sent = await send("Jon");
  const { page, context, wrongs } = await visit(browser, "/innboks", "district", { width: 390, height: 844 });
  await row(page, sent.reference).click();
  await page.getByRole("button", { name: "Aksepter" }).click();
  await page.getByRole("button", { name: "Angre" }).click();
  await done(page).getByText(`Angret: ${sent.reference}`).waitFor();
  expect(await custodian(sent.reference)).toBe("uteseksjonen");
  expect(wrongs).toEqual([]);
  await context.close();
});

test("a long list comes page by page", async () => {
  const { page, context } = await visit(browser, "/innboks?vis=sendt", "outreach");
  // The first page; its rows come a few at a time.
  await page.waitForFunction(() => document.querySelectorAll(".row").length >= 50);
  const first = await page.locator(".row").count();
  await page.locator(".inbox-list").evaluate((list) => list.scrollTo(0, list.scrollHeight));
  await page.waitForFunction((before) => document.querySelectorAll(".row").length > before, first);
  expect(first).toBe(50);
  await context.close();
});

for (const scheme of ["light", "dark"] as const) {
  for (const language of ["nb", "en"] as const) {
    for (const width of [320, 390, 1280]) {
      test(`inbox and referral in ${scheme}, ${language}, ${String(width)} px`, async () => {
        const sent = await send("Kim");
        const looks = { scheme, language, width };
        const { page, context, wrongs } = await visit(browser, "/innboks?over=ja&vis=sendt", "outreach", looks);
        await page.locator(".row, .inbox-empty").first().waitFor();
        await accessible(page, "sent and filtered");
        await page.goto("/innboks?vis=venter");
        // One at least, and only those near the screen are in the document.
        const waiting = page.locator('.row a[href^="/formidling/"]').first();
        await waiting.waitFor();
        await accessible(page, "waiting for others");
        const share = await waiting.evaluate((link) => link.clientWidth / (link.closest("ul")?.clientWidth ?? 0));
        expect(share, "a row fills its list").toBeGreaterThan(0.8);
        await page.goto("/innboks");
        await page.locator(".row, .inbox-empty").first().waitFor();
        await page.keyboard.press("Control+k");
        await page.locator(".palette").waitFor();
        await accessible(page, "the palette");
        await page.goto(`/formidling/${sent.reference}`);
        await page.locator(".timeline li").first().waitFor();
        await accessible(page, "a referral");
        await page.locator(".actions button").last().click();
        await accessible(page, "all actions");
        expect(wrongs).toEqual([]);
        await context.close();
      });
    }
  }
}
