/** A moment in milliseconds: `2026-11-20 10:04Z`. */
export function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")}Z`;
}
