import { useEffect, useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { shell } from "../../shell/words";
import { Failed } from "../../ui/Failed";
import { type Faults, Save, Select, TextField, Ticks, useSaving } from "../../ui/form";
import { More, useList } from "../../ui/list";
import { Loading } from "../../ui/Loading";
import { type Agency, AgencySetup, NotYours } from "./Agency";
import { LANGUAGES } from "./CreateAgency";
import { Password } from "./Password";
import { text } from "./words";

type Member = Schemas["MemberOut"];
export type Changed = Schemas["ChangedOut"];

const TYPING_MS = 250;

export default function People() {
  return <AgencySetup tab="people">{(agency) => <List agency={agency.data} />}</AgencySetup>;
}

function List({ agency }: { agency: Agency }) {
  const t = text().people;
  const [typed, setTyped] = useState("");
  const [q, setQ] = useState("");
  const [adding, setAdding] = useState(false);
  const [created, setCreated] = useState<Changed | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const path = { agency: agency.slug };
  const query = q === "" ? { limit: 100 } : { limit: 100, q };
  const people = useList<Member>((cursor) => must(api.GET("/api/v1/agencies/{agency}/users", { params: { path, query: { ...query, ...cursor } } })), [agency.slug, q]);
  if (people.data === null) return people.error === null ? <Loading /> : <NotYours error={people.error} again={people.again} />;
  const shown = people.data.items;
  return (
    <>
      <p class="subtle">{t.lead}</p>
      {created === null ? null : <Password title={t.created(created.displayName)} changed={created} />}
      {adding ? (
        <Add
          agency={agency}
          cancel={() => setAdding(false)}
          done={(member) => {
            setAdding(false);
            setCreated(member);
            people.again();
          }}
        />
      ) : (
        <p>
          <button
            type="button"
            class="ds-button"
            onClick={() => {
              setAdding(true);
              setCreated(null);
            }}
          >
            {t.add}
          </button>
        </p>
      )}
      <TextField id="people-search" type="search" label={t.search} value={typed} set={setTyped} />
      {people.error === null ? null : <Failed error={people.error} again={people.again} />}
      <p role="status">{shown.length === 0 ? t.none : ""}</p>
      {shown.length === 0 ? null : (
        <ul class="rows">
          {shown.map((member) => (
            <li key={member.id}>
              <div>
                <a class="ds-link" href={`/oppsett/${agency.slug}/folk/${member.id}`}>
                  <strong>{member.displayName}</strong>
                </a>
                <span class="subtle">{member.username}</span>
              </div>
              <div>
                <span>{member.roles.map(roleName).join(", ")}</span>
                {member.active ? null : <p class="subtle">{t.closed}</p>}
                {member.active && member.passwordMustChange ? <p class="subtle">{t.mustChange}</p> : null}
              </div>
            </li>
          ))}
        </ul>
      )}
      <More list={people} />
    </>
  );
}

export function roleName(role: string): string {
  return shell().roles[role] ?? role;
}

/** The roles that an administrator gives. */
export function roleOptions(held: readonly string[] = []): readonly (readonly [string, string, string?])[] {
  const hints = text().people.roleHints;
  const own = (["worker", "lead", "agency-admin", "integration"] as const).map((role) => [role, roleName(role), hints[role]] as const);
  // Roles that only the system administrator gives stay with whoever has them.
  return [...own, ...held.filter((role) => !own.some(([known]) => known === role)).map((role) => [role, roleName(role)] as const)];
}

function Add({ agency, done, cancel }: { agency: Agency; done: (member: Changed) => void; cancel: () => void }) {
  const t = text().people;
  const saving = useSaving("user");
  const [displayName, setDisplayName] = useState("");
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  const [language, setLanguage] = useState("nb");
  const [roles, setRoles] = useState<readonly string[]>(["worker"]);
  useEffect(() => {
    document.getElementById("user-displayName")?.focus();
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    const wrong: Record<string, string> = {};
    if (displayName.trim() === "") wrong["user-displayName"] = t.needName;
    if (username.trim() === "") wrong["user-username"] = t.needUsername;
    if (roles.length === 0) wrong["user-roles"] = t.noRole;
    const body = {
      displayName: displayName.trim(),
      username: username.trim(),
      language,
      roles: [...roles],
      ...(email.trim() === "" ? {} : { email: email.trim() }),
    };
    const member = await saving.attempt(
      () => must(api.POST("/api/v1/agencies/{agency}/users", { params: { path: { agency: agency.slug } }, body })),
      wrong satisfies Faults,
    );
    if (member !== null) done(member);
  };
  const faults = saving.faults;
  return (
    <form class="card stack" onSubmit={submit} noValidate aria-labelledby="new-user">
      <h2 id="new-user" class="ds-heading" data-size="2xs">
        {t.add}
      </h2>
      <div class="pair">
        <TextField id="user-displayName" label={t.name} value={displayName} set={setDisplayName} faults={faults} />
        <TextField id="user-username" label={t.username} hint={t.usernameHint} value={username} set={setUsername} faults={faults} />
      </div>
      <div class="pair">
        <TextField id="user-email" label={t.email} optional type="email" value={email} set={setEmail} faults={faults} />
        <Select id="user-language" label={t.language} value={language} set={setLanguage} options={LANGUAGES} faults={faults} />
      </div>
      <Ticks id="user-roles" label={t.roles} options={roleOptions()} chosen={roles} set={setRoles} faults={faults} />
      <Save saving={saving} label={t.create} cancel={cancel} />
    </form>
  );
}
