import { language } from "../../i18n";
import { now } from "../../i18n/time";
import type { Schemas } from "../../api/client";
import { openness } from "./hours";

/** Open or not, in words and a mark whose shape says it too. */
export function Open({ agency }: { agency: Schemas["AgencyEntry"] }) {
  const { tone, text } = openness(agency, language.value, now.value);
  return (
    <span class="openness" data-tone={tone}>
      {text}
    </span>
  );
}
