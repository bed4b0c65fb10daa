import type { Referral } from "../../referral/api";
import { Deadline } from "../../referral/Deadline";
import { When } from "../../referral/Marks";
import { pageText } from "./words";

/** Every limit with its statute: those that run first. */
export function Clocks({ referral }: { referral: Referral }) {
  const t = pageText().clocks;
  const all = referral.handoffs.flatMap((handoff) => handoff.clocks.map((clock) => ({ ...clock, key: clock.run })));
  const running = all.filter((clock) => clock.stoppedAt == null).sort((one, other) => one.dueAt.localeCompare(other.dueAt));
  const stopped = all.filter((clock) => clock.stoppedAt != null);
  return (
    <section class="panel" aria-labelledby="clocks-title">
      <h2 id="clocks-title">{t.title}</h2>
      {running.length === 0 ? <p class="subtle">{t.none}</p> : null}
      <ul class="clocks">
        {[...running, ...stopped].map((clock) => (
          <li key={clock.key} data-over={clock.stoppedAt != null}>
            <span class="clock-name">
              <strong>{clock.title}</strong>
              {clock.legalRef == null ? null : <span class="law">{clock.legalRef}</span>}
              {clock.agreement == null ? null : (
                <span class="law">
                  {clock.agreement.title} {clock.agreement.reference}
                </span>
              )}
            </span>
            {clock.stoppedAt == null && clock.status !== "paused" ? (
              <Deadline dueAt={clock.dueAt} warnAt={clock.warnAt} />
            ) : (
              <span class="subtle">
                {ended(clock.status, t)}
                {clock.stoppedAt == null ? null : (
                  <>
                    {" "}
                    <When at={clock.stoppedAt} />
                  </>
                )}
              </span>
            )}
            <span class="clock-times subtle">
              {t.started} <When at={clock.startedAt} /> · {t.due} <When at={clock.dueAt} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How a limit that does not run came to stand: kept, missed, or stopped while what it asks for was never done. */
function ended(status: string, t: ReturnType<typeof pageText>["clocks"]): string {
  switch (status) {
    case "paused":
      return t.paused;
    case "missed":
      return t.missed;
    case "met":
      return t.met;
    default:
      return t.stopped;
  }
}
