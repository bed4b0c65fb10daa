import { useRef, useState } from "preact/hooks";
import { type SignedIn, signIn } from "../../api/session";
import { shell } from "../../shell/words";
import { Alert } from "../../ui/Alert";
import { text } from "./words";

/** Username and password. With `fixed`, the person is known and only proves to be the same. */
export function Form({ fixed }: { fixed?: string }) {
  const t = text();
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);
  const [missing, setMissing] = useState<readonly ("username" | "password")[]>([]);
  const [failed, setFailed] = useState<SignedIn | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (form.current === null || busy) return;
    const given = new FormData(form.current);
    const username = fixed ?? entry(given, "username").trim();
    const password = entry(given, "password");
    const empty = [...(username === "" ? (["username"] as const) : []), ...(password === "" ? (["password"] as const) : [])];
    setMissing(empty);
    setFailed(null);
    const [first] = empty;
    if (first !== undefined) {
      form.current.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
      return;
    }
    setBusy(true);
    const answer = await signIn(username, password);
    setBusy(false);
    if (answer.ok) return;
    setFailed(answer);
    form.current.querySelector<HTMLInputElement>("[name=password]")?.focus();
  };
  const field = (name: "username" | "password") => ({
    id: `sign-in-${name}`,
    name,
    class: "ds-input",
    "aria-invalid": missing.includes(name) ? ("true" as const) : undefined,
    "aria-describedby": missing.includes(name) ? `sign-in-${name}-missing` : undefined,
  });
  const complaint = (name: "username" | "password") =>
    missing.includes(name) ? (
      <p id={`sign-in-${name}-missing`} class="ds-validation-message">
        {t.missing[name]}
      </p>
    ) : null;
  return (
    <form class="stack" ref={form} onSubmit={submit} noValidate>
      {fixed === undefined ? (
        <div class="ds-field">
          <label class="ds-label" for="sign-in-username">
            {t.username}
          </label>
          <input {...field("username")} type="text" autocomplete="username" autocapitalize="none" spellcheck={false} />
          {complaint("username")}
        </div>
      ) : (
        <input type="hidden" name="username" autocomplete="username" value={fixed} />
      )}
      <div class="ds-field">
        <label class="ds-label" for="sign-in-password">
          {t.password}
        </label>
        <div class="with-button">
          <input {...field("password")} type={shown ? "text" : "password"} autocomplete="current-password" />
          <button type="button" class="ds-button" data-variant="secondary" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? t.hide : t.show}
          </button>
        </div>
        {complaint("password")}
      </div>
      <Failure of={failed} />
      <button type="submit" class="ds-button" aria-busy={busy}>
        {busy ? t.submitting : t.submit}
      </button>
    </form>
  );
}

/** Why somebody is not in. */
export function Failure({ of }: { of: SignedIn | null }) {
  if (of === null || of.ok) return null;
  const t = text();
  return (
    <Alert color="danger" live>
      {of.why === "wrong" ? t.wrong : of.why === "too-many" ? t.tooMany(of.seconds) : shell().problem.network}
    </Alert>
  );
}

function entry(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === "string" ? value : "";
}
