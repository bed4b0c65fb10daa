import { expect, test } from "vitest";
import { asJpeg, isPicture, sizeInWords, typeOf } from "./photo";

test("a name that tells when a picture was taken is left out, and one that somebody gave stays", () => {
  for (const camera of ["IMG_20261128_013012.jpg", "20261128_0130.heic", "image.jpg", "PXL_20261128.jpg"]) expect(asJpeg(camera)).toBe("");
  expect(asJpeg("rommet.png")).toBe("rommet.jpg");
  expect(asJpeg("brev til skolen.HEIC")).toBe("brev til skolen.jpg");
});

test("what a file is follows from its ending where nobody says it", () => {
  expect(typeOf({ type: "", name: "vedtak.PDF" })).toBe("application/pdf");
  expect(typeOf({ type: "text/plain;charset=utf-8", name: "notat.txt" })).toBe("text/plain");
  expect(typeOf({ type: "", name: "program.exe" })).toBe("application/octet-stream");
  expect(isPicture({ type: "", name: "bilde.HEIC" })).toBe(true);
  expect(isPicture({ type: "application/pdf", name: "skann.pdf" })).toBe(false);
});

test("a size in words", () => {
  expect(sizeInWords(400, "nb-NO")).toMatch(/^1.kB$/);
  expect(sizeInWords(482_113, "nb-NO")).toMatch(/^482.kB$/);
  expect(sizeInWords(2_100_000, "nb-NO")).toMatch(/^2,1.MB$/);
});
