/** Asks why somebody looks, before the server shows it. */
import { useState } from "preact/hooks";
import { asking } from "../api/asking";
import { words } from "../i18n";
import { reason as en } from "../i18n/en/reason";
import { reason as nb } from "../i18n/nb/reason";
import { Confirm, TextField, useSaving } from "../ui/form";

const text = words(nb, en);

/** As the server counts. */
const SHORTEST = 10;

export default function Why() {
  const t = text();
  const saving = useSaving("why");
  const [reason, setReason] = useState("");
  const say = () => {
    const said = reason.trim();
    void saving.attempt(() => Promise.resolve(asking.value?.(said)), said.length < SHORTEST ? { "why-reason": t.tooShort } : {});
  };
  return (
    <Confirm title={t.title} label={t.go} saving={saving} yes={say} no={() => asking.value?.(null)}>
      <p>{t.text}</p>
      <TextField id="why-reason" label={t.label} hint={t.hint} rows={2} value={reason} set={setReason} faults={saving.faults} />
    </Confirm>
  );
}
