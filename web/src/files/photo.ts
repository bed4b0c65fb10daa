/**
 * Photos, made small and made anew: what leaves the device is the picture alone. Where and when it was taken, and by which
 * telephone, a camera writes beside the picture; a picture that is drawn anew has none of it.
 */

/** Enough to read a handwritten note, and a tenth of what a camera makes. */
const LONGEST_SIDE = 2_048;
const QUALITY = 0.85;

export interface Piece {
  readonly name: string;
  readonly type: string;
  readonly bytes: ArrayBuffer;
}

/** What cannot be drawn is no picture that this browser knows. */
export class NoPicture extends Error {}

export function isPicture(file: { readonly type: string; readonly name: string }): boolean {
  return file.type.startsWith("image/") || /\.(jpe?g|png|webp|heic|heif)$/i.test(file.name);
}

/** The picture alone, drawn anew. */
async function drawnAnew(file: Blob, name: string): Promise<Piece> {
  let picture: ImageBitmap;
  try {
    // Turned as the camera was held: what said so is about to go.
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new NoPicture();
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const drawing = canvas.getContext("2d");
  if (drawing === null) throw new NoPicture();
  // What is see-through would become black.
  drawing.fillStyle = "#fff";
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  drawing.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const drawn = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (drawn === null) throw new NoPicture();
  return { name: asJpeg(name), type: "image/jpeg", bytes: await drawn.arrayBuffer() };
}

/** A camera's own names tell when a picture was taken. */
export function asJpeg(name: string): string {
  const stem = name.replace(/\.[^.]*$/, "");
  return /\d{6,}/.test(stem) || stem === "image" || stem === "" ? "" : `${stem}.jpg`;
}

/** A file to be sent: a picture drawn anew, anything else as it is. */
export async function prepared(file: File): Promise<Piece> {
  if (isPicture(file)) return drawnAnew(file, file.name);
  return { name: file.name, type: typeOf(file), bytes: await file.arrayBuffer() };
}

const BY_ENDING: Readonly<Record<string, string>> = {
  pdf: "application/pdf",
  txt: "text/plain",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  odt: "application/vnd.oasis.opendocument.text",
};

/** Some systems do not say what a file is. */
export function typeOf(file: { readonly type: string; readonly name: string }): string {
  return file.type === "" ? (BY_ENDING[file.name.split(".").at(-1)?.toLowerCase() ?? ""] ?? "application/octet-stream") : (file.type.split(";")[0] ?? "");
}

/** What to offer in a dialog that chooses files. */
export const ACCEPTED = ["image/*", ...Object.values(BY_ENDING), ...Object.keys(BY_ENDING).map((ending) => `.${ending}`)].join(",");

/** `480 kB`, `2,1 MB` */
export function sizeInWords(bytes: number, locale: string): string {
  const [unit, value] = bytes < 1_000_000 ? (["kilobyte", Math.max(1, Math.round(bytes / 1_000))] as const) : (["megabyte", bytes / 1_000_000] as const);
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(value);
}
