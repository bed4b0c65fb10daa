import { useLocation, useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { Refused, type Schemas, api, must } from "../../api/client";
import { Alert } from "../../ui/Alert";
import { Conflict, Confirm, type Difference, Save, Select, TextField, Ticks, isStale, useSaving } from "../../ui/form";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { type Agency, AgencySetup, NotYours } from "./Agency";
import { LANGUAGES } from "./CreateAgency";
import { Password } from "./Password";
import { type Changed, roleName, roleOptions } from "./People";
import { text } from "./words";

type Member = Schemas["MemberOut"];

/** One of the people of an agency: what they are here, their account, and how they leave. */
export default function Person() {
  return <AgencySetup tab="people">{(agency) => <Found agency={agency.data} />}</AgencySetup>;
}

function Found({ agency }: { agency: Agency }) {
  const t = text().people;
  const user = useRoute().params.user ?? "";
  const member = useLoad(
    () => must(api.GET("/api/v1/agencies/{agency}/users/{user}", { params: { path: { agency: agency.slug, user } } })),
    [agency.slug, user],
  );
  return (
    <>
      <p>
        <a class="ds-link" href={`/oppsett/${agency.slug}/folk`}>
          ← {t.back}
        </a>
      </p>
      {member.data !== null ? (
        <Known key={member.data.id} agency={agency} found={member.data} />
      ) : member.error === null ? (
        <Loading />
      ) : member.error instanceof Refused && member.error.status === 404 ? (
        <p>{t.missing}</p>
      ) : (
        <NotYours error={member.error} again={member.again} />
      )}
    </>
  );
}

type Question = "reset" | "close" | "remove";

interface Form {
  readonly displayName: string;
  readonly email: string;
  readonly language: string;
  readonly roles: readonly string[];
}

function formOf({ displayName, email, language, roles }: Member): Form {
  return { displayName, email: email ?? "", language, roles: [...roles].sort() };
}

function Known({ agency, found }: { agency: Agency; found: Member }) {
  const all = text();
  const t = all.people;
  const { route } = useLocation();
  const [member, setMember] = useState<Member>(found);
  const [form, setForm] = useState(() => formOf(found));
  const [saved, setSaved] = useState(false);
  const [conflict, setConflict] = useState<readonly Difference[] | null>(null);
  const [told, setTold] = useState<{ readonly what: Question; readonly changed: Changed } | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const saving = useSaving("user");
  const asking = useSaving("question");
  const path = { agency: agency.slug, user: member.id };
  const params = () => ({ path, header: { "If-Match": `"${String(member.version)}"` } });
  const put = (changed: Partial<Form>) => {
    setForm({ ...form, ...changed });
    setSaved(false);
  };

  /** Takes in what somebody faster has changed; what I have touched stays mine. */
  const takeIn = async () => {
    const newest = await must(api.GET("/api/v1/agencies/{agency}/users/{user}", { params: { path } }));
    const before = formOf(member);
    const theirs = formOf(newest);
    const fields = ["displayName", "email", "language", "roles"] as const;
    const labels = { displayName: t.name, email: t.email, language: t.language, roles: t.roles };
    const words = (value: string | readonly string[]) => (typeof value === "string" ? value : value.map(roleName).join(", "));
    const same = (one: string | readonly string[], other: string | readonly string[]) => words(one) === words(other);
    setConflict(
      fields
        .filter((field) => !same(theirs[field], before[field]) && !same(theirs[field], form[field]))
        .map((field) => ({ label: labels[field], theirs: words(theirs[field]), mine: words(form[field]) })),
    );
    const touched = (field: (typeof fields)[number]) => !same(form[field], before[field]);
    setForm({
      displayName: touched("displayName") ? form.displayName : theirs.displayName,
      email: touched("email") ? form.email : theirs.email,
      language: touched("language") ? form.language : theirs.language,
      roles: touched("roles") ? form.roles : theirs.roles,
    });
    setMember(newest);
    return null;
  };
  const orTakeIn = (refused: unknown) => {
    if (!isStale(refused)) throw refused;
    return takeIn();
  };
  const after = (changed: Changed) => {
    setMember(changed);
    setForm(formOf(changed));
  };

  const submit = async (event: Event) => {
    event.preventDefault();
    setSaved(false);
    setConflict(null);
    const before = formOf(member);
    const roles = [...form.roles].sort();
    const body = {
      ...(form.displayName.trim() === before.displayName ? {} : { displayName: form.displayName.trim() }),
      ...(form.email.trim() === before.email ? {} : { email: form.email.trim() === "" ? null : form.email.trim() }),
      ...(form.language === before.language ? {} : { language: form.language }),
      ...(roles.join() === before.roles.join() ? {} : { roles }),
    };
    const wrong = roles.length === 0 ? { "user-roles": t.noRole } : {};
    const changed = await saving.attempt(
      () => must(api.PATCH("/api/v1/agencies/{agency}/users/{user}", { params: params(), body })).catch(orTakeIn),
      wrong,
    );
    if (changed === null) return;
    after(changed);
    setSaved(true);
  };

  const patch = (body: Schemas["UserChange"]) =>
    must(api.PATCH("/api/v1/agencies/{agency}/users/{user}", { params: params(), body })).catch(orTakeIn);
  const answer = async () => {
    const what = question;
    if (what === null) return;
    setConflict(null);
    setSaved(false);
    const changed = await asking.attempt(() => {
      if (what === "reset") return patch({ resetPassword: true });
      if (what === "close") return patch({ active: false });
      return must(api.DELETE("/api/v1/agencies/{agency}/users/{user}", { params: params() })).catch(orTakeIn);
    });
    if (changed === null) return;
    after(changed);
    setTold({ what, changed });
    setQuestion(null);
  };
  const reopen = async () => {
    const changed = await saving.attempt(() => patch({ active: true }));
    if (changed === null) return;
    after(changed);
    setTold(null);
    setSaved(true);
  };
  const ask = (what: Question) => {
    asking.clear();
    setQuestion(what);
  };

  if (told?.what === "remove") {
    return (
      <div class="card stack" role="status">
        <p>
          <strong>{t.removed(member.displayName)}</strong>
        </p>
        <Left left={told.changed.left} />
        <p>
          <button type="button" class="ds-button" data-variant="secondary" onClick={() => route(`/oppsett/${agency.slug}/folk`)}>
            {t.back}
          </button>
        </p>
      </div>
    );
  }
  const faults = saving.faults;
  return (
    <>
      <h2 class="ds-heading" data-size="xs">
        {member.displayName} <span class="subtle person-username">{member.username}</span>
      </h2>
      {told?.what === "reset" ? <Password title={t.reset} changed={told.changed} /> : null}
      {member.active ? null : (
        <Alert color="warning" live>
          <p>
            <strong>{t.closed}</strong>
          </p>
          {told?.what === "close" ? <Left left={told.changed.left} /> : null}
        </Alert>
      )}
      {member.active && member.passwordMustChange ? <p class="subtle">{t.mustChange}</p> : null}
      <form class="card stack" onSubmit={submit} noValidate>
        <div class="pair">
          <TextField id="user-displayName" label={t.name} value={form.displayName} set={(displayName) => put({ displayName })} faults={faults} />
          <TextField id="user-email" label={t.email} optional type="email" value={form.email} set={(email) => put({ email })} faults={faults} />
        </div>
        <Select id="user-language" label={t.language} value={form.language} set={(language) => put({ language })} options={LANGUAGES} faults={faults} />
        <Ticks id="user-roles" label={t.roles} options={roleOptions(found.roles)} chosen={form.roles} set={(roles) => put({ roles })} faults={faults} />
        {conflict === null ? null : <Conflict differences={conflict} />}
        {saved ? (
          <Alert color="success" live>
            {all.saved}
          </Alert>
        ) : null}
        <Save saving={saving} />
      </form>
      <div class="card stack">
        <h2 class="ds-heading" data-size="2xs">
          {t.other}
        </h2>
        <p class="buttons">
          {member.active ? (
            <>
              <button type="button" class="ds-button" data-variant="secondary" onClick={() => ask("reset")}>
                {t.reset}
              </button>
              <button type="button" class="ds-button" data-variant="secondary" data-color="danger" onClick={() => ask("close")}>
                {t.close}
              </button>
            </>
          ) : (
            <button type="button" class="ds-button" data-variant="secondary" onClick={() => void reopen()}>
              {t.reopen}
            </button>
          )}
          <button type="button" class="ds-button" data-variant="tertiary" data-color="danger" onClick={() => ask("remove")}>
            {t.remove}
          </button>
        </p>
      </div>
      {question === null ? null : (
        <Confirm
          title={{ reset: t.resetTitle, close: t.closeTitle, remove: t.removeTitle }[question](member.displayName)}
          label={{ reset: t.reset, close: t.close, remove: t.remove }[question]}
          danger={question !== "reset"}
          saving={asking}
          yes={() => void answer()}
          no={() => setQuestion(null)}
        >
          <p>{{ reset: t.resetText, close: t.closeText, remove: t.removeText }[question]}</p>
        </Confirm>
      )}
    </>
  );
}

/** What somebody leaves to the unit. */
function Left({ left }: { left: Changed["left"] }) {
  const t = text().people;
  return (
    <>
      <p>{t.left(left.count)}</p>
      {left.references.length === 0 ? null : (
        <ul class="left">
          {left.references.map((reference) => (
            <li key={reference}>{reference}</li>
          ))}
        </ul>
      )}
    </>
  );
}
