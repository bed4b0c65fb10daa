export const offline = {
  version: "Det finnes en nyere utgave av Stafett.",
  update: "Last inn på nytt",
  leaving: {
    title: "Noe er ikke sendt ennå",
    waiting: (count: number) => (count === 1 ? "Én formidling venter på å bli sendt." : `${String(count)} formidlinger venter på å bli sendt.`),
    drafts: (count: number) => (count === 1 ? "Én kladd er ikke sendt." : `${String(count)} kladder er ikke sendt.`),
    text: "Logger du ut, blir de liggende kryptert på denne telefonen eller maskinen. De sendes først når du logger inn her igjen. Ingen andre får se dem.",
    stay: "Bli her",
    leave: "Logg ut likevel",
  },
};
