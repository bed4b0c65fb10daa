import { useEffect, useRef, useState } from "preact/hooks";
import download from "@navikt/aksel-icons/svg/Download.svg?raw";
import trash from "@navikt/aksel-icons/svg/Trash.svg?raw";
import { type Schemas, api, must } from "../../api/client";
import { problemIn } from "../../api/session";
import { locale } from "../../i18n";
import { uuid7 } from "../../offline/uuid";
import { Pick } from "../../files/Pick";
import { NoPicture, type Piece, prepared, sizeInWords } from "../../files/photo";
import { sendFile } from "../../files/send";
import { nameOf, text } from "../../files/words";
import type { Referral } from "../../referral/api";
import { When } from "../../referral/Marks";
import { Alert } from "../../ui/Alert";
import { why } from "../../ui/Failed";
import { Confirm, useSaving } from "../../ui/form";
import { Icon } from "../../ui/Icon";
import { save } from "../../ui/save";

type Listed = Schemas["AttachmentsOut"];
type File_ = Schemas["AttachmentOut"];

/** A file on its way from this page. */
interface OnItsWay {
  readonly id: string;
  readonly piece: Piece;
  readonly part: number;
  readonly stop: AbortController;
  /** Why it did not arrive. */
  readonly failed: string | null;
}

const called = ({ name, mediaType }: File_) => nameOf({ name: name ?? "", type: mediaType });

/** What was added to the referral, and a way to add more. */
export function Files({ referral, onChange }: { referral: Referral; onChange: () => void }) {
  const t = text();
  const [listed, setListed] = useState<Listed | null>(null);
  const [said, setSaid] = useState("");
  const [wrong, setWrong] = useState("");
  const [removing, setRemoving] = useState<File_ | null>(null);
  const saving = useSaving("file");
  const path = { id: referral.reference };
  const load = () => must(api.GET("/api/v1/referrals/{id}/attachments", { params: { path } })).then(setListed, () => undefined);
  useEffect(() => {
    void load();
  }, [referral.reference, referral.updatedAt, referral.version]);
  const sending = useSending(referral.reference, (piece) => {
    setSaid(t.sent(nameOf(piece)));
    void load().then(onChange);
  });
  const take = async (chosen: readonly File[]) => {
    setSaid("");
    setWrong("");
    for (const file of chosen) {
      const piece = await ready(file, listed?.mediaTypes ?? [], listed?.largest ?? 0);
      if (typeof piece === "string") setWrong(piece);
      else sending.begin(uuid7(), piece);
    }
  };
  const fetchIt = async (file: File_) => {
    setWrong("");
    try {
      const params = { path: { ...path, attachment: file.id } };
      save(await must(api.GET("/api/v1/referrals/{id}/attachments/{attachment}", { params, parseAs: "blob" })), file.name ?? "");
    } catch (error) {
      setWrong(why(error));
    }
  };
  const remove = async (file: File_) => {
    const params = { path: { ...path, attachment: file.id } };
    const gone = await saving.attempt(async () => {
      const { error, response } = await api.DELETE("/api/v1/referrals/{id}/attachments/{attachment}", { params });
      if (!response.ok) await must(Promise.resolve({ error, response }));
      return true;
    });
    if (gone === null) return;
    setRemoving(null);
    setSaid(t.gone(called(file)));
    void load().then(onChange);
  };
  if (listed === null) return null;
  return (
    <section class="panel files" aria-labelledby="files-title">
      <h2 id="files-title">{t.title}</h2>
      {listed.items.length === 0 ? <p class="subtle">{t.none}</p> : null}
      <ul class="file-list">
        {listed.items.map((file) => (
          <Row key={file.id} file={file} fetchIt={() => void fetchIt(file)} remove={() => setRemoving(file)} />
        ))}
        {sending.all.map((one) => (
          <Going key={one.id} one={one} again={() => sending.begin(one.id, one.piece)} drop={() => sending.drop(one)} />
        ))}
      </ul>
      <p role="status">{said}</p>
      {wrong === "" ? null : (
        <Alert color="danger" live>
          {wrong}
        </Alert>
      )}
      {listed.mayAdd ? (
        <div class="no-print files">
          <p id="files-hint" class="subtle">
            {t.hintFiles} {t.hint}
          </p>
          <Pick id="files" describedBy="files-hint" take={(chosen) => void take(chosen)} />
        </div>
      ) : null}
      {removing === null ? null : (
        <Confirm title={t.removeTitle(called(removing))} label={t.drop} danger saving={saving} yes={() => void remove(removing)} no={() => setRemoving(null)}>
          <p>{t.removeText}</p>
        </Confirm>
      )}
    </section>
  );
}

/** A file as it can be sent, or why it cannot. */
async function ready(file: File, taken: readonly string[], largest: number): Promise<Piece | string> {
  const t = text();
  const name = nameOf({ name: file.name, type: file.type });
  let piece: Piece;
  try {
    piece = await prepared(file);
  } catch (error) {
    return error instanceof NoPicture ? t.noPicture(name) : t.noRoom;
  }
  if (!taken.includes(piece.type)) return t.notTaken(name);
  return piece.bytes.byteLength > largest ? t.tooLarge(name, sizeInWords(largest, locale())) : piece;
}

/** The files that are on their way, with how far each has come. */
function useSending(reference: string, arrived: (piece: Piece) => void) {
  const [all, setAll] = useState<readonly OnItsWay[]>([]);
  const newest = useRef(all);
  newest.current = all;
  useEffect(() => () => newest.current.forEach(({ stop }) => stop.abort()), []);
  const change = (id: string, changed: Partial<OnItsWay>) => setAll((now) => now.map((one) => (one.id === id ? { ...one, ...changed } : one)));
  const without = (id: string) => setAll((now) => now.filter((one) => one.id !== id));
  const begin = (id: string, piece: Piece) => {
    const stop = new AbortController();
    setAll((now) => [...now.filter((one) => one.id !== id), { id, piece, part: 0, stop, failed: null }]);
    void sendFile(reference, id, piece, { progress: (part) => change(id, { part }), stop: stop.signal, asks: true }).then((answer) => {
      if (stop.signal.aborted) return;
      // Under this id there is one file, whichever of two tries arrived.
      if (answer.status === 201 || answer.status === 412) {
        without(id);
        arrived(piece);
      } else change(id, { failed: problemIn(answer.body)?.detail ?? text().notSent });
    });
  };
  const drop = (one: OnItsWay) => {
    one.stop.abort();
    without(one.id);
  };
  return { all, begin, drop };
}

function Row({ file, fetchIt, remove }: { file: File_; fetchIt: () => void; remove: () => void }) {
  const t = text();
  const name = called(file);
  const kept = file.state === "kept";
  return (
    <li data-state={file.state}>
      <span class="file-name">{kept ? name : file.state === "removed" ? t.removed : t.erased}</span>
      <span class="subtle">
        {kept ? `${sizeInWords(file.size, locale())} · ` : ""}
        {t.added(file.author.name, file.agency.name)} · <When at={file.removedAt ?? file.at} />
      </span>
      {kept ? (
        <span class="file-buttons no-print">
          <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-label={t.download(name)} onClick={fetchIt}>
            <Icon svg={download} />
          </button>
          {file.removable ? (
            <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-label={t.dropThis(name)} onClick={remove}>
              <Icon svg={trash} />
            </button>
          ) : null}
        </span>
      ) : null}
    </li>
  );
}

function Going({ one, again, drop }: { one: OnItsWay; again: () => void; drop: () => void }) {
  const t = text();
  const name = nameOf(one.piece);
  return (
    <li>
      <span class="file-name">{name}</span>
      {one.failed === null ? (
        <progress value={one.part} max={1} aria-label={t.progress(name, String(Math.round(one.part * 100)))} />
      ) : (
        <span class="ds-validation-message" role="alert">
          {one.failed}
        </span>
      )}
      <span class="file-buttons">
        {one.failed === null ? null : (
          <button type="button" class="ds-button" data-variant="secondary" data-size="sm" onClick={again}>
            {t.again}
          </button>
        )}
        <button type="button" class="ds-button" data-variant="tertiary" data-size="sm" aria-label={one.failed === null ? t.stop(name) : t.dropThis(name)} onClick={drop}>
          <Icon svg={trash} />
        </button>
      </span>
    </li>
  );
}
