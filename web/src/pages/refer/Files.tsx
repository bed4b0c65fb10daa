import { useEffect, useState } from "preact/hooks";
import trash from "@navikt/aksel-icons/svg/Trash.svg?raw";
import { type Attached, dropContents, keepContent, mine } from "../../offline/shelf";
import { uuid7 } from "../../offline/uuid";
import { Pick } from "../../files/Pick";
import { NoPicture, prepared, sizeInWords } from "../../files/photo";
import { nameOf, text } from "../../files/words";
import { locale } from "../../i18n";
import { Alert } from "../../ui/Alert";
import { Icon } from "../../ui/Icon";
import { form, keep, set } from "./state";

const MOST = 10;
/** As much as the server takes where nobody has set another limit; it has the last word. */
const LARGEST = 20 * 1024 * 1024;

/** Photos and files that go with the referral. They lie sealed on the device, and go after it. */
export function Files() {
  const t = text();
  const [busy, setBusy] = useState(0);
  const [wrong, setWrong] = useState<readonly string[]>([]);
  const take = async (chosen: readonly File[]) => {
    setWrong([]);
    setBusy((count) => count + 1);
    for (const file of chosen) {
      const complaint = await add(file);
      if (complaint !== null) setWrong((before) => [...before, complaint]);
    }
    setBusy((count) => count - 1);
  };
  const drop = (file: Attached) => {
    set({ files: form.value.files.filter(({ id }) => id !== file.id) });
    // First the draft that no longer names it: a tab that is killed in between leaves no name without a file.
    void keep().then(() => dropContents([file]));
    document.getElementById("refer-files-photo")?.focus();
  };
  const { files } = form.value;
  return (
    <fieldset class="files chips" id="refer-files" tabIndex={-1}>
      <legend>
        {t.title} <span class="optional">{t.optional}</span>
      </legend>
      <p class="help" id="refer-files-help">
        {t.hint}
      </p>
      <Pick id="refer-files" describedBy="refer-files-help" take={(chosen) => void take(chosen)} />
      <p role="status">{busy > 0 ? t.preparing : files.length > 0 ? t.waits(files.length) : ""}</p>
      {wrong.length === 0 ? null : (
        <Alert color="danger" live>
          {wrong.map((one) => (
            <p key={one}>{one}</p>
          ))}
        </Alert>
      )}
      {files.length === 0 ? null : (
        <ul class="file-list">
          {files.map((file) => (
            <li key={file.id}>
              <span class="file-name">{nameOf(file)}</span>
              <span class="subtle">{sizeInWords(file.size, locale())}</span>
              {file.type.startsWith("image/") ? <Look file={file} /> : null}
              <span class="file-buttons">
                <button type="button" class="ds-button" data-variant="tertiary" aria-label={t.dropThis(nameOf(file))} onClick={() => drop(file)}>
                  <Icon svg={trash} />
                </button>
              </span>
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}

/** Keeps a file with the draft. A complaint when it cannot. */
async function add(file: File): Promise<string | null> {
  const t = text();
  const called = nameOf({ name: file.name, type: file.type });
  if (form.value.files.length >= MOST) return t.tooMany(String(MOST));
  let piece;
  try {
    piece = await prepared(file);
  } catch (error) {
    return error instanceof NoPicture ? t.noPicture(called) : t.noRoom;
  }
  if (piece.type === "application/octet-stream") return t.notTaken(called);
  if (piece.bytes.byteLength > LARGEST) return t.tooLarge(called, sizeInWords(LARGEST, locale()));
  const id = uuid7();
  try {
    await keepContent(id, piece.bytes);
  } catch {
    return t.noRoom;
  }
  set({ files: [...form.value.files, { id, name: piece.name, type: piece.type, size: piece.bytes.byteLength }] });
  return null;
}

/** The picture itself, for whoever took three and wants to keep one. */
function Look({ file }: { file: Attached }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    let made: string | null = null;
    let gone = false;
    void mine()
      ?.content(file.id)
      .then((bytes) => {
        if (bytes === null || gone) return;
        made = URL.createObjectURL(new Blob([bytes], { type: file.type }));
        setUrl(made);
      })
      .catch(() => undefined);
    return () => {
      gone = true;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [file.id]);
  return url === null ? null : <img src={url} alt={nameOf(file)} />;
}
