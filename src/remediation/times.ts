import { formatDuration } from "../model/duration.ts";

const DAY = 86_400_000;

/** A moment for people: `14:32 UTC`, with its date where that isn't today's: `2026-11-21 00:10 UTC`. ms. */
export function momentText(at: number, now: number): string {
  const text = new Date(at).toISOString();
  const sameDay = Math.floor(at / DAY) === Math.floor(now / DAY);
  return `${sameDay ? text.slice(11, 16) : text.slice(0, 16).replace("T", " ")} UTC`;
}

/** How long ago: `12 min ago`; what lies ahead of our clock says so. ms. */
export function agoText(at: number, now: number): string {
  if (at > now + 1000) return `at ${momentText(at, now)}, which is ahead of our clock`;
  const seconds = Math.max(0, (now - at) / 1000);
  return seconds < 1 ? "just now" : `${formatDuration(seconds)} ago`;
}
