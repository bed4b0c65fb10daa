/**
 * Who to send to. With coverage the server says so; without it, the same question's last answer does, and then a rough
 * look into the last known directory. Where an answer comes from is part of it, and is shown.
 */
import { language } from "../../i18n";
import { mine } from "../../offline/shelf";
import { quietly } from "../../offline/quiet";
import { type AgencyKind, type Basis, type Form, type Need, type Urgency, type Withheld, ageOf, whereabouts } from "./form";
import { directory, offering, senderKind, workflows } from "./reference";
import { laterText, loadLater } from "./words";

export interface Choice {
  readonly slug: string;
  readonly name: string;
  readonly kind: AgencyKind;
  /** Null when the youth is shown the way, and nothing is sent. */
  readonly workflow: string | null;
  readonly reason: string;
  readonly bases: readonly Basis[];
  readonly withheld: Withheld;
  readonly clock: { readonly limit: string; readonly dueAt: string } | null;
  /** Null when nobody knows, which without coverage is the rule. */
  readonly open: boolean | null;
  readonly always: boolean;
  readonly opensAt: string | null;
  readonly capacity: string | null;
  readonly together: boolean;
  readonly warnings: readonly string[];
}

export interface Offer {
  readonly from: "server" | "last-answer" | "directory";
  /** When what it rests on was known. */
  readonly at: number;
  readonly items: readonly Choice[];
  readonly missing: readonly { readonly receiver: string; readonly advice: string }[];
  readonly warnings: readonly string[];
}

/** A situation, never a person. */
export interface Question {
  readonly age: number | null;
  readonly whereabouts: ReturnType<typeof whereabouts>;
  readonly needs: readonly Need[];
  readonly urgency: Urgency;
  readonly sender: string;
}

/** The question of what is written; null while it is none. */
export function questionOf(form: Form): Question | null {
  if (form.needs.length === 0 || form.urgency === "") return null;
  return { age: ageOf(form), whereabouts: whereabouts(form), needs: form.needs, urgency: form.urgency, sender: form.sender };
}

export async function suggest(question: Question): Promise<Offer> {
  const store = mine();
  // Sealed like everything else, and named by its words: the same situation gets the same answer.
  const name = `suggest/${language.value}/${JSON.stringify(question)}`;
  const heard = await quietly("POST", "/api/v1/routing/suggestions", question);
  if (heard.status === 200) {
    const said = heard.body as Said;
    const at = Date.now();
    await store?.remember(name, said, at).catch(() => undefined);
    return { from: "server", at, ...read(said) };
  }
  const kept = await store?.recall<Said>(name).catch(() => null);
  if (kept !== null && kept !== undefined) {
    const { items, ...rest } = read(kept.data);
    // A limit and a door that was open then say nothing of now.
    return { from: "last-answer", at: kept.at, ...rest, items: items.map((one) => ({ ...one, clock: null, opensAt: null, open: null, capacity: null })) };
  }
  const [{ rough }] = await Promise.all([import("./rough"), loadLater()]);
  const roughly = rough(question, directory.value.agencies, offering.value, workflows.value, senderKind(question.sender), laterText());
  return { from: "directory", at: directory.value.at, items: roughly, missing: [], warnings: [] };
}

/** The server's answer, as far as the page uses it. */
interface Said {
  readonly items: readonly {
    readonly agency: { readonly slug: string; readonly name: string; readonly kind: AgencyKind };
    readonly workflow: { readonly id: string } | null;
    readonly reason: string;
    readonly legalBases: readonly { readonly code: Basis; readonly best: boolean; readonly withheld: readonly { readonly title: string }[] }[];
    readonly clock: { readonly limit: string; readonly dueAt: string } | null;
    readonly open: boolean | null;
    readonly opensAt: string | null;
    readonly capacity: { readonly status: string | null; readonly title: string; readonly stale: boolean } | null;
    readonly together: string | null;
    readonly warnings: readonly { readonly code: string; readonly text: string }[];
  }[];
  readonly missing: readonly { readonly receiver: string; readonly advice: string }[];
  readonly uncovered: readonly { readonly text: string }[];
  readonly warnings: readonly { readonly text: string }[];
}

function read(said: Said): Pick<Offer, "items" | "missing" | "warnings"> {
  return {
    items: said.items.map((item) => ({
      slug: item.agency.slug,
      name: item.agency.name,
      kind: item.agency.kind,
      workflow: item.workflow?.id ?? null,
      reason: item.reason,
      bases: [...item.legalBases].sort((a, b) => Number(b.best) - Number(a.best)).map(({ code }) => code),
      withheld: Object.fromEntries(item.legalBases.map(({ code, withheld }) => [code, withheld.map(({ title }) => title)])),
      clock: item.clock,
      open: item.open,
      always: false,
      opensAt: item.opensAt,
      capacity: item.capacity === null || item.capacity.stale ? null : item.capacity.title,
      together: item.together !== null,
      warnings: item.warnings.map((warning) => warning.text),
    })),
    missing: said.missing,
    warnings: [...said.warnings, ...said.uncovered].map((warning) => warning.text),
  };
}
