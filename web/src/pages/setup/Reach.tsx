import { useState } from "preact/hooks";
import { type Schemas, api, must } from "../../api/client";
import { Alert } from "../../ui/Alert";
import { Conflict, Save, Summary, TextField, Tick, useSaving } from "../../ui/form";
import { type Seen, useKept, versioned } from "../../ui/kept";
import { useLoad } from "../../ui/load";
import { Loading } from "../../ui/Loading";
import { type Agency, AgencySetup, NotYours } from "./Agency";
import { Told } from "./Told";
import { text } from "./words";

interface Form extends Record<string, string> {
  readonly unit: string;
  readonly onCall: string;
  /** `yes` or nothing. */
  readonly quietHours: string;
  readonly calendarFiles: string;
}

const YES = "yes";
const isYes = (given: boolean | null | undefined) => (given === true ? YES : "");

function seen({ data, version }: { data: Schemas["MailboxesBody"]; version: number }): Seen<Form> {
  return { form: { unit: data.unit ?? "", onCall: data.onCall ?? "", quietHours: isYes(data.quietHours), calendarFiles: isYes(data.calendarFiles) }, version };
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
            body: { unit: given(form.unit), onCall: given(form.onCall), quietHours: form.quietHours === YES, calendarFiles: form.calendarFiles === YES },
          }),
        ),
      ),
    words: (field, value) => {
      const ticked = field === "quietHours" || field === "calendarFiles";
      const labels: Record<string, string> = { unit: t.unit, onCall: t.onCall, quietHours: t.quietHours, calendarFiles: t.calendarFiles };
      return { label: labels[field] ?? field, value: ticked ? (value === YES ? text().facts.yes : text().facts.no) : value };
    },
  });
  const { form, put, saving } = kept;
  return (
    <>
    <form class="card stack" onSubmit={kept.submit} noValidate>
      <p class="subtle">{t.lead}</p>
      <TextField id="mail-unit" label={t.unit} hint={t.unitHint} type="email" optional value={form.unit} set={(unit) => put({ unit })} faults={saving.faults} />
      {form.unit.trim() === "" ? (
        <Alert color="warning">
          <p>{t.none}</p>
        </Alert>
      ) : null}
      <TextField id="mail-onCall" label={t.onCall} hint={t.onCallHint} type="email" optional value={form.onCall} set={(onCall) => put({ onCall })} faults={saving.faults} />
      <div>
        <Tick id="mail-quietHours" label={t.quietHours} checked={form.quietHours === YES} set={(on) => put({ quietHours: isYes(on) })} />
        <p class="hint">{t.quietHoursHint}</p>
      </div>
      <div>
        <Tick id="mail-calendarFiles" label={t.calendarFiles} checked={form.calendarFiles === YES} set={(on) => put({ calendarFiles: isYes(on) })} />
        <p class="hint">{t.calendarFilesHint}</p>
      </div>
      {kept.conflict === null ? null : <Conflict differences={kept.conflict} />}
      <Told kept={kept} />
      <Save saving={saving} />
    </form>
    {kept.dirty ? null : <TestMail agency={agency.slug} unit={form.unit !== ""} onCall={form.onCall !== ""} />}
    </>
  );
}

/** A mail that says that it is a test, and what the mail server answered. Only to what is saved. */
function TestMail({ agency, unit, onCall }: { agency: string; unit: boolean; onCall: boolean }) {
  const t = text().reach.test;
  const saving = useSaving("test");
  const [answer, setAnswer] = useState<Schemas["MailboxTestOut"] | null>(null);
  if (!unit && !onCall) return null;
  const send = async (mailbox: "unit" | "onCall") => {
    setAnswer(null);
    setAnswer(await saving.attempt(() => must(api.POST("/api/v1/agencies/{agency}/mailboxes/test", { params: { path: { agency } }, body: { mailbox } }))));
  };
  return (
    <section class="card stack" aria-labelledby="test-mail">
      <h2 id="test-mail" class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      <p class="subtle">{t.lead}</p>
      {answer === null ? null : (
        <Alert color={answer.taken ? "success" : "danger"} live>
          <p>{answer.taken ? t.taken(answer.to) : t.refused(answer.to)}</p>
          <p class="reply">{answer.reply}</p>
        </Alert>
      )}
      <Summary saving={saving} />
      <p class="buttons">
        {unit ? (
          <button type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-busy={saving.busy} onClick={() => void send("unit")}>
            {t.unit}
          </button>
        ) : null}
        {onCall ? (
          <button type="button" class="ds-button" data-variant="secondary" data-size="sm" aria-busy={saving.busy} onClick={() => void send("onCall")}>
            {t.onCall}
          </button>
        ) : null}
      </p>
    </section>
  );
}
