export const offline = {
  version: "Det finnes en nyere utgave av Stafett.",
  update: "Last inn på nytt",
};
