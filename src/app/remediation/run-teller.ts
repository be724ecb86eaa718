import type { NotificationLogEntry } from "../../model/alert.ts";
import type { NotificationPolicy } from "../../model/notification-policy.ts";
import type { RemediationRun, RunNote, RunVerdict } from "../../model/remediation-run.ts";
import { outboxWrites } from "../../notify/delivery/delivery.ts";
import type { Knowledge } from "../../notify/knowledge.ts";
import { type Note, noteFor, pageFor } from "../../notify/note.ts";
import type { Notification } from "../../notify/notification.ts";
import { ladderLines } from "../../remediation/describe-runbook.ts";
import { isReplaced } from "../../remediation/journal.ts";
import { logKey, runKey, type Store, type Write } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";

/** How long a run's notes wait for its alarm to be told, ms: groups gather for a while, and silences may keep it quiet for good. */
const PATIENCE = 10 * 60_000;
/** How long it is remembered what was told of a run, and how long after its end a run is told, ms. */
const REMEMBERED = 90 * 86_400_000;
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
   * Tells what wasn't told yet; of runs that an alarm began, since whoever asks for one watches it. False: its alarm was told to
   * nobody so far, and it is to be tried again.
   */
  async tell(run: RemediationRun): Promise<boolean> {
    const { store, context } = this.#parts;
    const now = context.clock.now().getTime();
    const { trigger, endedAt = now } = run;
    if (trigger.kind !== "alarm" || now - endedAt > NEWS || isNobodysWish(run)) return true;
    // What was refused may begin later under the same id, with notes of its own.
    const name = `told/${runKey(run)}/${run.createdAt}`;
    const mark = await store.get("marks", name);
    const news = run.notes.slice(mark?.value.at ?? 0);
    const [first] = news;
    if (!first) return true;
    const entries = await this.#threads(trigger.fingerprint);
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
    // A conflict: another process has told it meanwhile.
    if ((await store.commit(writes)) === undefined && messages.length > 0) this.#parts.onMessages(messages);
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
    const told = [...new Set(entries.map(({ channel }) => channel))];
    const wanted = run.runbook.page.length > 0 ? run.runbook.page : told;
    const channels = wanted.length > 0 ? wanted : policy.route.channels;
    const last = run.notes.at(-1);
    if (!last) return [];
    const page = { ...this.#noteOf(run, last, run.notes.length - 1), severity: "critical" };
    return channels.filter((name) => Object.hasOwn(policy.channels, name)).map((name) => pageFor(page, name));
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
