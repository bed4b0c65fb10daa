/**
 * The pages: each is loaded when somebody goes there. A page that is not in this list does not exist, and nothing links
 * to it. `menu` places it in the main menu, for those whose roles make it theirs.
 */
import type { FunctionComponent } from "preact";
import { lazy } from "preact-iso";
import book from "@navikt/aksel-icons/svg/Buildings3.svg?url";
import folder from "@navikt/aksel-icons/svg/FolderFile.svg?url";
import chart from "@navikt/aksel-icons/svg/BarChart.svg?url";
import cog from "@navikt/aksel-icons/svg/Cog.svg?url";
import plus from "@navikt/aksel-icons/svg/PlusCircle.svg?url";
import house from "@navikt/aksel-icons/svg/House.svg?url";
import tasks from "@navikt/aksel-icons/svg/Tasklist.svg?url";
import walker from "@navikt/aksel-icons/svg/Footprint.svg?url";
import tray from "@navikt/aksel-icons/svg/Inbox.svg?url";
import type { Me } from "../api/session";
import { doesCasework, holds, registers } from "./roles";
import { shell } from "./words";

export interface Page {
  /** The path, with `:name` for a part that varies. */
  readonly path: string;
  readonly component: Component;
  /** Its section of the help page (`pages/help`). */
  readonly help?: string;
  readonly menu?: {
    readonly label: () => string;
    /** Where there is little room, beside many others. */
    readonly short?: () => string;
    /** The address of a picture: as text in the program, the pictures of a menu weigh more than a page. */
    readonly icon: string;
    /** Where the pages that belong to it begin, when that is not its own path. */
    readonly within?: string;
    readonly for?: (me: Me) => boolean;
  };
}

interface Loaded {
  readonly default: FunctionComponent;
}
type Component = FunctionComponent & { readonly ahead: () => Promise<unknown> };

function page(load: () => Promise<Loaded>): Component {
  let file: Promise<Loaded> | undefined;
  const ahead = () => (file ??= load());
  // Drawn in a task of its own: a thumb need not wait for the frame and the page at once.
  const drawn = (parts: Loaded) => new Promise<Loaded>((now) => setTimeout(now, 0, parts));
  return Object.assign(lazy<FunctionComponent>(() => ahead().then(drawn)), { ahead });
}

/** Begins with the page at a path before anything is drawn, and ends when its parts are here. */
export async function ahead(path: string): Promise<void> {
  // Where it cannot be loaded, whoever draws it says so.
  await pages.find((page) => page.path === path)?.component.ahead().catch(() => undefined);
}

export const pages: readonly Page[] = [
  {
    path: "/",
    component: page(() => import("../pages/home")),
    menu: { label: () => shell().home, icon: house, for: (me) => !doesCasework(me) },
  },
  {
    path: "/ny",
    component: page(() => import("../pages/refer").then((file) => file.load().then(() => file))),
    help: "ny",
    menu: { label: () => shell().refer, short: () => shell().referShort, icon: plus, for: (me) => holds(me, "worker", "lead") },
  },
  {
    path: "/innboks",
    component: page(() => import("../pages/inbox").then((file) => (file.begin(), file.load().then(() => file)))),
    help: "innboks",
    menu: { label: () => shell().inbox, icon: tray, for: doesCasework },
  },
  {
    path: "/ute",
    component: page(() => import("../pages/outreach")),
    help: "ute",
    menu: { label: () => shell().outreach, short: () => shell().outreachShort, icon: walker, for: (me) => registers(me).length > 0 },
  },
  { path: "/ute/arenaer", component: page(() => import("../pages/outreach/Arenas")), help: "ute" },
  { path: "/ute/tall", component: page(() => import("../pages/outreach/Figures")), help: "ute" },
  { path: "/innsyn/ute", component: page(() => import("../pages/outreach/Across")), help: "innsyn" },
  { path: "/formidling/:reference", component: page(() => import("../pages/referral")), help: "formidling" },
  {
    path: "/saker",
    component: page(() => import("../pages/cases")),
    help: "saker",
    menu: { label: () => shell().cases, icon: folder, within: "/sak/", for: doesCasework },
  },
  { path: "/sak/ny", component: page(() => import("../pages/cases/Open")), help: "saker" },
  { path: "/sak/:id", component: page(() => import("../pages/cases/Case")), help: "saker" },
  { path: "/sak/:id/sammenlign", component: page(() => import("../pages/cases/Compare")), help: "saker" },
  {
    path: "/folg-opp",
    component: page(() => import("../pages/follow")),
    help: "folg-opp",
    menu: { label: () => shell().follow, icon: tasks, for: (me) => holds(me, "lead") },
  },
  {
    path: "/innsyn",
    component: page(() => import("../pages/insight")),
    help: "innsyn",
    // A lead comes to it from what must be followed up; whoever only reads figures begins with them.
    menu: { label: () => shell().insight, icon: chart, for: (me) => holds(me, "auditor", "coordinator") && !holds(me, "lead") },
  },
  { path: "/innsyn/flyt", component: page(() => import("../pages/insight/Flow")), help: "innsyn" },
  { path: "/innsyn/dekning", component: page(() => import("../pages/insight/Coverage")), help: "innsyn" },
  { path: "/folg-opp/varsler", component: page(() => import("../pages/follow/Incidents")), help: "folg-opp" },
  { path: "/folg-opp/nodtilganger", component: page(() => import("../pages/follow/Glasses")), help: "folg-opp" },
  { path: "/folg-opp/oppslag", component: page(() => import("../pages/follow/Unusual")), help: "folg-opp" },
  { path: "/folg-opp/treff", component: page(() => import("../pages/follow/Hints")), help: "folg-opp" },
  { path: "/folg-opp/frister", component: page(() => import("../pages/follow/Overdue")), help: "folg-opp" },
  { path: "/folg-opp/sletting", component: page(() => import("../pages/follow/Due")), help: "folg-opp" },
  { path: "/avstemming", component: page(() => import("../pages/follow/Reconciliation")), help: "folg-opp" },
  { path: "/nodtilgang", component: page(() => import("../pages/glass")), help: "nodtilgang" },
  {
    path: "/katalog",
    component: page(() => import("../pages/directory")),
    help: "katalog",
    menu: { label: () => shell().directory, icon: book },
  },
  { path: "/katalog/:agency", component: page(() => import("../pages/directory/Agency")), help: "katalog" },
  {
    path: "/oppsett",
    component: page(() => import("../pages/setup")),
    help: "oppsett",
    menu: { label: () => shell().setup, icon: cog, for: (me) => holds(me, "lead", "agency-admin", "system-admin") },
  },
  { path: "/oppsett/:agency", component: page(() => import("../pages/setup/Facts")), help: "oppsett" },
  { path: "/oppsett/:agency/tjenester", component: page(() => import("../pages/setup/Services")), help: "oppsett" },
  { path: "/oppsett/:agency/folk", component: page(() => import("../pages/setup/People")), help: "oppsett" },
  { path: "/oppsett/:agency/folk/:user", component: page(() => import("../pages/setup/Person")), help: "oppsett" },
  { path: "/oppsett/:agency/post", component: page(() => import("../pages/setup/Reach")), help: "oppsett" },
  { path: "/oppsett/:agency/apningstider", component: page(() => import("../pages/setup/Hours")), help: "oppsett" },
  { path: "/oppsett/:agency/avtaler", component: page(() => import("../pages/setup/Agreements")), help: "oppsett" },
  { path: "/oppsett/:agency/oppslag", component: page(() => import("../pages/setup/Looks")), help: "oppsett" },
  { path: "/oppsett/:agency/oppbevaring", component: page(() => import("../pages/setup/Retention")), help: "oppsett" },
  { path: "/oppsett/:agency/webhooks", component: page(() => import("../pages/setup/Webhooks")), help: "oppsett" },
  { path: "/oppsett/:agency/fravaer", component: page(() => import("../pages/setup/Deputies")), help: "oppsett" },
  { path: "/meg", component: page(() => import("../pages/me")), help: "meg" },
  { path: "/arbeidsflyter", component: page(() => import("../pages/workflows")), help: "arbeidsflyter" },
  { path: "/arbeidsflyter/:id/:version", component: page(() => import("../pages/workflows/Workflow")), help: "arbeidsflyter" },
  { path: "/hjelp", component: page(() => import("../pages/help")) },
  { path: "/tilgjengelighet", component: page(() => import("../pages/accessibility")) },
];

/** Where the help for a page is: at its section, or at the start. */
export function helpFor(path: string): string {
  const segments = path.split("/");
  const page = pages.find((candidate) => {
    const own = candidate.path.split("/");
    return own.length === segments.length && own.every((part, index) => part.startsWith(":") || part === segments[index]);
  });
  return page?.help === undefined ? "/hjelp" : `/hjelp#${page.help}`;
}
