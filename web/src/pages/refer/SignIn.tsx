import { signInAgain } from "../../api/session";
import { text } from "./words";

/** The session is over, and what is written waits for its owner. */
export function SignIn() {
  const t = text();
  return (
    <div class="ds-alert" data-color="warning">
      <div class="stack-tight">
        <p>{t.signInText}</p>
        <button type="button" class="ds-button" onClick={signInAgain}>
          {t.signIn}
        </button>
      </div>
    </div>
  );
}
