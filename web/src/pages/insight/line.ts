/** The path of a line through points; where one is not known it breaks off, for nobody knows what lies between. */
export function line(points: readonly (readonly [number, number] | null)[]): string {
  return points
    .map((point, nth) => (point === null ? "" : `${(points[nth - 1] ?? null) === null ? "M" : "L"}${point[0].toFixed(1)},${point[1].toFixed(1)}`))
    .join("");
}
