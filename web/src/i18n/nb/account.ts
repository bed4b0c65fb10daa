export const account = {
  language: "Språk",
  appearance: "Utseende",
  auto: "Som systemet",
  light: "Lyst",
  dark: "Mørkt",
  profile: "Din konto: passord, e-post, innlogginger, fravær",
  glass: "Nødtilgang: les én formidling i en nødssituasjon",
  signOut: "Logg ut",
};
