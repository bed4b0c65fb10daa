import alarm from "@navikt/aksel-icons/svg/ExclamationmarkTriangleFill.svg?raw";
import clock from "@navikt/aksel-icons/svg/Clock.svg?raw";
import hourglass from "@navikt/aksel-icons/svg/HourglassTopFilled.svg?raw";
import { language } from "../i18n";
import { deadline, now } from "../i18n/time";
import { Icon } from "../ui/Icon";
import { text } from "./words";
import "./referral.css";

const ICONS = { over: alarm, soon: hourglass, calm: clock } as const;

/** A limit: picture, words and colour, so that none of them carries it alone. */
export function Deadline({ dueAt, warnAt }: { dueAt: string | null | undefined; warnAt?: string }) {
  if (dueAt == null) return <span class="deadline" data-tone="none">{text().deadlineNone}</span>;
  const limit = deadline(dueAt, language.value, now.value, warnAt);
  return (
    <time class="deadline" data-tone={limit.tone} dateTime={dueAt} title={limit.full}>
      <Icon svg={ICONS[limit.tone]} />
      <span>{limit.text}</span>
    </time>
  );
}
