import type { OpenState } from "../../app/notify/state-file.ts";
import type { Io } from "../io.ts";
import { printable, textWidth, wrap } from "../style.ts";

/** Warns of a state that wasn't there before this command: a listener may have another one. `means`: what comes of that. */
export async function tellNewState(
  { file, isThere }: Pick<OpenState, "file" | "isThere">,
  means: string,
  io: Io,
): Promise<void> {
  if (isThere) return;
  const text = printable(`there was no state at ${file} yet: ${means}`);
  for (const line of wrap(text, textWidth(io.stderr), "  ")) await io.stderr.write(`${line}\n`);
}
