import { later } from "../ui/later";

/** Loaded when somebody opens one: the list must be there before it. */
export const ActionDialog = later(() => import("./ActionDialog"));
