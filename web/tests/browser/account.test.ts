/** What somebody chooses about themselves: which mails they get besides those of their unit, and where they are signed in. */
import type { APIRequestContext, Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Looks, accessible, launch, visit } from "./browser";
import { type Json, request } from "./desk";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const PASSWORD = "riktig hest batteri stift";

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

async function signIn(through: APIRequestContext, username: string, password: string): Promise<Tokens> {
  const answer = await through.post(`${inject("url")}/api/v1/auth/token`, { data: { username, password } });
  expect(answer.ok()).toBe(true);
  return (await answer.json()) as Tokens;
}

/** Somebody of their own for a test, who has chosen a password: what ends here must not end for the others. */
async function newcomer(through: APIRequestContext, username: string): Promise<Tokens> {
  const made = await request("admin", "POST", "/agencies/uteseksjonen/users", {}, { username, displayName: "Iben Strand", roles: ["worker"], language: "nb" });
  const once = String((made.oneTimePassword as Json).password);
  const { accessToken } = await signIn(through, username, once);
  const me = await through.get(`${inject("url")}/api/v1/me`, { headers: { authorization: `Bearer ${accessToken}` } });
  const changed = await through.patch(`${inject("url")}/api/v1/me`, {
    headers: { authorization: `Bearer ${accessToken}`, "if-match": me.headers().etag ?? "" },
    data: { password: { current: once, new: PASSWORD } },
  });
  expect(changed.ok(), await changed.text()).toBe(true);
  // The change ended what was there, and began this.
  return ((await changed.json()) as { session: Tokens }).session;
}

/** The page of their account, with tokens of a session of theirs. */
async function account(tokens: Tokens, looks: Looks = {}) {
  const visited = await visit(browser, "/icon.svg", null, looks);
  const session = JSON.stringify({ access: tokens.accessToken, refresh: tokens.refreshToken, madeAt: Date.now() });
  // Once: what the page makes of it afterwards is its own.
  await visited.page.evaluate((kept) => sessionStorage.setItem("stafett.session", kept), session);
  await visited.page.goto("/meg");
  await visited.page.locator("#wish-digest").waitFor();
  return visited;
}

const copies = (page: Page) => page.getByRole("switch", { name: "Kopi av det enheten får" });
const digest = (page: Page) => page.getByRole("switch", { name: "Daglig oversikt om morgenen" });

test("mails to oneself need an address, are switched at once, and meet what was changed elsewhere", async () => {
  const { page: anyone, context: first } = await visit(browser, "/icon.svg", null);
  const tokens = await newcomer(anyone.request, "iben.post");
  const { page, context, wrongs } = await account(tokens);
  const stands = async () => {
    const answer = await page.request.get("/api/v1/me/notifications", { headers: { authorization: `Bearer ${tokens.accessToken}` } });
    return (await answer.json()) as Json;
  };
  // Refused, and told at the switch, which is off again.
  await digest(page).click();
  await page.locator("#wish-digest-fault").waitFor();
  await digest(page).and(page.locator("[aria-invalid=true]:not(:checked)")).waitFor();
  await accessible(page, "no address");
  await page.getByRole("link", { name: "Skriv inn adressen" }).click();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("me-email");
  await page.keyboard.type("iben@uteseksjonen.example");
  await page.locator("form", { has: page.locator("#me-email") }).getByRole("button", { name: "Lagre" }).click();
  await page.getByText("Sendes til iben@uteseksjonen.example.").waitFor();
  await digest(page).click();
  const mail = page.getByRole("region", { name: "E-post til deg" });
  await mail.getByText("Lagret.").waitFor();
  expect(await stands()).toMatchObject({ digest: true, copies: false });

  // The other switch is touched elsewhere first: what I press is not kept on what I have not seen.
  const { version } = await stands();
  const elsewhere = await page.request.put("/api/v1/me/notifications", {
    headers: { authorization: `Bearer ${tokens.accessToken}`, "if-match": `"${String(version)}"` },
    data: { copies: false, digest: false },
  });
  expect(elsewhere.ok()).toBe(true);
  await copies(page).click();
  await mail.getByText("Dette ble endret et annet sted imens").waitFor();
  expect([await copies(page).isChecked(), await digest(page).isChecked()]).toEqual([false, false]);
  await copies(page).click();
  await mail.getByText("Lagret.").waitFor();
  await page.reload();
  await digest(page).waitFor();
  expect([await copies(page).isChecked(), await digest(page).isChecked()]).toEqual([true, false]);
  // What the server refused on the way, as it should.
  expect(wrongs.filter((wrong) => !/4(12|22)/.test(wrong))).toEqual([]);
  await context.close();
  await first.close();
});

test("why the daily overview has ended is told beside it", async () => {
  const { page: anyone, context: first } = await visit(browser, "/icon.svg", null);
  const tokens = await newcomer(anyone.request, "iben.slutt");
  for (const [code, words] of [
    ["unsubscribed", "Slått av med lenken i en e-post."],
    ["undeliverable", "Slått av fordi adressen ikke tar imot."],
  ] as const) {
    const { page, context, wrongs } = await visit(browser, "/icon.svg", null);
    await page.route("**/api/v1/me/notifications", (route) => route.fulfill({ json: { email: "iben@uteseksjonen.example", copies: false, digest: false, digestEnded: code, version: 3 } }));
    await page.evaluate((kept) => sessionStorage.setItem("stafett.session", kept), JSON.stringify({ access: tokens.accessToken, refresh: tokens.refreshToken, madeAt: Date.now() }));
    await page.goto("/meg");
    await page.getByText(words).waitFor();
    expect(await digest(page).getAttribute("aria-describedby")).toBe("wish-digest-hint");
    expect(wrongs).toEqual([]);
    await context.close();
  }
  await first.close();
});

test("one sees where one is signed in, signs a phone out, and in the end everything", async () => {
  const { page: anyone, context: first } = await visit(browser, "/icon.svg", null);
  const mine = await newcomer(anyone.request, "iben.overalt");
  const [phone, lost] = [await signIn(anyone.request, "iben.overalt", PASSWORD), await signIn(anyone.request, "iben.overalt", PASSWORD)];
  const alive = async ({ accessToken }: Tokens) => (await anyone.request.get("/api/v1/me", { headers: { authorization: `Bearer ${accessToken}` } })).status();
  const { page, context, wrongs } = await account(mine);
  const box = page.getByRole("region", { name: "Der du er logget inn" });
  await box.getByText("Denne nettleseren").waitFor();
  const others = box.getByRole("listitem").filter({ hasText: "En annen nettleser eller telefon" });
  expect(await others.count()).toBe(2);
  await accessible(page, "sessions");
  await others.first().getByRole("button").click();
  await box.getByText("Den er logget ut.").waitFor();
  await page.waitForFunction(() => document.querySelectorAll("[aria-labelledby=sessions-title] li").length === 2);
  expect([await alive(phone), await alive(lost), await alive(mine)].sort()).toEqual([200, 200, 401]);

  // One that has ended meanwhile.
  const listed = await anyone.request.get("/api/v1/me/sessions", { headers: { authorization: `Bearer ${mine.accessToken}` } });
  const { items } = (await listed.json()) as { items: readonly { id: string; current: boolean }[] };
  const other = items.find(({ current }) => !current)?.id ?? "";
  await anyone.request.delete(`/api/v1/me/sessions/${other}`, { headers: { authorization: `Bearer ${mine.accessToken}` } });
  await others.first().getByRole("button").click();
  await box.getByText("Den var logget ut allerede.").waitFor();
  await others.first().waitFor({ state: "detached" });

  const again = await signIn(anyone.request, "iben.overalt", PASSWORD);
  await box.getByRole("button", { name: "Logg ut overalt" }).click();
  const dialog = page.getByRole("dialog", { name: "Logg ut overalt?" });
  await accessible(page, "asked before all sessions end");
  await dialog.getByRole("button", { name: "Avbryt" }).click();
  expect(await alive(again)).toBe(200);
  // Where the server does not do it, nobody has left.
  await page.route("**/api/v1/me/sessions", (route) => (route.request().method() === "DELETE" ? route.fulfill({ status: 503, json: { code: "unavailable", detail: "Prøv igjen om litt." } }) : route.continue()));
  await box.getByRole("button", { name: "Logg ut overalt" }).click();
  await dialog.getByRole("button", { name: "Logg ut overalt" }).click();
  await dialog.getByText("Prøv igjen om litt.").waitFor();
  expect(await alive(mine)).toBe(200);
  await page.unrouteAll();
  await dialog.getByRole("button", { name: "Logg ut overalt" }).click();
  await page.getByRole("heading", { name: "Hvem vil du være?" }).waitFor();
  expect([await alive(again), await alive(mine)]).toEqual([401, 401]);
  expect(await page.evaluate(() => localStorage.getItem("stafett.last"))).toBeNull();
  expect(wrongs.filter((wrong) => !/404|503/.test(wrong))).toEqual([]);
  await context.close();
  await first.close();
});

for (const scheme of ["light", "dark"] as const) {
  for (const language of ["nb", "en"] as const) {
    for (const width of [320, 390, 1280]) {
      test(`one's account in ${scheme}, ${language}, ${String(width)} px`, async () => {
        const { page, context, wrongs } = await visit(browser, "/meg", "outreach", { scheme, language, width });
        await page.locator("#wish-digest").waitFor();
        await page.getByRole("button", { name: language === "nb" ? "Logg ut overalt" : "Sign out everywhere" }).click();
        await accessible(page, "asked whether everything is to end");
        await page.keyboard.press("Escape");
        await accessible(page, "one's account");
        expect(wrongs).toEqual([]);
        await context.close();
      });
    }
  }
}
