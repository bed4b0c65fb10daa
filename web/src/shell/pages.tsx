/**
 * The pages: each is loaded when somebody goes there. A page that is not in this list does not exist, and nothing links
 * to it. `menu` places it in the main menu, for those whose roles make it theirs.
 */
import type { FunctionComponent } from "preact";
import { lazy } from "preact-iso";
import house from "@navikt/aksel-icons/svg/House.svg?raw";
import type { Me } from "../api/session";
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
    menu: { label: () => shell().home, icon: house },
  },
];

/** Whether somebody has one of `roles`, in an agency or in none. */
export function holds(person: Me, ...roles: readonly string[]): boolean {
  return [...person.roles, ...person.agencies.flatMap((agency) => agency.roles)].some((role) => roles.includes(role));
}
