import type { Words } from "..";
import type { keeping as nb } from "../nb/keeping";

export const keeping: Words<typeof nb> = {
  title: "Keeping and insight",
  lead: "For leads.",
  show: "Show holds against erasure",
  noHolds: "No hold against erasure.",
  held: (agency, when) => `${agency} set a hold ${when}`,
  heldByOther: (when) => `Another agency set a hold ${when}`,
  by: (name) => `by ${name}`,
  hold: "Set a hold against erasure",
  lift: "Lift the hold",
  liftTitle: "Lift the hold?",
  liftText: "Then the rules of retention count again, and the time of notice begins anew.",
  insight: "Insight: download as PDF",
  insightJson: "as JSON",
  insightHint: "All that the agency may see of the youth. Read it before you hand it out: it may tell of others, or of a reporter who must stay unknown.",
  erase: "Erase what was told",
  eraseTitle: (reference) => `Erase all that was told of the youth in ${reference}?`,
  eraseText: "For good, in all referrals about the youth, with files. What happened when stays. It cannot be undone.",
  reason: "Why",
  reasons: { "asked-for": "Whoever it is about has asked for it", unlawful: "It should never have been written", "wrong-person": "It is about the wrong person", "no-longer-needed": "It is no longer needed" },
  erased: (references) => `Erased: ${references}.`,
};
