export const notFound = {
  title: "Siden finnes ikke",
  text: "Lenken kan være gammel, eller det kan være en skrivefeil i adressen.",
  home: "Gå til forsiden",
};
