import type { PretendMessage, PretendSlack } from "./pretend-slack.ts";
import type { Stage } from "./stage.ts";

/** How long a message may take on its way, ms of the host. */
const PATIENCE = 8_000;

/** What is looked for, as soon as it is there; undefined when it doesn't come. */
export async function waitFor<T>(find: () => T | undefined): Promise<T | undefined> {
  const start = performance.now();
  for (;;) {
    const found = find();
    if (found !== undefined || performance.now() - start > PATIENCE) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The texts of a message's thread. */
export function threadOf({ messages }: PretendSlack, { id }: PretendMessage): readonly string[] {
  return messages.flatMap(({ thread, text }) => (thread === id ? [text] : []));
}

/** Shows a message as it stands in the channel. */
export async function showMessage(stage: Stage, { text }: PretendMessage): Promise<void> {
  for (const line of text.split("\n")) await stage.show(`#web-team  ${line}`);
}
