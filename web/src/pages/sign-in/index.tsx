import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import { type Instance, instance } from "../../api/instance";
import { type SignedIn, signIn } from "../../api/session";
import { Preferences } from "../../shell/Preferences";
import { shell } from "../../shell/words";
import { useTitle } from "../../ui/title";
import { Failure, Form } from "./Form";
import { text } from "./words";
import "./sign-in.css";

/** Sign in; in a demo, choose who to be. */
export function SignIn() {
  const t = text();
  const { path } = useLocation();
  const [here, setHere] = useState<Instance | null>(null);
  useTitle(t.title);
  useEffect(() => {
    // Whoever cannot be told what this is signs in by the form, and learns there what is wrong.
    instance().then(setHere, () => setHere({ kind: "production" }));
  }, []);
  return (
    <main class="sign-in">
      <div class="sign-in-brand">
        <img src="/icon.svg" alt="" width={48} height={48} />
        <p>
          <strong>{shell().name}</strong>
          <span>{t.lead}</span>
        </p>
      </div>
      <div class="sign-in-card">
        {here?.kind === "demo" ? <Personas demo={here} /> : null}
        {here === null ? null : (
          <section>
            {here.kind === "demo" ? (
              <h2 class="ds-heading" data-size="2xs">
                {t.demo.or}
              </h2>
            ) : (
              <h1 class="ds-heading" data-size="sm">
                {t.title}
              </h1>
            )}
            {path === "/" ? null : <p class="subtle">{t.then(path)}</p>}
            <Form />
          </section>
        )}
      </div>
      <div class="sign-in-preferences">
        <Preferences />
      </div>
    </main>
  );
}

function Personas({ demo }: { demo: Extract<Instance, { kind: "demo" }> }) {
  const t = text().demo;
  const [failed, setFailed] = useState<SignedIn | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const be = async (username: string) => {
    setChosen(username);
    const answer = await signIn(username, demo.password);
    setChosen(null);
    setFailed(answer);
  };
  return (
    <section>
      <h1 class="ds-heading" data-size="sm">
        {t.title}
      </h1>
      <p class="subtle">{t.text}</p>
      <ul class="personas">
        {demo.personas.map((persona) => (
          <li key={persona.username}>
            <button type="button" aria-busy={chosen === persona.username} onClick={() => void be(persona.username)}>
              <span class="persona-mark" aria-hidden>
                {initials(persona.name)}
              </span>
              <span>
                <strong>{persona.name}</strong>
                <span>{[shell().roles[persona.role] ?? persona.role, persona.agency].filter(Boolean).join(", ")}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <Failure of={failed} />
    </section>
  );
}

function initials(name: string): string {
  return name
    .split(" ")
    .map((part) => part.charAt(0))
    .join("")
    .slice(0, 2);
}
