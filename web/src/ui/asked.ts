import { useLocation } from "preact-iso";

/** What the address says, and a way to say something else; an empty value is not written. */
export function useAsked(): readonly [Readonly<Record<string, string>>, (change: Readonly<Record<string, string>>) => void] {
  const { query, path, route } = useLocation();
  const go = (change: Readonly<Record<string, string>>) => {
    const search = new URLSearchParams(Object.entries({ ...query, ...change }).filter(([, value]) => value !== "")).toString();
    route(search === "" ? path : `${path}?${search}`, true);
  };
  return [query, go];
}
