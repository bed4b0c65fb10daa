import { useRoute } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { Refused, type Schemas, api, must } from "../../api/client";
import { language } from "../../i18n";
import { capital } from "../../i18n/terms";
import { day, now } from "../../i18n/time";
import fine from "@navikt/aksel-icons/svg/CheckmarkCircle.svg?raw";
import wrong from "@navikt/aksel-icons/svg/ExclamationmarkTriangle.svg?raw";
import { Failed } from "../../ui/Failed";
import { Icon } from "../../ui/Icon";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { save } from "../../ui/save";
import { useFocus, useTitle } from "../../ui/title";
import { ages } from "../directory/words";
import { text } from "./words";
import "./workflow.css";

type Definition = Schemas["WorkflowDefinition"];
type Rule = Schemas["LegalRuleOut"];
type Check = Schemas["WorkflowCheck"];

/** One workflow in words: who, to whom, why, until when, and what the law says. */
export default function Workflow() {
  const t = text();
  const { id = "", version = "" } = useRoute().params;
  const heading = useFocus<HTMLHeadingElement>();
  const found = useLoad(
    () => must(api.GET("/api/v1/workflows/{id}/{version}", { params: { path: { id, version: Number(version) } } })),
    [id, version],
  );
  const rules = useLoad(() => must(api.GET("/api/v1/legal-rules", { params: { query: { limit: 100 } } })), []);
  const checks = useLoad(
    () => must(api.GET("/api/v1/workflows/{id}/{version}/checks", { params: { path: { id, version: Number(version) } } })),
    [id, version],
  );
  const missing = found.error instanceof Refused && found.error.status === 404;
  const title = found.data?.title ?? (missing ? t.missing : t.title);
  useTitle(title);
  return (
    <section class="page wide">
      <p>
        <a class="ds-link" href="/arbeidsflyter">
          ← {t.back}
        </a>
      </p>
      <div class="page-title">
        <h1 class="ds-heading" data-size="md" ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {found.data === null ? null : <p>{found.data.summary}</p>}
        {found.data === null ? null : <p class="subtle">{t.version(found.data.version)}</p>}
      </div>
      {missing || found.error === null ? null : <Failed error={found.error} again={found.again} />}
      {found.data === null ? null : <Picture of={found.data} />}
      {found.data === null ? found.error === null ? <Loading /> : null : <Told of={found.data} />}
      {found.data === null || rules.data === null ? null : <Rules of={found.data} rules={rules.data.items} />}
      {found.data === null ? null : checks.data !== null ? (
        <Checks checks={checks.data.items} />
      ) : checks.error === null ? (
        <Loading />
      ) : (
        <Failed error={checks.error} again={checks.again} />
      )}
    </section>
  );
}

/** The picture that the server draws of the definition itself, in the language of the page. */
function Picture({ of }: { of: Definition }) {
  const t = text().picture;
  const path = { id: of.id, version: of.version };
  const drawn = useLoad(() => must(api.GET("/api/v1/workflows/{id}/{version}/diagram.svg", { params: { path }, parseAs: "blob" })), [of.id, of.version]);
  const [url, setUrl] = useState("");
  useEffect(() => {
    if (drawn.data === null) return;
    const made = URL.createObjectURL(drawn.data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [drawn.data]);
  return (
    <section class="card stack" aria-labelledby="picture">
      <h2 id="picture" class="ds-heading" data-size="xs">
        {t.title}
      </h2>
      {drawn.error === null ? null : <Failed error={drawn.error} again={drawn.again} />}
      {url === "" ? drawn.error === null ? <Loading /> : null : <img class="diagram" src={url} alt={t.alt(of.title)} />}
      {drawn.data === null ? null : (
        <p>
          <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => drawn.data !== null && save(drawn.data, `${of.id}-${String(of.version)}.svg`)}>
            {t.save}
          </button>
        </p>
      )}
    </section>
  );
}

function Told({ of }: { of: Definition }) {
  const t = text();
  const titles = new Map(of.clocks.map(({ id, title }) => [id, title]));
  const list = (codes: readonly { readonly title: string }[]) => capital(codes.map(({ title }) => title).join(", "));
  return (
    <>
      <dl class="facts card">
        <dt>{t.from}</dt>
        <dd>{list(of.senders)}</dd>
        <dt>{t.to}</dt>
        <dd>{list(of.receivers)}</dd>
        <dt>{t.ages}</dt>
        <dd>{capital(ages(of.eligibility.minAge, of.eligibility.maxAge))}</dd>
        <dt>{t.bases}</dt>
        {of.legalBases.map(({ code, title, legalRef }) => (
          <dd key={code}>
            {capital(title)} <span class="subtle">({legalRef})</span>
          </dd>
        ))}
      </dl>
      <section class="card stack" aria-labelledby="clocks">
        <h2 id="clocks" class="ds-heading" data-size="xs">
          {t.clocks}
        </h2>
        <ul class="clocks">
          {of.clocks.map(({ id, title, limit, legalRef, countsFrom }) => (
            <li key={id}>
              <p>
                <strong>{title}</strong> <span class="subtle">{legalRef ?? t.agreed}</span>
              </p>
              {countsFrom == null ? null : <p class="subtle">{t.after(titles.get(countsFrom) ?? countsFrom)}</p>}
              {limit == null ? (
                <p class="subtle">{t.onlyAgreed}</p>
              ) : (
                <dl>
                  {byUrgency(limit).map(({ urgencies, text }) => (
                    <div key={text}>
                      <dt>{urgencies.length === URGENCIES.length ? t.limitAlways : urgencies.map((urgency) => t.limit[urgency]).join(", ")}</dt>
                      <dd>{text}</dd>
                    </div>
                  ))}
                </dl>
              )}
            </li>
          ))}
        </ul>
      </section>
      <section class="card stack" aria-labelledby="steps">
        <h2 id="steps" class="ds-heading" data-size="xs">
          {t.steps}
        </h2>
        <ul class="steps">
          {of.states.map(({ id, title, holder }) => (
            <li key={id}>
              {capital(title)} <span class="subtle">– {t.holder[holder] ?? holder}</span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

const URGENCIES = ["routine", "urgent", "emergency"] as const;

/** The limits, each said once however many urgencies have it. */
function byUrgency(limit: NonNullable<Definition["clocks"][number]["limit"]>) {
  return [...new Set(URGENCIES.map((urgency) => limit[urgency].text))].map((text) => ({
    text,
    urgencies: URGENCIES.filter((urgency) => limit[urgency].text === text),
  }));
}

function Rules({ of, rules }: { of: Definition; rules: readonly Rule[] }) {
  const t = text();
  const named = new Set(of.clocks.map(({ legalRef }) => legalRef));
  const behind = rules.filter(({ legalRef }) => named.has(legalRef));
  if (behind.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="rules">
      <h2 id="rules" class="ds-heading" data-size="xs">
        {t.rules}
      </h2>
      <p class="subtle">{t.rulesLead}</p>
      <ul class="clocks">
        {behind.map(({ id, title, text: words, legalRef, validFrom }) => (
          <li key={id}>
            <p>
              <strong>{title}</strong> <span class="subtle">{legalRef}</span>
            </p>
            <p>{words}</p>
            {validFrom == null ? null : <p class="subtle">{t.valid(day(Date.parse(validFrom), language.value, now.value))}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What the server found when it went through every path of the definition. */
function Checks({ checks }: { checks: readonly Check[] }) {
  const t = text().checks;
  const sound = checks.filter(({ holds }) => holds).length;
  return (
    <section class="card stack" aria-labelledby="checks">
      <h2 id="checks" class="ds-heading" data-size="xs">
        {t.title}
      </h2>
      <p>{sound === checks.length ? t.sound(checks.length) : t.unsound(checks.length - sound, checks.length)}</p>
      <p class="subtle">{t.lead}</p>
      <ul class="checks">
        {checks.map(({ property, statement, holds, findings }) => (
          <li key={property} data-holds={holds}>
            <Icon svg={holds ? fine : wrong} />
            <div>
              <p>
                <span class="visually-hidden">{holds ? t.holds : t.fails}: </span>
                {statement}
              </p>
              {findings.map((finding) => (
                <p key={finding} lang="en">
                  {finding}
                </p>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
