import type { SentEvents } from "../../app/notify/send-event.ts";
import type { DeliveryReport } from "../../notify/delivery/channel-delivery.ts";
import type { Io } from "../io.ts";
import { printable, styleOf } from "../style.ts";
import { writeJson } from "./json.ts";

/** Says what is listened to. */
export async function showReady(
  listening: {
    readonly http?: string;
    readonly queue?: string;
    readonly state: string;
    readonly channels: readonly string[];
  },
  io: Io,
  { json }: { readonly json?: boolean },
): Promise<void> {
  if (json) {
    await writeJson(io.stdout, { version: 1, ...listening });
    return;
  }
  const { http, queue, state, channels } = listening;
  await io.stdout.write(
    [
      ...(http === undefined ? [] : [`listening at ${http}`]),
      ...(queue === undefined ? [] : [`reading ${queue}`]),
      `telling ${channels.join(", ")} · state in ${state}`,
      "",
    ].join("\n"),
  );
}

/** One line for what became of a message. */
export function showDelivery({ channel, notification, outcome, message }: DeliveryReport, io: Io): void {
  const style = styleOf(io.stdout, io.env);
  const word = { delivered: style.green, postponed: style.yellow, "set-aside": style.red }[outcome](
    outcome.padEnd(9),
  );
  const why = message === undefined ? "" : ` (${message})`;
  void io.stdout.write(`${word}  ${printable(`${channel}  ${notification.title}${why}`)}\n`);
}

/** What became of events that were sent by hand. */
export async function showSent({ receptions, messages, later }: SentEvents, io: Io): Promise<void> {
  const style = styleOf(io.stdout, io.env);
  for (const reception of receptions)
    if (reception.outcome !== "placed")
      await io.stdout.write(`${style.dim(reception.outcome)}  ${printable(reception.reason)}\n`);
  for (const { channel, title, outcome, reason } of messages) {
    const word = { delivered: style.green, waiting: style.yellow, "set-aside": style.red }[outcome](outcome);
    await io.stdout.write(
      `${word}  ${printable(`${channel}  ${title}${reason === undefined ? "" : ` (${reason})`}`)}\n`,
    );
  }
  for (const { group, at } of later)
    await io.stdout.write(
      `${style.yellow("later")}  ${printable(`${group}: at ${new Date(at).toISOString()}, by \`watchkeeper notify listen\``)}\n`,
    );
  const placed = receptions.filter(({ outcome }) => outcome === "placed").length;
  if (placed > 0 && messages.length === 0 && later.length === 0)
    await io.stdout.write("nobody was told: `watchkeeper notify explain` says why\n");
}
