export const form = {
  save: "Lagre",
  cancel: "Avbryt",
  undo: "Angre",
  optional: "valgfritt",
  summary: "Rett dette, og prøv igjen:",
  conflict: {
    title: "Noen andre har endret dette imens.",
    elsewhere: "Det de endret, rører ikke ved det du har skrevet.",
    line: (label: string, theirs: string, mine: string) => `${label}: nå «${theirs}», du har «${mine}».`,
    empty: "tomt",
    keep: "Det du har skrevet, står her fortsatt. Lagre igjen for å bruke ditt.",
  },
};
