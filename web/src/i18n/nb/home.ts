export const home = {
  title: (name: string) => `Hei, ${name}`,
  units: "Her arbeider du",
  none: "Kontoen din hører ikke til noen enhet.",
  roles: "Rollene dine",
  go: "Gå til",
  workflows: "Arbeidsflyter, frister og lovhenvisninger",
  api: "API-et for systemer",
};
