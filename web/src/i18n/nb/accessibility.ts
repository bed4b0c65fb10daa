export const accessibility = {
  title: "Tilgjengelighetserklæring",
  lead: "Stafett skal kunne brukes av alle som arbeider med det. Loven gjelder også intranett.",
  status: {
    title: "Status",
    claim: "Stafett er bygget for å følge kravene i forskrift om universell utforming av IKT-løsninger, som er WCAG 2.1 på nivå A og AA. Vi kjenner ingen brudd i nettløsningen, men den er ikke prøvd av alle som burde prøve den. Derfor sier vi: delvis i samsvar.",
    built: "Vi bygger etter WCAG 2.2 AA, men lover bare det forskriften krever.",
    whose: "Erklæringen gjelder programmet slik det leveres. Virksomheten som bruker det, publiserer sin egen erklæring på uustatus.no.",
  },
  how: {
    title: "Slik er det prøvd",
    text: [
      "Hver side er prøvd automatisk med axe mot WCAG 2.0, 2.1 og 2.2, nivå A og AA: lyst og mørkt, bokmål og engelsk, på 320, 390 og 1280 punkters bredde.",
      "De vanligste oppgavene er prøvd med tastaturet alene.",
      "Ingen side ruller sidelengs på 320 punkters bredde, som tilsvarer 400 prosent forstørrelse på en vanlig skjerm.",
      "Prøvene kjøres på nytt hver gang programmet endres.",
    ],
  },
  gaps: {
    title: "Dette vet vi mangler",
    text: [
      "Ingen som bruker skjermleser, forstørring eller talestyring til daglig, har prøvd Stafett for oss. Automatiske prøver finner bare en del av feilene.",
      "Skjermlesere er ikke prøvd systematisk (NVDA, JAWS, VoiceOver, TalkBack).",
      "API-dokumentasjonen under /api/docs er laget for utviklere og er ikke prøvd på samme måte.",
      "Utskrift og PDF fra nettleseren får de merkene nettleseren lager. De er ikke prøvd mot kravene til dokumenter.",
      "Tegningen av en arbeidsflyt er et bilde. Det samme står med ord på siden, men ikke hvilken vei hver handling går.",
      "Innsyn som PDF er ikke prøvd mot kravene til dokumenter. Det samme finnes som JSON.",
      "Tekst som andre har skrevet, og filer de har lagt ved, kan ha mangler vi ikke rår over.",
    ],
  },
  report: {
    title: "Meld fra om noe som ikke virker",
    text: "Si fra til den som drifter Stafett hos dere. Si hvilken side det gjelder, hva du prøvde, og hvilket hjelpemiddel du bruker. Ta aldri med opplysninger om en ungdom.",
    place: "Adressen til siden du kom fra, hjelper oss å finne feilen.",
    complain: "Får du ikke svar, eller er du uenig i svaret, kan du klage til Diskrimineringsnemnda. Tilsynet for universell utforming av ikt veileder om regelverket.",
    tribunal: "Diskrimineringsnemnda",
    authority: "Tilsynet for universell utforming av ikt",
  },
  law: {
    title: "Regelverket",
    text: "Likestillings- og diskrimineringsloven § 18 og forskrift om universell utforming av IKT-løsninger § 4.",
  },
};
