export const leaving = {
  title: "Noe er ikke sendt ennå",
  waiting: (count: number) => (count === 1 ? "Én formidling venter på å bli sendt." : `${String(count)} formidlinger venter på å bli sendt.`),
  files: (count: number) => (count === 1 ? "Én fil er ikke sendt." : `${String(count)} filer er ikke sendt.`),
  drafts: (count: number) => (count === 1 ? "Én kladd er ikke sendt." : `${String(count)} kladder er ikke sendt.`),
  patrols: (count: number) => (count === 1 ? "Én patrulje er ikke sendt." : `${String(count)} patruljer er ikke sendt.`),
  text: "Logger du ut, blir de liggende kryptert på denne telefonen eller maskinen. De sendes først når du logger inn her igjen. Ingen andre får se dem.",
  stay: "Bli her",
  leave: "Logg ut likevel",
};
