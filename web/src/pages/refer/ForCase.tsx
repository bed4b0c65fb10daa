/** A referral in a case: about somebody who is registered already, for a need that nobody has. */
import type { Schemas } from "../../api/client";
import { me } from "../../api/session";
import { quietly } from "../../offline/quiet";
import { drafts } from "../../offline/shelf";
import { Age } from "./Who";
import { type Form, type Subject, NEEDS } from "./form";
import { nameOf } from "./places";
import { freshWith, open } from "./state";
import { laterText, text } from "./words";

type Case = Schemas["CaseOut"];
type Referral = Schemas["ReferralOut"];

/** Opens the draft that was begun in this case, or a new one with what is known of the youth. */
export async function begin(reference: string, need: string | undefined): Promise<void> {
  for (const draft of drafts.value) {
    const kept = (draft.data.form as Partial<Form>).subject;
    if (kept?.reference === reference && (await open(draft))) return;
  }
  const needs = NEEDS.filter((one) => one === need);
  const heard = await quietly("GET", `/api/v1/cases/${encodeURIComponent(reference)}`);
  const subject: Subject = { reference, about: "", asksAge: true, gone: heard.status === 404 };
  await freshWith({ subject, needs, ...(heard.status === 200 ? await known(heard.body as Case, subject) : {}) });
}

/**
 * What our own newest referral in the case tells of the youth, for the suggestions. One that was sent to us and that nobody
 * has answered is left alone: opening it would tell its sender that it was read.
 */
async function known(found: Case, subject: Subject): Promise<Partial<Form>> {
  const ours = new Set((me.value?.agencies ?? []).map(({ id }) => id));
  const told = found.referrals.findLast(({ referral, receiver, handoffState }) => referral != null && ((receiver != null && !ours.has(receiver.id)) || handoffState !== "sent"));
  if (told?.referral == null) return {};
  const heard = await quietly("GET", `/api/v1/referrals/${told.referral.id}`);
  const person = heard.status === 200 ? (heard.body as Referral).person : null;
  if (person == null) return {};
  const place = person.whereabouts?.district ?? person.whereabouts?.municipality ?? "";
  const age = person.estimatedAge == null ? "" : String(person.estimatedAge);
  const about = [person.name ?? person.alias ?? text().noAlias, age, nameOf(place)].filter(Boolean).join(", ");
  return { subject: { ...subject, about, asksAge: age === "" }, age, place, flags: person.flags ?? [], protection: person.addressProtection ?? "none" };
}

/** About whom, as far as known. What is registered is not written anew, and not changed here. */
export function ForCase({ subject }: { subject: Subject }) {
  const t = laterText().forCase;
  return (
    <section class="part" aria-labelledby="who-title">
      <h2 id="who-title" class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      <p>
        <a class="ds-link" href={`/sak/${subject.reference}`}>
          {t.about(subject.reference)}
        </a>
        {subject.about === "" ? null : (
          <>
            : <strong>{subject.about}</strong>
          </>
        )}
      </p>
      {subject.gone ? <p class="note">{t.gone}</p> : <p class="help">{subject.about === "" ? t.unread : t.known}</p>}
      {subject.asksAge ? <Age /> : null}
    </section>
  );
}
