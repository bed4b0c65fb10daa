import type { Words } from "..";
import type { insight as nb } from "../nb/insight";

export const insight: Words<typeof nb> = {
  title: "Response times",
  lead: "How long answers take. Those who have not answered yet are in every figure: they count as waiting for longer than so far.",
  by: "Grouped by",
  groups: { receiver: "Receiver", workflow: "Workflow", urgency: "Urgency" },
  from: "Sent from",
  to: "Up to and including",
  csv: "Download as CSV",
  none: "Nothing was sent in this period.",
  columns: {
    sent: "Sent",
    answered: "Answered",
    unanswered: "Waiting",
    withdrawn: "Withdrawn",
    median: "Half within",
    p90: "Nine of ten within",
    within: "Within the limit",
  },
  unknown: "not known yet",
  noLimit: "–",
  share: (share, of) => `${share} of ${of}`,
  show: (name) => `Show the hand-offs behind the figures of ${name}`,
  behind: (name) => `The hand-offs behind: ${name}`,
  all: "All",
  status: { answered: "answered after", unanswered: "has waited", withdrawn: "withdrawn after" },
  late: "over the limit",
  sentAt: (when) => `sent ${when}`,
  read: "How to read the figures",
  notes: [
    "“Half within” is the time within which half have an answer, those who still wait counted in (Kaplan and Meier's method). A mean of those who have answered would look better than it is.",
    "“Within the limit” is of those that are answered, or whose limit is up. Those that wait within their limit are not counted yet.",
    "The time runs from when it is stored with the receiver until it is accepted, declined, returned or forwarded.",
  ],
  overdue: "Missed limits",
};
