export const list = { more: "Vis flere" };
