import type { Command } from "commander";
import type { OpenState, StateUse } from "../../app/notify/state-file.ts";
import type { Silence } from "../../model/alert.ts";
import { parseDuration } from "../../model/duration.ts";
import { formatMatcher } from "../../model/matcher.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { type CommandHost, contextFor } from "../command.ts";
import type { Io } from "../io.ts";
import { type CommonOptions, withCommon } from "../options.ts";
import { printable } from "../style.ts";
import { table } from "../table.ts";
import { writeJson } from "../views/json.ts";
import { tellNewState } from "../views/new-state.ts";
import { timeOf } from "../views/time-text.ts";

interface SilenceOptions extends CommonOptions {
  readonly config: string;
  readonly state?: string;
}

interface AddOptions extends SilenceOptions {
  readonly for: string;
  readonly comment?: string;
  readonly by?: string;
}

/** `watchkeeper silence add|list|expire`: nobody is told of alerts that meet all matchers, for a time. */
export function registerSilence({ program, io }: CommandHost): void {
  const silence = program.command("silence").description("keep alerts quiet for a time: add, list, expire");

  const add = silence
    .command("add")
    .argument("<matchers...>", 'labels as in routes: alertname=~"cpu-.*" severity!="critical"')
    .description("keep alerts that meet all of the matchers quiet")
    .requiredOption("--for <duration>", "how long: 30m, 2h, 1d")
    .option("--comment <text>", "why, for those who wonder")
    .option("--by <name>", "who; the user of this machine when not given");
  withState(add).action(async (matchers: readonly string[], options: AddOptions) => {
    const seconds = parseDuration(options.for);
    if (seconds === undefined || seconds === 0)
      throw new WatchkeeperError("usage", `--for ${options.for} is no duration`, {
        remedy: "write 30m, 2h, 1d or 1w",
      });
    await inState(io, options, "write", async (open, now) => {
      await tellNewState(open, "a listener with another --state doesn't see this silence", io);
      const { randomBytes } = await import("node:crypto");
      const { addSilence } = await import("../../app/notify/silences.ts");
      const added = await addSilence(open.store, randomBytes(4).toString("hex"), {
        matchers,
        startsAt: now,
        endsAt: now + seconds * 1000,
        createdBy: options.by ?? io.env["USER"] ?? io.env["LOGNAME"] ?? "somebody",
        comment: options.comment ?? "",
      });
      if (options.json) await writeJson(io.stdout, { version: 1, silence: shown(added, now) });
      else
        await io.stdout.write(
          printable(`silence ${added.id}: ${matchersOf(added)} until ${timeOf(added.endsAt)}`).concat(
            `\nwatchkeeper silence expire ${added.id} ends it sooner\n`,
          ),
        );
    });
  });

  withState(silence.command("list").description("the silences in force, and those that ended lately")).action(
    async (options: SilenceOptions) => {
      await inState(io, options, "look", async ({ store, file, isThere }, now) => {
        const { allSilences } = await import("../../app/notify/silences.ts");
        const all = await allSilences(store);
        if (options.json) {
          await writeJson(io.stdout, { version: 1, silences: all.map((one) => shown(one, now)).values() });
          return;
        }
        if (all.length === 0) {
          await io.stdout.write(
            isThere
              ? "no silences\n"
              : printable(`no silences: there is no state at ${file} yet`).concat("\n"),
          );
          return;
        }
        const columns = ["id", "", "until", "matchers", "by", "comment"].map((title) => ({ title }));
        const rows = all.map((one) => [
          one.id,
          stateOf(one, now),
          timeOf(one.endsAt),
          matchersOf(one),
          one.createdBy,
          one.comment,
        ]);
        await io.stdout.write(table(columns, rows, io.stdout.isTerminal ? io.stdout.columns : 160));
      });
    },
  );

  const expire = silence.command("expire").argument("<id>").description("end a silence now");
  withState(expire).action(async (id: string, options: SilenceOptions) => {
    await inState(io, options, "find", async ({ store }, now) => {
      const { expireSilence } = await import("../../app/notify/silences.ts");
      const ended = await expireSilence(store, id, now);
      if (options.json) await writeJson(io.stdout, { version: 1, silence: shown(ended, now) });
      else
        await io.stdout.write(
          printable(`silence ${id} has ended; what it held back and still fires is told soon`).concat("\n"),
        );
    });
  });
}

function withState(command: Command): Command {
  return withCommon(command)
    .option("-c, --config <file>", "configuration to read", "watchkeeper.yaml")
    .option("--state <file>", "state of the notifier; default: the configuration's own");
}

async function inState(
  io: Io,
  options: SilenceOptions,
  use: StateUse,
  work: (open: OpenState, now: number) => Promise<void>,
): Promise<void> {
  const { readConfiguration } = await import("../../app/read-configuration.ts");
  const { openStateFor } = await import("../../app/notify/state-file.ts");
  const { configuration } = readConfiguration(options.config, io.cwd);
  const context = await contextFor(io, options);
  const open = await openStateFor(use, { configuration, state: options.state, cwd: io.cwd, env: io.env });
  try {
    await work(open, context.clock.now().getTime());
  } finally {
    await open.store.close();
  }
}

function shown(silence: Silence, now: number) {
  const { id, matchers, startsAt, endsAt, createdBy, comment } = silence;
  return {
    id,
    state: stateOf(silence, now),
    matchers: matchers.map(formatMatcher),
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    createdBy,
    comment,
  };
}

function stateOf({ startsAt, endsAt }: Silence, now: number): "active" | "pending" | "ended" {
  if (now >= endsAt) return "ended";
  return now < startsAt ? "pending" : "active";
}

function matchersOf({ matchers }: Silence): string {
  return matchers.map(formatMatcher).join(", ");
}
