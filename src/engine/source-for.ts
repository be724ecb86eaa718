import { fillsGaps } from "./math-program.ts";
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
  const { program, watched } = plan;
  if (!program) return slotSource(parts);
  const expressions = watchedIds(plan).flatMap((id) => program.expressions.get(id) ?? []);
  // Fillers have values in windows that can't be read yet, and before the first point: there every range is another.
  if (expressions.every((each) => !each.rangeDependent) && !fillsGaps(program, [watched]))
    return slotSource(parts);
  return expressions.every((each) => each.sideBySide) ? sideBySideSource(parts, program) : rangeSource(parts);
}
