import type { AwsSession, InputOf } from "../aws/session.ts";
import type { Context } from "../support/context.ts";
import { isWatchkeeperError } from "../support/errors.ts";
import type { CommandRequest, CommandResult, Verdict } from "./command.ts";
import { reasonOf } from "./judge-invocation.ts";

/** A command that is on its way to some instances. Times in milliseconds since the epoch. */
export interface SentCommand {
  readonly commandId: string;
  readonly instanceIds: readonly string[];
  readonly sentAt: number;
}

/** What was sent, and what couldn't be. */
export interface Sending {
  readonly sent: readonly SentCommand[];
  readonly results: readonly CommandResult[];
}

/** How often, and how many milliseconds apart, a command whose answer was lost is looked for. */
const LOOKS = 4;
const LOOK_EVERY = 3_000;
/** The list of commands goes by AWS's clock, which may be behind ours; milliseconds. */
const CLOCKS_DIFFER = 120_000;

/**
 * Sends one batch. One instance that Systems Manager doesn't know fails the whole call, so those it names are taken out and the
 * rest is sent again; where it names none, the batch is halved. A call whose answer was lost is looked for by its comment before it
 * is sent again: a command never runs twice for that.
 */
export async function sendBatch(
  session: AwsSession,
  request: CommandRequest,
  ids: readonly string[],
  token: string,
  context: Context,
): Promise<Sending> {
  const comment = `${request.comment ?? "Watchkeeper"} [${token}]`;
  const sentAt = context.clock.now().getTime();
  try {
    const { Command } = await session.send("ssm", "SendCommand", inputOf(request, ids, comment));
    return sentTo(Command?.CommandId ?? "", ids, sentAt);
  } catch (error) {
    if (!isWatchkeeperError(error)) throw error;
    if (error.retryable && error.code !== "Throttling") {
      const found = await lookFor(session, comment, sentAt, context);
      if (found === "unknown") return refused(ids, { kind: "unknown", code: error.code }, error.message);
      if (found !== undefined) return sentTo(found, ids, sentAt);
      return refused(ids, { kind: "not-sent", code: error.code, retryable: true }, error.message);
    }
    const kind = refusalOf(error.code);
    if (kind === undefined) {
      const { code, retryable } = error;
      return refused(ids, { kind: "not-sent", code, retryable }, error.message);
    }
    const named = ids.filter((id) => error.message.includes(id));
    const culprits = ids.length === 1 ? ids : named;
    if (culprits.length > 0) {
      const others = ids.filter((id) => !culprits.includes(id));
      const sending = others.length > 0 ? await sendBatch(session, request, others, token, context) : NOTHING;
      return joined(refused(culprits, { kind }), sending);
    }
    const half = Math.ceil(ids.length / 2);
    const first = await sendBatch(session, request, ids.slice(0, half), `${token}a`, context);
    return joined(first, await sendBatch(session, request, ids.slice(half), `${token}b`, context));
  }
}

/** What a refusal by its code says about an instance; undefined when it is about something else. */
export function refusalOf(code: string): "unreachable" | "invalid-platform" | undefined {
  return Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : undefined;
}

/** Refusals that are about single instances of a batch. */
const REFUSALS: Readonly<Record<string, "unreachable" | "invalid-platform">> = {
  InvalidInstanceId: "unreachable",
  UnsupportedPlatformType: "invalid-platform",
};

const NOTHING: Sending = { sent: [], results: [] };

/** What SendCommand is asked for. */
export function inputOf(
  request: CommandRequest,
  ids: readonly string[],
  Comment: string,
): InputOf<"ssm", "SendCommand"> {
  const parameters = Object.entries(request.parameters).map(([name, values]) => [name, [...values]] as const);
  const runs = SCRIPTS.has(request.document) ? { executionTimeout: [String(executionOf(request))] } : {};
  return {
    DocumentName: request.document,
    InstanceIds: [...ids],
    Parameters: { ...runs, ...Object.fromEntries(parameters) },
    TimeoutSeconds: deliveryOf(request),
    Comment,
    // Each instance is judged by itself: whether to go on is decided between batches, not by Systems Manager, which doesn't count
    // what it couldn't deliver.
    MaxConcurrency: "100%",
    MaxErrors: "100%",
  };
}

/** Documents that take how long they may run; others are called off when their time is up. */
const SCRIPTS: ReadonlySet<string> = new Set(["AWS-RunShellScript", "AWS-RunPowerShellScript"]);

/** Seconds that agents have to fetch a command. */
export function deliveryOf({ timeoutSeconds = 300 }: CommandRequest): number {
  return timeoutSeconds;
}

/** Seconds that a command may run. */
export function executionOf({ executionSeconds = 900 }: CommandRequest): number {
  return executionSeconds;
}

/** The id of the command with this comment; undefined when it isn't there; `unknown` when that can't be found out. */
async function lookFor(
  session: AwsSession,
  comment: string,
  sentAt: number,
  { clock, signal }: Context,
): Promise<string | undefined> {
  const after = new Date(sentAt - CLOCKS_DIFFER).toISOString().replace(/\.\d+Z$/, "Z");
  const Filters = [{ key: "InvokedAfter" as const, value: after }];
  for (let look = 0; look < LOOKS; look += 1) {
    try {
      await clock.sleep(LOOK_EVERY, signal);
      for await (const { Commands = [] } of session.pages("ssm", "ListCommands", { Filters })) {
        const found = Commands.find(({ Comment }) => Comment === comment);
        if (found) return found.CommandId;
      }
    } catch {
      // It may be running: not being able to look, or being stopped, says nothing about that.
      return "unknown";
    }
  }
  return undefined;
}

function sentTo(commandId: string, instanceIds: readonly string[], sentAt: number): Sending {
  return { sent: [{ commandId, instanceIds, sentAt }], results: [] };
}

function refused(ids: readonly string[], verdict: Verdict, why?: string): Sending {
  const { code, text } = reasonOf(verdict);
  const reason = { code, text: why === undefined ? text : `${text}: ${why}` };
  return { sent: [], results: ids.map((instanceId) => ({ instanceId, verdict, reason })) };
}

function joined(a: Sending, b: Sending): Sending {
  return { sent: [...a.sent, ...b.sent], results: [...a.results, ...b.results] };
}
