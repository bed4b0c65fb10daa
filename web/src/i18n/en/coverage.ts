import type { Words } from "..";
import type { coverage as nb } from "../nb/coverage";

export const coverage: Words<typeof nb> = {
  title: "Coverage",
  lead: "Who may take each need by the routing table, who took it, and what nobody has taken.",
  area: "Where the youth stays",
  anywhere: "Anywhere",
  residence: "Residence status",
  anybody: "All",
  narrows: "Place and status narrow only who may take it. Age, place and status lie sealed, and nothing is opened to be counted.",
  none: "No needs.",
  columns: { sent: "Sent", accepted: "Accepted", declined: "Declined", unanswered: "Unanswered", unmet: "Taken by nobody", takers: "Taken by", reasons: "Reasons" },
  need: "Need",
  nothing: "–",
  unmet: "Taken by nobody, the most urgent first",
  map: "Who may take it",
  mapLead: "How many agencies the routing table sends to, by age. “Gap” means that there is somebody of that age whom nobody takes.",
  gap: "gap",
  takers: (need, age, names) => `${need}, ${age}: ${names}`,
  nobody: "nobody",
  left: "Those whom nobody takes",
  leftNone: "The table finds somebody for everybody in this part of the map.",
  outside: "The municipality is not in the directory.",
  choose: (need, age, count) => `Show who may take ${need}, ${age}: ${count}`,
  notes: [
    "A hand-off about several needs counts for each of them.",
    "“Taken by nobody” are referrals that no receiver has accepted. One may still be asked.",
    "The routing table is asked about all ages, places and residence statuses, for it knows nobody.",
  ],
};
