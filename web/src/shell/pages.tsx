/**
 * The pages: each is loaded when somebody goes there. A page that is not in this list does not exist, and nothing links
 * to it. `menu` places it in the main menu, for those whose roles make it theirs.
 */
import type { FunctionComponent } from "preact";
import { lazy } from "preact-iso";
import book from "@navikt/aksel-icons/svg/Buildings3.svg?url";
import folder from "@navikt/aksel-icons/svg/FolderFile.svg?url";
import cog from "@navikt/aksel-icons/svg/Cog.svg?url";
import plus from "@navikt/aksel-icons/svg/PlusCircle.svg?url";
import house from "@navikt/aksel-icons/svg/House.svg?url";
import tray from "@navikt/aksel-icons/svg/Inbox.svg?url";
import type { Me } from "../api/session";
import { doesCasework, holds } from "./roles";
import { shell } from "./words";

export interface Page {
  /** The path, with `:name` for a part that varies. */
  readonly path: string;
  readonly component: FunctionComponent;
  /** Its section of the help page (`pages/help`). */
  readonly help?: string;
  readonly menu?: {
    readonly label: () => string;
    /** The address of a picture: as text in the program, the pictures of a menu weigh more than a page. */
    readonly icon: string;
    /** Where the pages that belong to it begin, when that is not its own path. */
    readonly within?: string;
    readonly for?: (me: Me) => boolean;
  };
}

function page(load: () => Promise<{ default: FunctionComponent }>): FunctionComponent {
  return lazy(load);
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
    menu: { label: () => shell().refer, icon: plus, for: (me) => holds(me, "worker", "lead") },
  },
  {
    path: "/innboks",
    component: page(() => import("../pages/inbox")),
    help: "innboks",
    menu: { label: () => shell().inbox, icon: tray, for: doesCasework },
  },
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
    menu: { label: () => shell().setup, icon: cog, for: (me) => holds(me, "agency-admin", "system-admin") },
  },
  { path: "/oppsett/:agency", component: page(() => import("../pages/setup/Facts")), help: "oppsett" },
  { path: "/oppsett/:agency/tjenester", component: page(() => import("../pages/setup/Services")), help: "oppsett" },
  { path: "/oppsett/:agency/folk", component: page(() => import("../pages/setup/People")), help: "oppsett" },
  { path: "/oppsett/:agency/folk/:user", component: page(() => import("../pages/setup/Person")), help: "oppsett" },
  { path: "/oppsett/:agency/post", component: page(() => import("../pages/setup/Reach")), help: "oppsett" },
  { path: "/oppsett/:agency/apningstider", component: page(() => import("../pages/setup/Hours")), help: "oppsett" },
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
