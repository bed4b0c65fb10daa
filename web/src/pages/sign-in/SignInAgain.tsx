import { useEffect, useRef } from "preact/hooks";
import { type Me, signOut } from "../../api/session";
import { Form } from "./Form";
import { text } from "./words";
import "./sign-in.css";

/** Over the page as it stands: what has been typed there waits underneath. */
export function SignInAgain({ me }: { me: Me }) {
  const t = text().lost;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="ds-dialog" aria-labelledby="lost-title" onCancel={(event) => event.preventDefault()}>
      <h2 id="lost-title" class="ds-heading" data-size="xs">
        {t.title}
      </h2>
      <p>{t.text}</p>
      <p>
        <strong>{me.displayName}</strong>
      </p>
      <Form fixed={me.username} />
      <p>
        <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" onClick={() => void signOut()}>
          {t.other}
        </button>
      </p>
    </dialog>
  );
}
