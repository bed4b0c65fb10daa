/** The baton rail: who had it, who has it, who may take it, since when, until when. */
import nextIcon from "@navikt/aksel-icons/svg/ArrowRight.svg?raw";
import { me } from "../api/session";
import { Icon } from "../ui/Icon";
import type { Entry, Referral } from "./api";
import { Deadline } from "./Deadline";
import { When } from "./Marks";
import { text } from "./words";

interface Station {
  readonly agency: { readonly id: string; readonly name: string };
  readonly role: "had" | "has" | "may";
  readonly since: string | null;
  readonly until: string | null;
}

/** The stations by the log; without it, by what the referral itself says. */
function stations(referral: Referral, log: readonly Entry[] | null): readonly Station[] {
  const held: { agency: Station["agency"]; since: string }[] = [];
  for (const entry of log ?? []) {
    if (held.at(-1)?.agency.id !== entry.custodian.id) held.push({ agency: entry.custodian, since: entry.at });
  }
  if (held.length === 0) {
    const start = { agency: referral.originator, since: referral.createdAt };
    const now = { agency: referral.custodian, since: referral.handoff?.receipts.decided ?? referral.updatedAt };
    held.push(...(start.agency.id === now.agency.id ? [start] : [start, now]));
  }
  const over = referral.closedAt != null;
  const past = held.map(({ agency, since }, index): Station => {
    const last = index === held.length - 1;
    return { agency, role: last && !over ? "has" : "had", since, until: held[index + 1]?.since ?? (over ? (referral.closedAt ?? null) : null) };
  });
  const receiver = referral.handoff?.receiver;
  const open = !over && referral.handoff?.endedAt == null && receiver != null && receiver.id !== referral.custodian.id;
  return open ? [...past, { agency: receiver, role: "may", since: referral.handoff?.receipts.stored ?? null, until: null }] : past;
}

export function Rail({ referral, log }: { referral: Referral; log: readonly Entry[] | null }) {
  const t = text().baton;
  const ours = new Set(me.value?.agencies.map((agency) => agency.id));
  return (
    <ol class="rail" aria-label={t.title}>
      {stations(referral, log).map((station, index) => (
        <li key={index} data-role={station.role} data-ours={ours.has(station.agency.id)}>
          <span class="rail-mark">
            {station.role === "may" ? <Icon svg={nextIcon} /> : station.role === "has" ? <img src="/icon.svg" alt="" width={20} height={20} /> : null}
          </span>
          <span class="rail-role">{t[station.role]}</span>
          <strong>{station.agency.name}</strong>
          <span class="subtle">
            {station.since === null ? null : <When at={station.since} />}
            {station.until === null ? null : (
              <>
                {" – "}
                <When at={station.until} />
              </>
            )}
          </span>
          {station.role === "has" && referral.nextDueAt != null ? <Deadline dueAt={referral.nextDueAt} /> : null}
        </li>
      ))}
    </ol>
  );
}
