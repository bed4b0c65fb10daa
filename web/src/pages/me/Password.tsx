import { useState } from "preact/hooks";
import { api, must } from "../../api/client";
import { adopt, me } from "../../api/session";
import { Alert } from "../../ui/Alert";
import { type Faults, Save, isStale, useSaving } from "../../ui/form";
import { text } from "./words";

const LEAST = 12;

/** Another password for the one that I have. Every other session ends; this one goes on. */
export function Password() {
  const t = text().password;
  const saving = useSaving("me");
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [shown, setShown] = useState(false);
  const [changed, setChanged] = useState(false);
  const change = async () => {
    const patch = (version: number) =>
      must(
        api.PATCH("/api/v1/me", {
          params: { header: { "If-Match": `"${String(version)}"` } },
          body: { password: { current, new: next } },
        }),
      );
    try {
      return await patch(me.value?.version ?? 1);
    } catch (refused) {
      // Another change of my account has nothing to do with my password.
      if (!isStale(refused)) throw refused;
      return patch((await must(api.GET("/api/v1/me"))).version);
    }
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setChanged(false);
    const wrong: Record<string, string> = {};
    if (current === "") wrong["me-password-current"] = t.missing;
    if (next.length < LEAST) wrong["me-password-new"] = t.short;
    const done = await saving.attempt(change, wrong satisfies Faults);
    if (done === null) return;
    const { session, ...person } = done;
    if (session != null) adopt(session);
    me.value = person;
    setCurrent("");
    setNext("");
    setChanged(true);
  };
  const field = (id: "me-password-current" | "me-password-new", label: string, value: string, set: (value: string) => void, hint?: string) => {
    const fault = saving.faults[id];
    const by = [hint === undefined ? null : `${id}-hint`, fault === undefined ? null : `${id}-fault`].filter((one) => one !== null).join(" ");
    return (
      <div class="ds-field">
        <label class="ds-label" for={id}>
          {label}
        </label>
        {hint === undefined ? null : (
          <p id={`${id}-hint`} class="hint">
            {hint}
          </p>
        )}
        <div class="with-button">
          <input
            id={id}
            class="ds-input"
            type={shown ? "text" : "password"}
            autocomplete={id === "me-password-new" ? "new-password" : "current-password"}
            value={value}
            aria-invalid={fault === undefined ? undefined : "true"}
            aria-describedby={by === "" ? undefined : by}
            onInput={(event) => {
              set(event.currentTarget.value);
              setChanged(false);
            }}
          />
          {id === "me-password-new" ? (
            <button type="button" class="ds-button" data-variant="secondary" aria-pressed={shown} onClick={() => setShown(!shown)}>
              {shown ? t.hide : t.show}
            </button>
          ) : null}
        </div>
        {fault === undefined ? null : (
          <p id={`${id}-fault`} class="ds-validation-message">
            {fault}
          </p>
        )}
      </div>
    );
  };
  return (
    <form class="card stack" onSubmit={submit} noValidate aria-labelledby="password-title">
      <h2 id="password-title" class="ds-heading" data-size="2xs">
        {t.title}
      </h2>
      <input type="text" class="visually-hidden" autocomplete="username" value={me.value?.username ?? ""} readOnly tabIndex={-1} aria-hidden />
      {field("me-password-current", t.current, current, setCurrent)}
      {field("me-password-new", t.next, next, setNext, t.nextHint)}
      <p class="subtle">{t.elsewhere}</p>
      {changed ? (
        <Alert color="success" live>
          <p>{t.changed}</p>
        </Alert>
      ) : null}
      <Save saving={saving} label={t.save} />
    </form>
  );
}
