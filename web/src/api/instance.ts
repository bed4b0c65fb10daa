/** What the sign-in page is told before anybody has signed in (`crates/api/src/http/web.rs`). */

interface Persona {
  readonly username: string;
  readonly name: string;
  readonly agency: string | null;
  readonly role: string;
}

export type Instance =
  | { readonly kind: "production" }
  | { readonly kind: "demo"; readonly password: string; readonly personas: readonly Persona[] };

export async function instance(): Promise<Instance> {
  const answer = await fetch("/instance.json");
  if (!answer.ok) throw new TypeError(String(answer.status));
  return (await answer.json()) as Instance;
}
