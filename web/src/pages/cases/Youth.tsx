import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { type Referral, read } from "../../referral/api";
import { Correct, mayCorrect } from "../../referral/Correct";
import { When } from "../../referral/Marks";
import { Person } from "../../referral/Summary";
import { Failed } from "../../ui/Failed";
import { type Action, type Case, offered } from "./api";
import { text } from "./words";

/**
 * The youth, as one referral tells. Each keeps its own copy, and opening one is a look-up that its sender is told of: so
 * nothing is opened before somebody asks for it.
 */
export function Youth({ found, attach }: { found: Case; attach?: (action: Action, given: Record<string, unknown>) => void }) {
  const t = text().youth;
  const [shown, setShown] = useState<Referral | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const known = found.referrals.flatMap(({ referral }) => (referral == null ? [] : [referral]));
  const open = async (reference: string) => {
    setFailed(null);
    try {
      setShown(await read(reference));
    } catch (error) {
      setFailed(error);
    }
  };
  return (
    <section class="card" aria-labelledby={`youth-${found.reference}`}>
      <h2 id={`youth-${found.reference}`} class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      {known.length === 0 ? <p class="subtle">{t.hidden}</p> : shown === null ? <p class="subtle">{t.hint}</p> : null}
      {shown === null ? null : (
        <div class="stack youth" role="status">
          <p class="subtle">{t.told(shown.reference, shown.originator.name)}</p>
          <Person referral={shown} />
          {mayCorrect(shown) ? <Correct referral={shown} onDone={setShown} /> : null}
          {attach === undefined ? null : <Others key={shown.reference} found={found} shown={shown} attach={attach} />}
        </div>
      )}
      {failed === null ? null : <Failed error={failed} />}
      <p class="buttons">
        {known
          .filter(({ reference }) => reference !== shown?.reference)
          .map(({ id, reference }) => (
            <button key={id} type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => void open(reference)}>
              {t.show(reference)}
            </button>
          ))}
      </p>
    </section>
  );
}

type Row = Schemas["ReferralRow"];

/** Referrals that are probably about the same youth, and lie somewhere else. Every search is written down. */
function Others({ found, shown, attach }: { found: Case; shown: Referral; attach: (action: Action, given: Record<string, unknown>) => void }) {
  const t = text().youth;
  const { route } = useLocation();
  const [rows, setRows] = useState<readonly Row[] | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const [loose, setLoose] = useState<string | null>(null);
  const merge = offered(found, "merge");
  const add = offered(found, "add-referral");
  const asked = question(shown);
  if (asked === null || (merge === null && add === null)) return null;
  const look = async () => {
    setFailed(null);
    try {
      const { items } = await must(api.POST("/api/v1/referrals/search", { body: asked }));
      const ours = found.referrals.map(({ referral }) => referral?.id);
      setRows(items.filter((row) => !ours.includes(row.id)));
    } catch (error) {
      setFailed(error);
    }
  };
  const compare = async (row: Row) => {
    try {
      const other = await read(row.reference);
      if (other.case != null) route(`/sak/${found.reference}/sammenlign?med=${other.case.reference}`);
      else if (add !== null) attach(add, { attach: row.reference });
      else setLoose(row.reference);
    } catch (error) {
      setFailed(error);
    }
  };
  return (
    <div class="stack">
      {rows === null ? (
        <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => void look()}>
          {t.others}
        </button>
      ) : rows.length === 0 ? (
        <p>{t.alone}</p>
      ) : (
        <>
          <p>{t.alike}</p>
          <ul class="plain">
            {rows.map((row) => (
              <li key={row.id}>
                <a class="ds-link" href={`/formidling/${row.reference}`}>
                  {row.workflow.title} {row.reference}
                </a>
                <br />
                <span class="subtle">
                  {row.custodian.name} · <When at={row.createdAt} />
                </span>
                <br />
                <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={() => void compare(row)} aria-label={t.compareWith(row.reference)}>
                  {t.compare}
                </button>
              </li>
            ))}
          </ul>
          {loose === null ? null : <p role="status">{t.loose(loose)}</p>}
        </>
      )}
      {failed === null ? null : <Failed error={failed} />}
    </div>
  );
}

function question({ person }: Referral): Schemas["SearchIn"] | null {
  if (person == null) return null;
  if (person.identifier?.value != null) return { identifier: person.identifier };
  const alias = person.name ?? person.alias;
  return alias == null ? null : { alias };
}
