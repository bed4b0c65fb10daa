/**
 * Every page, as it opens: in both languages, light and turned dark, no violation of WCAG, from 320 px nothing sideways, nothing
 * on the console, nobody asked but our server. What pages look like in the middle of something is tried where that is the question.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Scheme, accessible, launch, visit } from "./browser";
import { openCase, send } from "./desk";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

interface Where {
  readonly reference: string;
  readonly inCase: string;
}

/** An address, whose it is, and what stands there when the page does. */
type Seen = readonly [address: string, persona: string, ready: string];

/** By its path in `src/shell/pages.tsx`. */
const PAGES: Readonly<Record<string, (where: Where) => Seen>> = {
  "/": () => ["/", "auditor", "h1"],
  "/ny": () => ["/ny", "outreach", ".send-button"],
  "/innboks": () => ["/innboks?vis=sendt", "outreach", ".row"],
  "/ute": () => ["/ute", "outreach", "[aria-labelledby=last-patrols] .rows li"],
  "/ute/arenaer": () => ["/ute/arenaer", "outreach", ".rows li"],
  "/ute/tall": () => ["/ute/tall", "outreach", ".figures"],
  "/innsyn/ute": () => ["/innsyn/ute", "auditor", ".figures"],
  "/formidling/:reference": ({ reference }) => [`/formidling/${reference}`, "district", ".timeline li"],
  "/saker": () => ["/saker", "outreach", ".case-rows, .empty"],
  "/sak/ny": () => ["/sak/ny", "outreach", "h1"],
  "/sak/:id": ({ inCase }) => [`/sak/${inCase}`, "outreach", ".members > li"],
  "/sak/:id/sammenlign": ({ inCase }) => [`/sak/${inCase}/sammenlign`, "outreach", "h1"],
  "/folg-opp": () => ["/folg-opp", "lead", ".tasks li"],
  "/innsyn": () => ["/innsyn", "lead", ".figures"],
  "/innsyn/flyt": () => ["/innsyn/flyt", "lead", ".figures"],
  "/innsyn/dekning": () => ["/innsyn/dekning", "lead", ".figures"],
  "/folg-opp/varsler": () => ["/folg-opp/varsler?vis=alle", "lead", ".rows li, .empty"],
  "/folg-opp/nodtilganger": () => ["/folg-opp/nodtilganger?vis=alle", "lead", ".rows li, .empty"],
  "/folg-opp/oppslag": () => ["/folg-opp/oppslag?vis=alle", "lead", ".rows li, .empty"],
  "/folg-opp/treff": () => ["/folg-opp/treff", "lead", ".rows li, .empty"],
  "/folg-opp/frister": () => ["/folg-opp/frister", "lead", ".rows li, .empty"],
  "/folg-opp/sletting": () => ["/folg-opp/sletting", "lead", ".rows li, .empty"],
  "/avstemming": () => ["/avstemming", "lead", "[aria-labelledby=statements] :is(.rows li, .empty)"],
  "/nodtilgang": () => ["/nodtilgang", "outreach", "#glass-reason"],
  "/katalog": () => ["/katalog", "outreach", ".agencies li"],
  "/katalog/:agency": () => ["/katalog/barnevernvakten", "outreach", ".week, h2"],
  "/oppsett": () => ["/oppsett", "admin", ".rows li"],
  "/oppsett/:agency": () => ["/oppsett/uteseksjonen", "admin", "#agency-name"],
  "/oppsett/:agency/tjenester": () => ["/oppsett/uteseksjonen/tjenester", "admin", ".rows li"],
  "/oppsett/:agency/folk": () => ["/oppsett/uteseksjonen/folk", "admin", ".rows a"],
  "/oppsett/:agency/folk/:user": () => ["/oppsett/uteseksjonen/folk", "admin", ".rows a"],
  "/oppsett/:agency/post": () => ["/oppsett/uteseksjonen/post", "admin", "#mail-unit"],
  "/oppsett/:agency/apningstider": () => ["/oppsett/uteseksjonen/apningstider", "admin", ".say"],
  "/oppsett/:agency/avtaler": () => ["/oppsett/barnevernvakten/avtaler", "lead", ".agreement"],
  "/oppsett/:agency/oppslag": () => ["/oppsett/barnevernvakten/oppslag", "lead", ".rows li, .empty"],
  "/oppsett/:agency/oppbevaring": () => ["/oppsett/barnevernvakten/oppbevaring", "lead", "#own-rules"],
  "/oppsett/:agency/webhooks": () => ["/oppsett/uteseksjonen/webhooks", "admin", ".empty"],
  "/oppsett/:agency/fravaer": () => ["/oppsett/barnevernvakten/fravaer", "lead", ".rows, .empty"],
  "/meg": () => ["/meg", "outreach", "#wish-digest"],
  "/arbeidsflyter": () => ["/arbeidsflyter", "outreach", ".rows a"],
  "/arbeidsflyter/:id/:version": () => ["/arbeidsflyter/concern-report/1", "outreach", ".diagram"],
  "/hjelp": () => ["/hjelp", "outreach", "#fristene"],
  "/tilgjengelighet": () => ["/tilgjengelighet", "outreach", "h1"],
};

test("no page is left out", () => {
  const source = readFileSync(resolve(import.meta.dirname, "../../src/shell/pages.tsx"), "utf8");
  const paths = [...source.matchAll(/\bpath: "([^"]+)"/g)].map(([, path]) => path);
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.toSorted()).toEqual(Object.keys(PAGES).toSorted());
});

/** Opened in light and turned dark: the first of `widths` is the one a page opens in, the last the one it is turned dark in. */
for (const language of ["nb", "en"] as const) {
  for (const widths of [[320, 390], [1280]] as const) {
    test(`every page in ${language}, ${widths.join(" and ")} px, light and dark`, async () => {
      const [sent, opened] = [await send("Side"), await openCase("Side")];
      const where: Where = { reference: sent.reference, inCase: opened.reference };
      const all = Object.entries(PAGES).map(([path, of]) => [path, ...of(where)] as const);
      // One browser a person, in which they go from page to page.
      for (const persona of new Set(all.map(([, , persona]) => persona))) {
        const mine = all.filter(([, , whose]) => whose === persona);
        const { page, context, wrongs } = await visit(browser, "/tilgjengelighet", persona, { language, width: widths[0] });
        for (const [path, address, , ready] of mine) {
          await turn(page, "light", widths[0]);
          await page.goto(address);
          await page.locator(ready).first().waitFor();
          if (path.endsWith(":user")) {
            await page.locator(ready).first().click();
            await page.locator(".person-username").waitFor();
          }
          await accessible(page, `${path} in light`);
          await turn(page, "dark", widths.at(-1) ?? widths[0]);
          await accessible(page, `${path} in dark`);
          expect(wrongs, path).toEqual([]);
        }
        await context.close();
      }
    }, 600_000);
  }
}

async function turn(page: Page, colorScheme: Scheme, width: number): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 800 });
}
