import { api } from "../../api/client";
import { type Me, adopt, me } from "../../api/session";
import { speak } from "../../i18n";
import { Conflict, Save, Select, TextField } from "../../ui/form";
import { type Fields, type Seen, useKept, versioned } from "../../ui/kept";
import { LANGUAGES } from "../setup/CreateAgency";
import { Told } from "../setup/Told";
import { text } from "./words";

interface Form extends Fields {
  readonly displayName: string;
  readonly email: string;
  readonly language: string;
}

function seen(person: Me): Seen<Form> {
  return { form: { displayName: person.displayName, email: person.email ?? "", language: person.language }, version: person.version };
}

/** Takes what the account now says: the head of the page and its language follow. */
function become(person: Me): Seen<Form> {
  me.value = person;
  if (person.language === "nb" || person.language === "en") speak(person.language);
  return seen(person);
}

export function Account({ first }: { first: Me }) {
  const t = text();
  const kept = useKept<Form>({
    first: seen(first),
    prefix: "me",
    read: async () => {
      const { data } = await versioned(api.GET("/api/v1/me"));
      me.value = data;
      return seen(data);
    },
    write: async (form, version) => {
      const email = form.email.trim();
      const { data } = await versioned(
        api.PATCH("/api/v1/me", {
          params: { header: { "If-Match": `"${String(version)}"` } },
          body: { displayName: form.displayName.trim(), email: email === "" ? null : email, language: form.language },
        }),
      );
      const { session, ...person } = data;
      if (session != null) adopt(session);
      return become(person);
    },
    words: (field, value) => ({
      label: field === "displayName" ? t.name : field === "email" ? t.email : t.language,
      value: field === "language" ? (LANGUAGES.find(([code]) => code === value)?.[1] ?? value) : value,
    }),
    wrong: ({ displayName }) => (displayName.trim() === "" ? { "me-displayName": t.needName } : {}),
  });
  const { form, put, saving } = kept;
  return (
    <form class="card stack" onSubmit={kept.submit} noValidate aria-labelledby="account-title">
      <h2 id="account-title" class="ds-heading" data-size="2xs">
        {t.account}
      </h2>
      <TextField id="me-displayName" label={t.name} hint={t.nameHint} autocomplete="name" value={form.displayName} set={(displayName) => put({ displayName })} faults={saving.faults} />
      <TextField id="me-email" label={t.email} hint={t.emailHint} optional type="email" autocomplete="email" value={form.email} set={(email) => put({ email })} faults={saving.faults} />
      <Select id="me-language" label={t.language} hint={t.languageHint} value={form.language} set={(language) => put({ language })} options={LANGUAGES} faults={saving.faults} />
      {kept.conflict === null ? null : <Conflict differences={kept.conflict} />}
      <Told kept={kept} />
      <Save saving={saving} />
    </form>
  );
}
