import type { Words } from "..";
import type { form as nb } from "../nb/form";

export const form: Words<typeof nb> = {
  save: "Save",
  cancel: "Cancel",
  undo: "Undo",
  optional: "optional",
  summary: "Mend this, and try again:",
  conflict: {
    title: "Somebody else has changed this meanwhile.",
    elsewhere: "What they changed does not touch what you have written.",
    line: (label, theirs, mine) => `${label}: now “${theirs}”, you have “${mine}”.`,
    empty: "empty",
    keep: "What you have written still stands here. Save again to use yours.",
  },
};
