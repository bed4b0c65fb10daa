import type { Me } from "../api/session";

/** Whether somebody has one of `roles`, in an agency or in none. */
export function holds(person: Me, ...roles: readonly string[]): boolean {
  return [...person.roles, ...person.agencies.flatMap((agency) => agency.roles)].some((role) => roles.includes(role));
}

/** The outreach services in which somebody keeps the register. */
export function registers(person: Me): Me["agencies"] {
  return person.agencies.filter(({ kind, roles }) => kind === "outreach" && roles.some((role) => role === "worker" || role === "lead"));
}

/** Those who take and answer referrals, or decide about them: the inbox is theirs. */
export function doesCasework(person: Me): boolean {
  return holds(person, "worker", "lead", "coordinator");
}
