import type { NotificationLogEntry } from "../../model/alert.ts";
import type { NotificationPolicy } from "../../model/notification-policy.ts";
import type { RemediationRun, RunNote, RunVerdict } from "../../model/remediation-run.ts";
import { outboxWrites } from "../../notify/delivery/delivery.ts";
import type { Knowledge } from "../../notify/knowledge.ts";
import { type Note, noteFor, pageFor } from "../../notify/note.ts";
import type { Notification } from "../../notify/notification.ts";
import { ladderLines } from "../../remediation/describe-runbook.ts";
import { isReplaced } from "../../remediation/journal.ts";
import { logKey, type Store, type Write } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { isWatched, REMEMBERED, toldMark } from "./watching.ts";

/** How long a run's notes wait for its alarm to be told, ms: groups gather for a while, and silences may keep it quiet for good. */
const PATIENCE = 10 * 60_000;
/** How long after its end a run is told, ms. */
const NEWS = 86_400_000;
/** Evidence of a note: what people read on a telephone. */
const MOST_EVIDENCE = 2400;

/** Runs that ended like this are a person's business now. */
const CALLS_PEOPLE: ReadonlySet<RunVerdict> = new Set<RunVerdict>([
  "rebooted-not-fixed",
  "never-rebooted",
  "not-fixed",
  "unknown",
]);

/** What telling needs. */
export interface TellerParts {
  readonly store: Store;
  readonly policy: NotificationPolicy;
  readonly knowledge: Knowledge;
  readonly context: Context;
  /** Whether an owner of leases is known to be gone: a dead process on this host. */
  readonly isGone?: (owner: string) => boolean;
  /** Told when the outbox holds new messages. */
  readonly onMessages: (notifications: readonly Notification[]) => void;
}

/**
 * Tells people what runs have done: in the threads of the alarm that began them, and to whom the runbook pages when nothing helped.
 * What was told is marked in the commit that puts it into the outbox: nothing is told twice or lost.
 */
export class RunTeller {
  readonly #parts: TellerParts;

  constructor(parts: TellerParts) {
    this.#parts = parts;
  }

  /**
   * Tells what wasn't told yet. Of a run that somebody asked for, only pages are told, and only once nobody watches it. False: its alarm
   * was told to nobody so far, somebody watches it, or another process told something of it just now; it is to be tried again.
   */
  async tell(run: RemediationRun): Promise<boolean> {
    const { store, context } = this.#parts;
    const now = context.clock.now().getTime();
    const { trigger, endedAt = now } = run;
    const byHand = trigger.kind === "manual";
    if ((byHand && !mustCall(run)) || now - endedAt > NEWS || isNobodysWish(run)) return true;
    const name = toldMark(run);
    const mark = await store.get("marks", name);
    const news = run.notes.slice(mark?.value.at ?? 0);
    const [first] = news;
    if (!first) return true;
    if (byHand && (await isWatched(run, store, now, this.#parts.isGone))) return false;
    const entries = byHand ? [] : await this.#threads(trigger.fingerprint);
    if (entries.length === 0 && now - first.at < PATIENCE && !mustCall(run)) return false;
    const messages = [
      ...news.flatMap((note, index) =>
        entries.map((entry) => noteFor(this.#noteOf(run, note, (mark?.value.at ?? 0) + index), entry)),
      ),
      ...(mustCall(run) ? this.#pages(run, entries) : []),
    ];
    const writes: Write[] = [
      ...outboxWrites(messages),
      {
        kind: "put",
        collection: "marks",
        key: name,
        value: { at: run.notes.length },
        expected: mark?.version ?? 0,
        expires: now + REMEMBERED,
      },
    ];
    // A conflict: another process has told of it meanwhile, perhaps less than there is to tell.
    if ((await store.commit(writes)) !== undefined) return false;
    if (messages.length > 0) this.#parts.onMessages(messages);
    return true;
  }

  /** Where channels were told of the alarm. */
  async #threads(fingerprint: string): Promise<readonly NotificationLogEntry[]> {
    const { store, policy } = this.#parts;
    const cursor = await store.get("cursors", fingerprint);
    const keys = (cursor?.value.groups ?? []).flatMap((group) =>
      Object.keys(policy.channels).map((channel) => logKey(group, channel)),
    );
    return (await store.getMany("log", keys)).map(({ value }) => value);
  }

  #pages(run: RemediationRun, entries: readonly NotificationLogEntry[]): readonly Notification[] {
    const { policy } = this.#parts;
    // Channels that the configuration has lost meanwhile can't be told; then others must be.
    const known = (names: readonly string[]) => names.filter((name) => Object.hasOwn(policy.channels, name));
    const told = [...new Set(entries.map(({ channel }) => channel))];
    const channels = [run.runbook.page, told, policy.route.channels]
      .map(known)
      .find(({ length }) => length > 0);
    const last = run.notes.at(-1);
    if (!last || !channels) return [];
    const page = { ...this.#noteOf(run, last, run.notes.length - 1), severity: "critical" };
    return channels.map((name) => pageFor(page, name));
  }

  #noteOf(run: RemediationRun, note: RunNote, index: number): Note {
    const { account, region, instance, trigger } = run;
    const accountName = this.#parts.knowledge.accountName(account);
    const wouldBe = wouldBeText(run);
    const text = wouldBe ?? (note.code === "evidence" ? evidenceText(run) : undefined);
    const said =
      wouldBe === undefined ? note.text : `runbook ${run.runbook.name} would repair it; dryRun is on`;
    return {
      id: `${run.id}/${run.createdAt}/${index}`,
      at: note.at,
      word: run.dryRun ? "DRY RUN" : "REPAIR",
      title: `${instance.name} · ${said}`,
      ...(text === undefined ? {} : { text }),
      severity: "info",
      labels: trigger.kind === "alarm" ? trigger.labels : { account, region, resource: instance.id },
      about: {
        resource: {
          id: instance.id,
          type: "ec2.instance",
          ...(instance.name === instance.id ? {} : { name: instance.name }),
        },
        account: { id: account, ...(accountName === undefined ? {} : { name: accountName }) },
        region,
      },
    };
  }
}

function mustCall({ verdict, dryRun }: RemediationRun): boolean {
  return verdict !== undefined && !dryRun && CALLS_PEOPLE.has(verdict);
}

/** Whether the instance's owner never asked for repairs: then that nothing is done is no news. A tag that is nearly right is. */
function isNobodysWish({ verdict, guards }: RemediationRun): boolean {
  return (
    verdict === "refused" &&
    guards.some(({ verdict: said, reason }) => said === "refuse" && reason.code === "not-opted-in")
  );
}

/** What would be done if `dryRun` were off; undefined of other runs. */
function wouldBeText(run: RemediationRun): string | undefined {
  if (!run.dryRun || run.guards.some(({ verdict }) => verdict === "refuse")) return undefined;
  const { instance, runbook } = run;
  const lines = isReplaced(run)
    ? [`its Auto Scaling group ${instance.autoScalingGroup} would be asked to replace it`]
    : ["It would", ...ladderLines(runbook).map((line) => `  ${line}`)];
  return lines.join("\n");
}

function evidenceText({ evidence }: RemediationRun): string | undefined {
  if (evidence.length === 0) return undefined;
  const share = Math.floor(MOST_EVIDENCE / evidence.length);
  return evidence
    .map(({ title, text }) => `$ ${title}\n${text.length > share ? `…${text.slice(-share)}` : text}`)
    .join("\n\n");
}
