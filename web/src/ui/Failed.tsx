import { Refused } from "../api/client";
import { shell } from "../shell/words";
import { Alert } from "./Alert";

/** Why something could not be read or done, in the server's words when it had any, and what to try. */
export function Failed({ error, again }: { error: unknown; again?: () => void }) {
  const t = shell();
  return (
    <Alert color="danger" live>
      <p>{why(error)}</p>
      {again === undefined ? null : (
        <p>
          <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={again}>
            {t.retry}
          </button>
        </p>
      )}
    </Alert>
  );
}

/** A refusal in one or two sentences. */
export function why(error: unknown): string {
  const t = shell();
  if (!(error instanceof Refused)) return t.problem.network;
  if (error.problem === null) return `${t.failed} (${error.status})`;
  const id = error.problem.requestId;
  return id == null ? error.problem.detail : `${error.problem.detail} ${t.problem.requestId(id)}`;
}
