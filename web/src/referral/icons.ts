/** The pictures of the likely actions. */
import taken from "@navikt/aksel-icons/svg/PersonCheckmark.svg?raw";
import check from "@navikt/aksel-icons/svg/CheckmarkCircle.svg?raw";
import chat from "@navikt/aksel-icons/svg/ChatElipsis.svg?raw";
import forward from "@navikt/aksel-icons/svg/ArrowForward.svg?raw";
import undo from "@navikt/aksel-icons/svg/ArrowUndo.svg?raw";
import cross from "@navikt/aksel-icons/svg/XMark.svg?raw";

export const icons: ReadonlyMap<string, string> = new Map([
  ["answer-info", chat],
  ["accept", taken],
  ["hand-off", forward],
  ["send", forward],
  ["start", check],
  ["resume", check],
  ["conclude", check],
  ["give-feedback", chat],
  ["complete", check],
  ["acknowledge", check],
  ["request-info", chat],
  ["return-with-advice", undo],
  ["forward", forward],
  ["decline", cross],
]);
