import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../../api/client";
import { me } from "../../api/session";
import { type Message, type Referral, messages, write } from "../../referral/api";
import { When } from "../../referral/Marks";
import { shell } from "../../shell/words";
import { Alert } from "../../ui/Alert";
import { pageText } from "./words";

/** What the two sides have said to each other, and a place to say more. */
export function Messages({ referral, writes, onSent }: { referral: Referral; writes: boolean; onSent: () => void }) {
  const t = pageText().messages;
  const [all, setAll] = useState<readonly Message[] | null>(null);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<{ ok: boolean; words: string } | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const load = () => messages(referral.reference).then(setAll, () => undefined);
  useEffect(() => {
    void load();
  }, [referral.reference, referral.updatedAt, referral.version]);
  const ours = new Set(me.value?.agencies.map((agency) => agency.id));
  const kinds: Record<string, string> = { question: t.question, answer: t.answer, advice: t.advice };

  const send = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    if (typed.trim() === "") {
      field.current?.focus();
      return;
    }
    setBusy(true);
    setSaid(null);
    try {
      await write(referral.reference, typed.trim());
      // Only what the server has is taken out of the field.
      setTyped("");
      setSaid({ ok: true, words: t.sent });
      await load();
      onSent();
    } catch (error) {
      setSaid({ ok: false, words: error instanceof Refused ? (error.problem?.detail ?? shell().failed) : shell().problem.network });
    }
    setBusy(false);
  };

  return (
    <section class="panel messages" aria-labelledby="messages-title">
      <h2 id="messages-title">{t.title}</h2>
      {all !== null && all.length === 0 ? <p class="subtle">{t.none}</p> : null}
      <ol>
        {(all ?? []).map((message) => (
          <li key={message.id} data-ours={message.agency != null && ours.has(message.agency.id)}>
            <p class="subtle">
              {kinds[message.kind] === undefined ? null : <span class="kind">{kinds[message.kind]}</span>}
              {[message.author?.name, message.agency?.name].filter(Boolean).join(", ")} · <When at={message.at} />
            </p>
            <p class="prose">{message.text}</p>
          </li>
        ))}
      </ol>
      {writes ? <form class="no-print" onSubmit={send}>
        <label class="ds-label" for="message">
          {t.write}
        </label>
        <p id="message-hint" class="subtle">
          {t.hint}
        </p>
        <textarea
          id="message"
          ref={field}
          class="ds-input"
          rows={3}
          maxLength={4000}
          aria-describedby="message-hint"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        {said === null ? null : said.ok ? (
          <p role="status">{said.words}</p>
        ) : (
          <Alert color="danger" live>
            {said.words}
          </Alert>
        )}
        <button type="submit" class="ds-button" data-variant="secondary" data-size="sm" aria-busy={busy}>
          {t.send}
        </button>
      </form> : null}
    </section>
  );
}
