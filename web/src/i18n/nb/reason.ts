export const reason = {
  title: "Hvorfor ser du på dette?",
  text: "Den unge har strengt fortrolig adresse. Alle som ser noe, sier hvorfor. Grunnen ligger forseglet i tilgangsloggen.",
  label: "Hva skal du bruke det til?",
  hint: "Minst ti tegn. Skriv hva du skal gjøre, ikke hva som står der.",
  tooShort: "Skriv minst ti tegn.",
  go: "Vis",
};
