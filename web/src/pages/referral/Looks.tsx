import { useState } from "preact/hooks";
import eye from "@navikt/aksel-icons/svg/Eye.svg?raw";
import { type Schemas, api, must } from "../../api/client";
import { words } from "../../i18n";
import { looks as en } from "../../i18n/en/looks";
import { looks as nb } from "../../i18n/nb/looks";
import { capital } from "../../i18n/terms";
import { readBecause } from "../../referral/api";
import { When } from "../../referral/Marks";
import { Failed } from "../../ui/Failed";
import { Save, TextField, useSaving } from "../../ui/form";
import { Icon } from "../../ui/Icon";
import { Loading } from "../../ui/Loading";

const text = words(nb, en);

type Look = Schemas["LookOut"];

/** The looks of one person at one thing, one after the other, told once. */
interface Run {
  readonly first: Look;
  readonly count: number;
}

export function runs(all: readonly Look[]): readonly Run[] {
  const found: { first: Look; count: number }[] = [];
  for (const look of all) {
    const before = found.at(-1);
    const same = before?.first.agency.id === look.agency.id && before.first.user?.id === look.user?.id && before.first.lookedAt.code === look.lookedAt.code && before.first.why.code === look.why.code;
    if (same) before.count++;
    else found.push({ first: look, count: 1 });
  }
  return found;
}

/** Who has looked at it, when and why: read when somebody asks for it. */
export function Looks({ reference }: { reference: string }) {
  const t = text();
  const [all, setAll] = useState<readonly Look[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [state, setState] = useState<"closed" | "busy" | "open">("closed");
  const [error, setError] = useState<unknown>(null);
  const load = async (cursor: string | null) => {
    setState("busy");
    setError(null);
    try {
      const query = { limit: 50, ...(cursor === null ? {} : { cursor }) };
      const page = await must(api.GET("/api/v1/referrals/{id}/access-log", { params: { path: { id: reference }, query } }));
      setAll((before) => (cursor === null ? page.items : [...(before ?? []), ...page.items]));
      setNext(page.nextCursor ?? null);
    } catch (refused) {
      setError(refused);
    }
    setState("open");
  };
  return (
    <section class="panel looks" aria-labelledby="looks-title">
      <h2 id="looks-title">{t.title}</h2>
      <p class="subtle">{t.lead}</p>
      {error === null ? null : <Failed error={error} again={() => void load(null)} />}
      {all === null ? (
        state === "busy" ? (
          <Loading />
        ) : (
          <p class="no-print">
            <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => void load(null)}>
              <Icon svg={eye} />
              {t.show}
            </button>
          </p>
        )
      ) : all.length === 0 ? (
        <p>{t.none}</p>
      ) : (
        <ol>
          {runs(all).map(({ first, count }) => (
            <li key={first.id}>
              <span>
                <strong>{first.user == null ? t.somebody(first.agency.name) : t.person(first.user.name, first.agency.name)}</strong>
              </span>
              <span class="subtle">
                <When at={first.at} /> · {capital(first.lookedAt.title)}
                {count > 1 ? ` · ${t.times(String(count))}` : ""}
              </span>
              {first.why.code === "part" ? null : <span class="why">{capital(first.why.title)}</span>}
            </li>
          ))}
        </ol>
      )}
      {next === null ? null : (
        <p>
          <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-busy={state === "busy"} onClick={() => void load(next)}>
            {t.more}
          </button>
        </p>
      )}
      <Why reference={reference} said={() => void load(null)} />
    </section>
  );
}

/** Nobody has to say why; whoever is on duty for somebody may want it to stand there. */
function Why({ reference, said }: { reference: string; said: () => void }) {
  const t = text();
  const saving = useSaving("look");
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    const wrong = reason.trim() === "" ? { "look-reason": t.needReason } : {};
    if ((await saving.attempt(() => readBecause(reference, reason.trim()), wrong)) === null) return;
    setOpen(false);
    setReason("");
    said();
  };
  if (!open) {
    return (
      <p class="no-print">
        <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => setOpen(true)}>
          {t.say}
        </button>
      </p>
    );
  }
  return (
    <form class="stack no-print" onSubmit={submit} noValidate>
      <TextField id="look-reason" label={t.reason} hint={t.reasonHint} value={reason} set={setReason} faults={saving.faults} />
      <Save saving={saving} label={t.save} cancel={() => setOpen(false)} />
    </form>
  );
}
