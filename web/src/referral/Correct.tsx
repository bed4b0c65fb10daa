import { useState } from "preact/hooks";
import { me } from "../api/session";
import { later } from "../ui/later";
import type { Referral } from "./api";
import { text } from "./words";

const CorrectDialog = later(() => import("./CorrectDialog"));

/** The sender, and whoever has the baton, may correct what is registered about the youth once it has been sent. */
export function mayCorrect(referral: Referral): boolean {
  const ours = (me.value?.agencies ?? []).filter(({ roles }) => roles.some((role) => ["worker", "lead"].includes(role))).map(({ id }) => id);
  const sent = referral.state !== "draft" && referral.state !== "entered-in-error";
  return referral.person != null && sent && [referral.originator.id, referral.custodian.id].some((id) => ours.includes(id));
}

export function Correct({ referral, onDone }: { referral: Referral; onDone: (now: Referral) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <div class="no-print">
      <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => setOpen(true)}>
        {text().correct}
      </button>
      {open ? (
        <CorrectDialog
          referral={referral}
          onClose={() => setOpen(false)}
          onDone={(now) => {
            setOpen(false);
            onDone(now);
          }}
        />
      ) : null}
    </div>
  );
}
