export const signIn = {
  title: "Logg inn",
  lead: "Ingen ungdom skal bli borte i overleveringen.",
  username: "Brukernavn",
  password: "Passord",
  show: "Vis passord",
  hide: "Skjul passord",
  submit: "Logg inn",
  submitting: "Logger inn …",
  then: (path: string) => `Etterpå kommer du til ${path}.`,
  missing: { username: "Skriv brukernavnet ditt.", password: "Skriv passordet ditt." },
  wrong: "Brukernavnet eller passordet er feil.",
  tooMany: (seconds: string) => `For mange forsøk. Vent ${seconds} sekunder, og prøv igjen.`,
  lost: {
    title: "Du er logget ut",
    text: "Økten er over. Logg inn igjen, så fortsetter du der du var. Det du har skrevet, står her fortsatt.",
    other: "Logg inn som en annen",
  },
  demo: {
    title: "Hvem vil du være?",
    text: "Dette er en demo. Ingen i den finnes, og alt kan prøves.",
    or: "Eller logg inn med brukernavn",
  },
};
