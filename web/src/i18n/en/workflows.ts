import type { Words } from "..";
import type { workflows as nb } from "../nb/workflows";

export const workflows: Words<typeof nb> = {
  title: "Workflows",
  lead: "Who may send what to whom, which steps it goes through, and which limits run.",
  back: "To the workflows",
  missing: "There is no such workflow",
  version: (version) => `Version ${version}`,
  from: "May be sent by",
  to: "May be sent to",
  bases: "Legal bases",
  ages: "Age",
  clocks: "Limits",
  limit: { routine: "Routine", urgent: "Urgent", emergency: "Emergency" },
  limitAlways: "Whatever the urgency",
  reference: "Legal reference",
  agreed: "Agreed between the agencies",
  onlyAgreed: "Runs only where sender and receiver have agreed on a limit.",
  after: (clock) => `Runs from when “${clock}” is up.`,
  steps: "Steps",
  holder: { sender: "the sender has the baton", receiver: "the receiver has the baton", originator: "whoever wrote it has the baton" },
  picture: {
    title: "Who has the baton in each step",
    alt: (title) => `Drawing of “${title}”. The same stands in words below.`,
    save: "Download the picture",
  },
  rules: "The rules behind the limits",
  rulesLead: "As the law is told here. The law itself counts.",
  valid: (from) => `From ${from}`,
  checks: {
    title: "What was checked",
    lead: "Stafett goes through every path of a workflow before it is used. One that does not hold is not let in.",
    sound: (count: number) => `All ${count} demands hold, on every path through the workflow.`,
    unsound: (broken: number, count: number) => `${broken} of ${count} demands do not hold.`,
    holds: "Holds",
    fails: "Does not hold",
  },
};
