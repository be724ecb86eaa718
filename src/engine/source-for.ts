import { rangeSource } from "./range-source.ts";
import { sideBySideSource } from "./side-by-side-source.ts";
import { slotSource } from "./slot-source.ts";
import { type SourceParts, type TimelineSource, watchedIds } from "./timeline-source.ts";

/** Makes the fastest source that is exact for an alarm. */
export function sourceFor(parts: SourceParts): TimelineSource {
  const { alarm, plan, grid } = parts;
  // The fast ways need windows that lie in slots and are read whole.
  const wholeWindows = grid.unread === 0 || grid.pointsPerWindow === 1 || grid.unread % alarm.period === 0;
  if (alarm.window.kind !== "sliding" || !wholeWindows) return rangeSource(parts);
  const { program } = plan;
  const watched = watchedIds(plan).flatMap((id) => program?.expressions.get(id) ?? []);
  if (!program || watched.every((each) => !each.rangeDependent)) return slotSource(parts);
  return watched.every((each) => each.sideBySide) ? sideBySideSource(parts, program) : rangeSource(parts);
}
