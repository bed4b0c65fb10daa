import { type Schemas, api } from "../../api/client";
import { Alert } from "../../ui/Alert";
import { Conflict, Save, TextField } from "../../ui/form";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { type Agency, AgencySetup, NotYours } from "./Agency";
import { type Seen, Told, useKept, versioned } from "./kept";
import { text } from "./words";

interface Form extends Record<string, string> {
  readonly unit: string;
  readonly onCall: string;
}

function seen({ data, version }: { data: Schemas["MailboxesBody"]; version: number }): Seen<Form> {
  return { form: { unit: data.unit ?? "", onCall: data.onCall ?? "" }, version };
}

/** Where an agency's mail goes. */
export default function Reach() {
  return <AgencySetup tab="reach">{(agency) => <Found agency={agency.data} />}</AgencySetup>;
}

function Found({ agency }: { agency: Agency }) {
  const path = { agency: agency.slug };
  const read = async () => seen(await versioned(api.GET("/api/v1/agencies/{agency}/mailboxes", { params: { path } })));
  const found = useLoad(read, [agency.slug]);
  if (found.data === null) return found.error === null ? <Loading /> : <NotYours error={found.error} again={found.again} />;
  return <Mailboxes agency={agency} first={found.data} read={read} />;
}

function Mailboxes({ agency, first, read }: { agency: Agency; first: Seen<Form>; read: () => Promise<Seen<Form>> }) {
  const t = text().reach;
  const given = (value: string) => (value.trim() === "" ? null : value.trim());
  const kept = useKept<Form>({
    first,
    prefix: "mail",
    read,
    write: async (form, version) =>
      seen(
        await versioned(
          api.PUT("/api/v1/agencies/{agency}/mailboxes", {
            params: { path: { agency: agency.slug }, header: { "If-Match": `"${String(version)}"` } },
            body: { unit: given(form.unit), onCall: given(form.onCall) },
          }),
        ),
      ),
    words: (field, value) => ({ label: field === "unit" ? t.unit : t.onCall, value }),
  });
  const { form, put, saving } = kept;
  return (
    <form class="card stack" onSubmit={kept.submit} noValidate>
      <p class="subtle">{t.lead}</p>
      <TextField id="mail-unit" label={t.unit} hint={t.unitHint} type="email" optional value={form.unit} set={(unit) => put({ unit })} faults={saving.faults} />
      {form.unit.trim() === "" ? (
        <Alert color="warning">
          <p>{t.none}</p>
        </Alert>
      ) : null}
      <TextField id="mail-onCall" label={t.onCall} hint={t.onCallHint} type="email" optional value={form.onCall} set={(onCall) => put({ onCall })} faults={saving.faults} />
      {kept.conflict === null ? null : <Conflict differences={kept.conflict} />}
      <Told kept={kept} />
      <Save saving={saving} />
    </form>
  );
}
