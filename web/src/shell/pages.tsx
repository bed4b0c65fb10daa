/**
 * The pages: each is loaded when somebody goes there. A page that is not in this list does not exist, and nothing links
 * to it. `menu` places it in the main menu, for those whose roles make it theirs.
 */
import type { FunctionComponent } from "preact";
import { lazy } from "preact-iso";
import plus from "@navikt/aksel-icons/svg/PlusCircle.svg?raw";
import house from "@navikt/aksel-icons/svg/House.svg?raw";
import tray from "@navikt/aksel-icons/svg/Inbox.svg?raw";
import type { Me } from "../api/session";
import { doesCasework, holds } from "./roles";
import { shell } from "./words";

export interface Page {
  /** The path, with `:name` for a part that varies. */
  readonly path: string;
  readonly component: FunctionComponent;
  readonly menu?: {
    readonly label: () => string;
    readonly icon: string;
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
    path: "/innboks",
    component: page(() => import("../pages/inbox")),
    menu: { label: () => shell().inbox, icon: tray, for: doesCasework },
  },
  { path: "/formidling/:reference", component: page(() => import("../pages/referral")) },
  {
    path: "/ny",
    component: page(() => import("../pages/refer").then((file) => file.load().then(() => file))),
    menu: { label: () => shell().refer, icon: plus, for: (me) => holds(me, "worker", "lead") },
  },
];
