import { useEffect, useState } from "preact/hooks";
import { language } from "../../i18n";
import { away } from "../../api/session";
import { Choose, wrong } from "./Fields";
import { type Receiver as Chosen, ageOf, usualWorkflow } from "./form";
import { type Choice, type Offer, questionOf, suggest } from "./receivers";
import { directory, senderKind, senders, workflows } from "./reference";
import { form, set } from "./state";
import { text, when } from "./words";

const SHOWN = 3;
/** Typing an age should not ask for each digit. */
const ASK_AFTER_MS = 250;

/** Who should receive it: suggestions with their reasons, or anybody of the directory. */
export function Receiver() {
  const t = text();
  const [offer, setOffer] = useState<Offer | null>(null);
  const [asking, setAsking] = useState(false);
  const [all, setAll] = useState(false);
  const question = questionOf(form.value);
  const key = JSON.stringify(question);
  const known = directory.value.at > 0;
  useEffect(() => {
    if (question === null) {
      setOffer(null);
      return;
    }
    let current = true;
    setAsking(true);
    const timer = setTimeout(() => {
      void suggest(question).then((said) => {
        if (!current) return;
        setOffer(said);
        setAsking(false);
        keepUp(said);
      });
    }, ASK_AFTER_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
    // `known`, coverage and the language change the answer to the same question.
  }, [key, away.value, known, language.value]);
  const { message } = wrong("receiver");
  const shown = offer === null ? [] : all ? offer.items : offer.items.slice(0, SHOWN);
  const { receiver } = form.value;
  const away_ = receiver !== null && !shown.some((item) => isChosen(item, receiver));
  return (
    <section class="part" aria-labelledby="receiver-title">
      <fieldset class="receivers" id="refer-receiver" tabIndex={-1} data-wrong={message !== null} aria-describedby={message === null ? undefined : "refer-receiver-wrong"}>
        <legend id="receiver-title" class="ds-heading" data-size="2xs">
          {t.receiver}
        </legend>
        <div class="stack" aria-live="polite" aria-busy={asking}>
          {question === null ? <p class="help">{t.receiverAsk}</p> : offer === null ? <p class="help">{t.receiverAsking}</p> : <Source offer={offer} />}
          {away_ ? <Card name={receiver.name} reason="" checked choose={() => undefined} details={[]} /> : null}
          {question === null ? null : shown.map((item) => <Suggestion key={`${item.slug}/${item.workflow ?? ""}`} item={item} />)}
        </div>
        {message}
      </fieldset>
      {offer !== null && !all && offer.items.length > SHOWN ? (
        <button type="button" class="ds-button" data-variant="tertiary" onClick={() => setAll(true)}>
          {t.receiverMore(offer.items.length - SHOWN)}
        </button>
      ) : null}
      <Anybody />
      <Sender />
    </section>
  );
}

function isChosen(item: Choice, receiver: Chosen): boolean {
  return item.slug === receiver.slug && item.workflow !== null;
}

/** What is known of a chosen receiver follows the newest answer; the choice itself stands. */
function keepUp(offer: Offer): void {
  const { receiver } = form.value;
  const now = offer.items.find((item) => receiver !== null && item.slug === receiver.slug && item.workflow === receiver.workflow);
  if (receiver === null || now === undefined || offer.from !== "server") return;
  const { bases, withheld } = now;
  const known = JSON.stringify([receiver.bases, receiver.withheld ?? {}]);
  if (JSON.stringify([bases, withheld]) !== known) set({ receiver: { ...receiver, bases, withheld } });
}

/** Where the suggestions come from, when that is not the server of now, and what is missing. */
function Source({ offer }: { offer: Offer }) {
  const t = text();
  return (
    <>
      {offer.from === "directory" && offer.at === 0 ? (
        <p class="note">{t.nothingKnown}</p>
      ) : offer.from === "server" ? null : (
        <p class="note">{(offer.from === "directory" ? t.stale : t.staleAnswer)(when(offer.at))}</p>
      )}
      {offer.items.length === 0 && offer.at > 0 ? <p class="help">{t.receiverNone}</p> : null}
      {offer.items.some((item) => item.together) ? <p class="help">{t.together}</p> : null}
      {offer.warnings.map((warning) => (
        <p key={warning} class="help">
          {warning}
        </p>
      ))}
      {offer.missing.map(({ receiver, advice }) => (
        <p key={receiver} class="note">
          {t.missing(receiver)} {advice}
        </p>
      ))}
    </>
  );
}

function Suggestion({ item }: { item: Choice }) {
  const t = text();
  const { receiver } = form.value;
  const door = item.open === true ? t.openNow : item.always ? t.openAlways : item.opensAt !== null ? t.opensAt(when(item.opensAt)) : item.open === false ? t.closedNow : null;
  const details = [
    ...(item.clock === null ? [] : [t.due(item.clock.limit, when(item.clock.dueAt))]),
    ...(item.capacity === null ? [] : [item.capacity]),
    ...item.warnings,
    ...(item.workflow === null ? [t.contact] : []),
  ];
  const { workflow } = item;
  const choose = workflow === null ? null : () => set({ receiver: { slug: item.slug, name: item.name, kind: item.kind, workflow, bases: item.bases, withheld: item.withheld }, basis: null });
  return <Card name={item.name} reason={item.reason} door={door} open={item.open === true || item.always} details={details} checked={receiver !== null && isChosen(item, receiver)} choose={choose} />;
}

function Card(props: { name: string; reason: string; door?: string | null | undefined; open?: boolean; details: readonly string[]; checked: boolean; choose: (() => void) | null }) {
  const inside = (
    <span class="receiver-text">
      <strong>{props.name}</strong>
      {props.door === null || props.door === undefined ? null : (
        <span class="door" data-open={props.open}>
          {props.door}
        </span>
      )}
      {props.reason === "" ? null : <span>{props.reason}</span>}
      {props.details.map((detail) => (
        <span key={detail} class="subtle">
          {detail}
        </span>
      ))}
    </span>
  );
  if (props.choose === null) return <div class="receiver">{inside}</div>;
  return (
    <label class="receiver">
      <input type="radio" name="receiver" checked={props.checked} onChange={props.choose} />
      {inside}
    </label>
  );
}

/** Anybody of the directory who may receive from here, in the order of the alphabet. */
function Anybody() {
  const t = text();
  const { sender } = form.value;
  const may = directory.value.agencies.filter(
    (agency) => agency.slug !== sender && workflows.value.some((one) => one.receivers.includes(agency.kind) && one.senders.includes(senderKind(sender))),
  );
  const choose = (slug: string) => {
    const agency = may.find((one) => one.slug === slug);
    if (agency === undefined) return;
    const workflow = usualWorkflow(agency.kind, ageOf(form.value), senderKind(sender), workflows.value);
    set({ receiver: { slug, name: agency.name, kind: agency.kind, workflow, bases: [] }, basis: null });
  };
  if (may.length === 0) return null;
  const options = [...may].sort((a, b) => a.name.localeCompare(b.name, "nb")).map(({ slug, name }) => [slug, name] as const);
  return <Choose field="receiver-other" label={t.receiverOther} value="" empty={t.receiverChoose} choose={choose} groups={[{ options }]} />;
}

/** As whom, when somebody works in several places. */
function Sender() {
  const mine = senders();
  if (mine.length < 2) return null;
  const options = mine.map(({ slug, name }) => [slug, name] as const);
  return <Choose field="sender" label={text().from} value={form.value.sender} choose={(sender) => set({ sender })} groups={[{ options }]} />;
}
