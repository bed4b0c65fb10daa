import camera from "@navikt/aksel-icons/svg/Camera.svg?raw";
import clip from "@navikt/aksel-icons/svg/Paperclip.svg?raw";
import { Icon } from "../ui/Icon";
import { ACCEPTED } from "./photo";
import { text } from "./words";
import "./files.css";

/** Two ways to a file: the camera, and what lies on the device. `id` tells apart where there are several. */
export function Pick({ id, take, describedBy }: { id: string; take: (files: readonly File[]) => void; describedBy?: string }) {
  const t = text();
  const chosen = (event: { currentTarget: HTMLInputElement }) => {
    take([...(event.currentTarget.files ?? [])]);
    // The same file may be chosen again, after it was taken away.
    event.currentTarget.value = "";
  };
  return (
    <p class="pick">
      <label class="ds-button" data-variant="secondary">
        <Icon svg={camera} />
        {t.photo}
        <input id={`${id}-photo`} type="file" accept="image/*" capture="environment" aria-describedby={describedBy} onChange={chosen} />
      </label>
      <label class="ds-button" data-variant="secondary">
        <Icon svg={clip} />
        {t.choose}
        <input id={`${id}-file`} type="file" accept={ACCEPTED} multiple aria-describedby={describedBy} onChange={chosen} />
      </label>
    </p>
  );
}
