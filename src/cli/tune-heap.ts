import { setFlagsFromString } from "node:v8";

/**
 * Tells V8 how to spend memory, before there is much to spend it on. Between two collections it lets a heap grow to several times what
 * lives in it; at less than twice that, plans of large fleets take 210 MB instead of 300, and a flood of alarms 150 instead of 200,
 * for a tenth more of processor time. The place for what is new grows to its full size at once, which saves that tenth again.
 */
export function tuneHeap(): void {
  setFlagsFromString("--heap-growing-percent=80");
  setFlagsFromString("--semi-space-growth-factor=16");
}
