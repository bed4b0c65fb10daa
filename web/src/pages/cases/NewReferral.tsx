/** One of several referrals that are written with a case: each with its own receiver, legal basis and words. */
import type { Schemas } from "../../api/client";
import { consentGiver, need as needs, urgency as urgencies } from "../../i18n/codes";
import { capital, term } from "../../i18n/terms";
import type { Agency } from "../../referral/directory";
import { type Faults, Select, TextField, Tick, Ticks } from "../../ui/form";
import type { Definition } from "./Open";
import { text } from "./words";

type ReferralIn = Schemas["CaseReferralIn"];
type BasisIn = Schemas["LegalBasisIn"];
type Told = "" | "both" | "youth" | "guardians" | "nobody";

export interface Part {
  readonly key: number;
  readonly receiver: string;
  readonly workflow: string;
  readonly urgency: string;
  readonly needs: readonly string[];
  readonly basis: string;
  readonly reason: string;
  readonly by: string;
  readonly age: string;
  readonly scope: string;
  readonly told: Told;
  readonly untold: string;
  readonly summary: string;
  readonly send: boolean;
}

export function blank(key: number): Part {
  return { key, receiver: "", workflow: "", urgency: "", needs: [], basis: "", reason: "", by: "", age: "", scope: "", told: "", untold: "", summary: "", send: true };
}

/** What is missing, by the field's id. The server looks again. */
export function wrongIn(part: Part, id: string, fault: { readonly receiver: string; readonly urgency: string; readonly basis: string; readonly reason: string; readonly summary: string }): Faults {
  if (!part.send && part.workflow !== "") return {};
  return {
    ...(part.workflow === "" ? { [`${id}-receiver`]: fault.receiver } : {}),
    ...(part.urgency === "" ? { [`${id}-urgency`]: fault.urgency } : {}),
    ...(part.basis === "" ? { [`${id}-legalBasis-code`]: fault.basis } : {}),
    ...(part.reason.trim() === "" ? { [`${id}-legalBasis-reason`]: fault.reason } : {}),
    ...(part.summary.trim() === "" ? { [`${id}-summary`]: fault.summary } : {}),
  };
}

export function toReferral(part: Part): ReferralIn {
  const consent = part.basis === "consent" ? { consent: { by: part.by as "youth" | "guardians", age: Number(part.age), scope: part.scope.trim() } } : {};
  return {
    workflow: part.workflow,
    receiver: part.receiver === "" ? null : part.receiver,
    urgency: part.urgency === "" ? "routine" : (part.urgency as ReferralIn["urgency"]),
    needs: part.needs as NonNullable<ReferralIn["needs"]>,
    legalBasis: part.basis === "" || part.reason.trim() === "" ? null : { code: part.basis as BasisIn["code"], reason: part.reason.trim(), ...consent },
    informed:
      part.told === ""
        ? null
        : {
            youth: part.told === "both" || part.told === "youth",
            guardians: part.told === "both" || part.told === "guardians",
            reason: part.told === "both" || part.untold.trim() === "" ? null : part.untold.trim(),
          },
    summary: part.summary.trim() === "" ? null : part.summary.trim(),
    send: part.send,
  };
}

interface Props {
  readonly part: Part;
  readonly number: number;
  readonly id: string;
  readonly sender: string;
  readonly known: readonly Agency[];
  readonly definitions: readonly Definition[];
  readonly faults: Faults;
  readonly set: (changed: Partial<Part>) => void;
  readonly remove: (() => void) | null;
}

export function NewReferral({ part, number, id, sender, known, definitions, faults, set, remove }: Props) {
  const t = text().open;
  const from = known.find(({ slug }) => slug === sender)?.kind;
  const admits = (kind: string) => definitions.filter((one) => one.receivers.some(({ code }) => code === kind) && (from === undefined || one.senders.some(({ code }) => code === from)));
  const receivers = known.filter(({ slug, kind }) => slug !== sender && admits(kind).length > 0);
  const kind = known.find(({ slug }) => slug === part.receiver)?.kind ?? "";
  const workflows = admits(kind);
  const chosen = workflows.find((one) => one.id === part.workflow);
  const choose = (receiver: string) => {
    const fitting = admits(known.find(({ slug }) => slug === receiver)?.kind ?? "");
    const usual = ["concern-report", "specialist-referral", "service-referral", "notification"].find((one) => fitting.some((workflow) => workflow.id === one));
    set({ receiver, workflow: usual ?? fitting[0]?.id ?? "", basis: "" });
  };
  return (
    <fieldset class="new-referral stack">
      <legend>{t.referral(String(number))}</legend>
      <div class="pair">
        <Select id={`${id}-receiver`} label={t.receiver} value={part.receiver} set={choose} options={[["", t.choose], ...receivers.map(({ slug, name }) => [slug, name] as const)]} faults={faults} />
        <Select id={`${id}-workflow`} label={t.as} value={part.workflow} set={(workflow) => set({ workflow, basis: "" })} options={workflows.length === 0 ? [["", t.receiverFirst]] : workflows.map((one) => [one.id, one.title] as const)} faults={faults} />
      </div>
      <Select id={`${id}-urgency`} label={t.urgency} value={part.urgency} set={(urgency) => set({ urgency })} options={[["", t.choose], ...Object.keys(urgencies.nb).map((code) => [code, capital(term(urgencies, code))] as const)]} faults={faults} />
      <details>
        <summary>{t.needs(part.needs.map((code) => term(needs, code)).join(", "))}</summary>
        <Ticks id={`${id}-needs`} label={t.needsLabel} options={Object.keys(needs.nb).map((code) => [code, capital(term(needs, code))] as const)} chosen={part.needs} set={(now) => set({ needs: now })} faults={faults} />
      </details>
      <Select id={`${id}-legalBasis-code`} label={t.basis} value={part.basis} set={(basis) => set({ basis })} options={[["", chosen === undefined ? t.receiverFirst : t.choose], ...(chosen?.legalBases ?? []).map((one) => [one.code, `${capital(one.title)} (${one.legalRef})`] as const)]} faults={faults} />
      {part.basis === "consent" ? (
        <div class="pair">
          <Select id={`${id}-legalBasis-consent-by`} label={t.by} value={part.by} set={(by) => set({ by })} options={[["", t.choose], ...Object.keys(consentGiver.nb).map((code) => [code, capital(term(consentGiver, code))] as const)]} faults={faults} />
          <TextField id={`${id}-legalBasis-consent-age`} label={t.age} numeric value={part.age} set={(age) => set({ age })} faults={faults} />
          <TextField id={`${id}-legalBasis-consent-scope`} label={t.scope} value={part.scope} set={(scope) => set({ scope })} faults={faults} />
        </div>
      ) : null}
      <TextField id={`${id}-legalBasis-reason`} label={t.reason} rows={2} value={part.reason} set={(reason) => set({ reason })} faults={faults} />
      <TextField id={`${id}-summary`} label={t.summary} hint={t.summaryHint} rows={4} value={part.summary} set={(summary) => set({ summary })} faults={faults} />
      <Select id={`${id}-informed`} label={t.told} optional value={part.told} set={(told) => set({ told: told as Told })} options={[["", t.unsaid], ...Object.entries(t.tolds)]} faults={faults} />
      {part.told === "" || part.told === "both" ? null : <TextField id={`${id}-informed-reason`} label={t.untold} value={part.untold} set={(untold) => set({ untold })} faults={faults} />}
      <Tick id={`${id}-send`} label={t.send} checked={part.send} set={(send) => set({ send })} />
      {remove === null ? null : (
        <p>
          <button type="button" class="ds-button" data-variant="tertiary" data-color="danger" data-size="sm" onClick={remove}>
            {t.remove}
          </button>
        </p>
      )}
    </fieldset>
  );
}
