import pause from "@navikt/aksel-icons/svg/TimerPause.svg?raw";
import play from "@navikt/aksel-icons/svg/TimerStart.svg?raw";
import { agencies } from "../../api/session";
import { language } from "../../i18n";
import { moment, now } from "../../i18n/time";
import type { Row as Referral } from "../../referral/api";
import { Deadline } from "../../referral/Deadline";
import { State, Urgency } from "../../referral/Marks";
import { Icon } from "../../ui/Icon";
import { text } from "./words";
import type { View } from "./views";

interface RowProps {
  readonly row: Referral;
  readonly view: View;
  readonly current: boolean;
  readonly checked: boolean;
  /** Bulk is for those who have several to do the same with; elsewhere a box would only be in the way. */
  readonly checkable: boolean;
  readonly check: (on: boolean) => void;
  readonly go: (event: MouseEvent) => void;
  /** Puts it aside, or takes it out again. */
  readonly aside: () => void;
}

/** The least that one needs to choose; nothing in it tells of the youth. */
export function Row({ row, view, current, checked, checkable, check, go, aside }: RowProps) {
  const t = text().row;
  const a = text().aside;
  const until = row.snoozedUntil;
  const { sender, receiver } = row.handoff;
  const ours = (id: string | undefined) => agencies.value.some((agency) => agency.id === id);
  // What came back is in our own name: whom it was sent to tells more than who sent it.
  const outwards = view === "sent" || view === "waiting" || (ours(sender.id) && !ours(receiver?.id));
  const other = outwards ? receiver : sender;
  const who = other == null ? "" : outwards ? t.to(other.name) : t.from(other.name);
  return (
    <li class="row" data-current={current} data-urgency={row.urgency}>
      {checkable ? (
        <label class="row-check">
          <input type="checkbox" checked={checked} aria-label={t.select(row.reference)} tabIndex={-1} onChange={(event) => check(event.currentTarget.checked)} />
        </label>
      ) : null}
      <a href={`/formidling/${row.reference}`} aria-current={current ? "true" : undefined} data-id={row.id} onClick={go}>
        <span class="row-head">
          <span class="row-title">{row.workflow.title}</span>
          <Deadline dueAt={row.closedAt == null ? row.nextDueAt : null} />
        </span>
        <span class="row-who">{who}</span>
        <span class="row-foot">
          <Urgency code={row.urgency} />
          <State referral={row.state} handoff={row.handoff.state} />
          <span>{row.handoff.assignee?.name ?? t.nobody}</span>
          {until == null ? null : <span class="row-back">{a.back(moment(Date.parse(until), language.value, now.value))}</span>}
          <span class="row-ref">{row.reference}</span>
        </span>
      </a>
      <button
        type="button"
        class="row-aside"
        tabIndex={-1}
        title={until == null ? a.put : a.take}
        aria-label={until == null ? a.putThis(row.reference) : a.takeThis(row.reference)}
        onClick={aside}
      >
        <Icon svg={until == null ? pause : play} />
      </button>
    </li>
  );
}
