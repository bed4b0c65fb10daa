import { useState } from "preact/hooks";
import { nameOf, text as fileText } from "../../files/words";
import { type Draft, type Letter, type Parcel, drafts, dropParcel, needsSignIn, parcels, receipts, takeBack, waiting, wake } from "../../offline/shelf";
import { isOld, mayChange } from "../../offline/queue";
import type { Entry } from "../../offline/store";
import { Ladder } from "./Ladder";
import { SignIn } from "./SignIn";
import { type Form, blank, called } from "./form";
import { open, others, sent } from "./state";
import { laterText, text, when } from "./words";

const FEW = 3;

/** What lies on this device: drafts, what is not sent yet, and what was stored lately. */
export function Here() {
  const w = laterText();
  const queue = waiting.value.filter(({ id }) => id !== sent.value);
  const stored = receipts.value.filter(({ id }) => id !== sent.value);
  const files = parcels.value;
  if (others.value.length + queue.length + files.length + stored.length === 0) return null;
  return (
    <section class="here" aria-labelledby="here-title">
      <h2 id="here-title" class="ds-heading" data-size="2xs">
        {w.here}
      </h2>
      {needsSignIn.value && queue.length + files.length > 0 ? <SignIn /> : null}
      <List title={w.outbox} entries={queue} render={(entry) => <Waiting entry={entry} />} />
      <List title={fileText().title} entries={files} render={(entry) => <File entry={entry} />} />
      <List title={w.drafts} entries={others.value} render={(entry) => <Kept entry={entry} />} />
      <List title={w.receipts} entries={stored} render={(entry) => <Ladder id={entry.id} short />} />
    </section>
  );
}

function List<T>({ title, entries, render }: { title: string; entries: readonly Entry<T>[]; render: (entry: Entry<T>) => preact.ComponentChild }) {
  const w = laterText();
  const [all, setAll] = useState(false);
  if (entries.length === 0) return null;
  return (
    <>
      <h3>
        {title} <span class="count">{entries.length}</span>
      </h3>
      <ul class="plain">
        {(all ? entries : entries.slice(0, FEW)).map((entry) => (
          <li key={entry.id} class="entry">
            {render(entry)}
          </li>
        ))}
      </ul>
      {entries.length > FEW && !all ? (
        <button type="button" class="ds-button" data-variant="tertiary" onClick={() => setAll(true)}>
          {w.showAll}
        </button>
      ) : null}
    </>
  );
}

function Waiting({ entry }: { entry: Entry<Letter> }) {
  const [t, w] = [text(), laterText()];
  const [late, setLate] = useState(false);
  const back = async () => {
    const letter = await takeBack(entry.id);
    const draft = drafts.value.find(({ id }) => id === entry.id);
    if (letter === null || draft === undefined) setLate(true);
    else await open(draft);
  };
  return (
    <>
      <p>
        <strong>{called(formIn(entry.data), t)}</strong> → {entry.data.to}
      </p>
      <p class="subtle">
        {when(entry.createdAt)} · {w.tries(entry.tries)} <Old since={entry.createdAt} />
      </p>
      {late ? <p class="note">{w.tooLate}</p> : null}
      <p class="entry-buttons">
        <button type="button" class="ds-button" data-variant="secondary" onClick={() => wake.value++}>
          {w.retry}
        </button>
        {mayChange(entry) && !late ? (
          <button type="button" class="ds-button" data-variant="tertiary" onClick={() => void back()}>
            {w.takeBack}
          </button>
        ) : null}
      </p>
    </>
  );
}

/** A file that goes by itself, or that the server did not take. */
function File({ entry }: { entry: Entry<Parcel> }) {
  const [w, f] = [laterText(), fileText()];
  const { data } = entry;
  const name = nameOf(data);
  return (
    <>
      <p>
        <strong>{name}</strong> → {data.to}
      </p>
      <p class="subtle">
        {when(entry.createdAt)} · {w.tries(entry.tries)} <Old since={entry.createdAt} />
      </p>
      {data.problem === null ? null : (
        <p class="note">
          {f.refused(name)} {data.problem.detail}
        </p>
      )}
      <p class="entry-buttons">
        {data.problem === null ? (
          <button type="button" class="ds-button" data-variant="secondary" onClick={() => wake.value++}>
            {w.retry}
          </button>
        ) : (
          <button type="button" class="ds-button" data-variant="tertiary" data-color="danger" aria-label={f.dropThis(name)} onClick={() => void dropParcel(entry.id)}>
            {f.drop}
          </button>
        )}
      </p>
    </>
  );
}

function Kept({ entry }: { entry: Entry<Draft> }) {
  const [t, w] = [text(), laterText()];
  return (
    <>
      <p>
        <strong>{called(formIn(entry.data), t)}</strong>
      </p>
      <p class="subtle">
        {when(entry.updatedAt)} <Old since={entry.createdAt} />
      </p>
      {entry.data.problem === null ? null : <p class="note">{t.returned}</p>}
      <p class="entry-buttons">
        <button type="button" class="ds-button" data-variant="secondary" onClick={() => void open(entry).then((opened) => opened && document.getElementById("refer-title")?.focus())}>
          {w.open}
        </button>
      </p>
    </>
  );
}

function Old({ since }: { since: number }) {
  return isOld(since, Date.now()) ? <strong class="old">{laterText().old}</strong> : null;
}

function formIn(data: { readonly form: unknown }): Form {
  return { ...blank(""), ...(data.form as Partial<Form>) };
}

