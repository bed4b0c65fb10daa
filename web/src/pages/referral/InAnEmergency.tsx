import { isReference } from "../../referral/reference";
import { text } from "../glass/words";

/** The way in for whoever must know now. It is the same whether or not there is anything behind it. */
export default function InAnEmergency({ reference }: { reference: string }) {
  const t = text();
  return (
    <p>
      {t.gone}{" "}
      <a class="ds-link" href={`/nodtilgang${isReference(reference) ? `?referanse=${reference}` : ""}`}>
        {t.title}
      </a>
    </p>
  );
}
