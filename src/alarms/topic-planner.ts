import type { AwsSession } from "../aws/session.ts";
import { formatArn, parseArn } from "../model/arn.ts";
import type { Configuration } from "../model/configuration.ts";
import { type Scope, scopeAddress } from "../model/scope.ts";
import type { Change, PlanNote } from "../plan/plan.ts";
import type { Outcome, PlannedChanges, Planner } from "../plan/planner.ts";
import { hashOf } from "../support/canonical-json.ts";
import type { Context } from "../support/context.ts";
import { isWatchkeeperError, messageOf } from "../support/errors.ts";
import { applyEach } from "./apply-each.ts";
import type { DesiredAlarms } from "./desired/desired-alarm.ts";
import { type AwsTag, configurationTags, madeBy } from "./spec/tags.ts";

export interface TopicPlannerOptions {
  readonly session: AwsSession;
  readonly context: Context;
  readonly configuration: Pick<Configuration, "name" | "topics">;
  /** The alarms whose actions name the topics that are needed here. */
  readonly desired: Pick<DesiredAlarms, "alarms">;
  /** `destroy`: topics that this configuration made here go. */
  readonly intent?: "plan" | "destroy";
}

/** The type of the topics' scope and addresses. */
export const TOPIC_TYPE = "sns.topic";

/** A topic of the configuration in the place that is planned. */
export interface TopicHere {
  readonly arn: string;
  readonly name: string;
  /** It is there already; else the plan makes it. */
  readonly exists: boolean;
}

/** Topics as planned, and which ones there are. */
export interface PlannedTopics extends PlannedChanges {
  /** The configuration's topics here, there already or to be made. Empty when topics could not be listed. */
  readonly topics: readonly TopicHere[];
  /** ARNs of all topics here, whoever made them; undefined when they could not be listed. */
  readonly existing?: ReadonlySet<string>;
}

/** A topic as plans show it. */
interface TopicState {
  readonly arn: string;
  readonly tags: readonly AwsTag[];
}

/**
 * Plans and applies the notification topics of one account and region: those of the configuration that have a name and that an alarm
 * here needs are created, tagged as ours. Every other target of an action is looked up once; a missing one is a note of severity
 * `error` with code `missing-target`, and nothing should be applied then: CloudWatch would accept the alarm and page nobody.
 * A topic is deleted only by `destroy`, and only when our tag says that we made it.
 */
export class TopicPlanner implements Planner {
  readonly types: readonly string[] = [TOPIC_TYPE];
  readonly #options: TopicPlannerOptions;

  constructor(options: TopicPlannerOptions) {
    this.#options = options;
  }

  async plan(): Promise<PlannedTopics> {
    const { intent = "plan" } = this.#options;
    const { arns, error } = await this.#existing();
    if (error !== undefined) return { ...this.#result([], 0, [], error), topics: [] };
    const planned = await (intent === "destroy" ? this.#destruction(arns) : this.#creation(arns));
    return { ...planned, topics: this.#topicsHere(arns, planned.changes), existing: arns };
  }

  async apply(changes: readonly Change[], report: (outcome: Outcome) => void): Promise<void> {
    await applyEach(changes, this.#options.context.signal, report, (change) => this.#applyOne(change));
  }

  async #applyOne({ action, name, before, after }: Change): Promise<Outcome["error"]> {
    const { session, configuration } = this.#options;
    if (action === "create") {
      const { tags } = after as TopicState;
      // The same call again answers with the same topic.
      await session.send("sns", "CreateTopic", {
        Name: name,
        Tags: tags.map((tag) => ({ ...tag })),
        // Version 2 signs with SHA-256.
        Attributes: { SignatureVersion: "2", ...(name.endsWith(".fifo") ? { FifoTopic: "true" } : {}) },
      });
      return undefined;
    }
    const { arn } = before as TopicState;
    if (!madeBy(configuration.name, await this.#tags(arn)))
      return {
        code: "stale",
        message: "it no longer has the tag that says we made it",
        remedy: "plan again",
      };
    await session.send("sns", "DeleteTopic", { TopicArn: arn });
    return undefined;
  }

  async #creation(existing: ReadonlySet<string>): Promise<PlannedChanges> {
    const { configuration } = this.#options;
    const ours = this.#ownTopics();
    const changes: Change[] = [];
    const notes: PlanNote[] = [];
    let unchanged = 0;
    for (const [arn, users] of this.#targets()) {
      const name = ours.get(arn);
      if (existing.has(arn)) unchanged += name === undefined ? 0 : 1;
      else if (name !== undefined)
        changes.push({
          ...this.#change(name),
          action: "create",
          reason: { code: "new", text: "no such topic yet" },
          after: { arn, tags: configurationTags(configuration.name) } satisfies TopicState,
        });
      else {
        const note = await this.#missing(arn, users);
        if (note) notes.push(note);
      }
    }
    return this.#result(changes, unchanged, notes, undefined);
  }

  async #destruction(existing: ReadonlySet<string>): Promise<PlannedChanges> {
    const { configuration } = this.#options;
    const changes: Change[] = [];
    const notes: PlanNote[] = [];
    for (const [arn, name] of this.#ownTopics()) {
      if (!existing.has(arn)) continue;
      const tags = await this.#tags(arn);
      if (!madeBy(configuration.name, tags)) {
        notes.push({
          severity: "info",
          code: "topic-not-ours",
          message: `topic ${name} was not made by us: it stays`,
        });
        continue;
      }
      const before: TopicState = { arn, tags };
      const text = `what configuration ${configuration.name} made is destroyed`;
      const reason = { code: "destroy", text };
      changes.push({
        ...this.#change(name),
        action: "delete",
        reason,
        before,
        beforeHash: hashOf(before, 16),
      });
      const { Attributes = {} } = await this.#options.session.send("sns", "GetTopicAttributes", {
        TopicArn: arn,
      });
      const subscribers = Number(Attributes["SubscriptionsConfirmed"] ?? 0);
      if (subscribers > 0)
        notes.push({
          severity: "warning",
          code: "topic-subscribed",
          message: `topic ${name} goes with its ${subscribers} ${subscribers === 1 ? "subscription" : "subscriptions"}`,
        });
    }
    return this.#result(changes, 0, notes, undefined);
  }

  #topicsHere(existing: ReadonlySet<string>, changes: readonly Change[]): readonly TopicHere[] {
    const { session, configuration } = this.#options;
    const made = new Set(changes.filter(({ action }) => action === "create").map(({ name }) => name));
    const named = [...this.#ownTopics()].map(([arn, name]) => ({ arn, name, made: made.has(name) }));
    const given = Object.values(configuration.topics).flatMap((topic) => {
      const arn = "arn" in topic ? parseArn(topic.arn) : undefined;
      const isHere = arn?.account === session.account && arn.region === session.region;
      return arn && isHere ? [{ arn: formatArn(arn), name: arn.resource, made: false }] : [];
    });
    return [...named, ...given]
      .map(({ arn, name, made: isMade }) => ({ arn, name, exists: existing.has(arn), isMade }))
      .filter(({ exists, isMade }) => exists || isMade)
      .map(({ arn, name, exists }) => ({ arn, name, exists }));
  }

  /** ARNs of all topics here, and why there may be more. */
  async #existing(): Promise<{ readonly arns: ReadonlySet<string>; readonly error?: Scope["error"] }> {
    const found = new Set<string>();
    try {
      for await (const { Topics = [] } of this.#options.session.pages("sns", "ListTopics", {}))
        for (const { TopicArn } of Topics) if (TopicArn !== undefined) found.add(TopicArn);
      return { arns: found };
    } catch (error) {
      const code = isWatchkeeperError(error) ? error.code : "listing-failed";
      return { arns: found, error: { code, message: messageOf(error) } };
    }
  }

  /** A target that isn't among the topics here. Another account's topics can't be listed, so each of those is asked for. */
  async #missing(arn: string, users: string): Promise<PlanNote | undefined> {
    const { session } = this.#options;
    const missing: PlanNote = {
      severity: "error",
      code: "missing-target",
      message: `${arn} does not exist, and ${users} would tell nobody: create it or correct the configuration`,
    };
    if (parseArn(arn)?.account === session.account) return missing;
    try {
      await session.send("sns", "GetTopicAttributes", { TopicArn: arn });
      return undefined;
    } catch (error) {
      if (isWatchkeeperError(error) && /^NotFound/.test(error.code)) return missing;
      const message = `whether ${arn} exists could not be found out: ${messageOf(error)}`;
      return { severity: "info", code: "target-unverified", message };
    }
  }

  /** SNS topics that alarms here send to, each with one that does. Actions are the same for all alarms of a definition. */
  #targets(): ReadonlyMap<string, string> {
    const targets = new Map<string, string>();
    const known = new Set<unknown>();
    for (const alarm of this.#options.desired.alarms.values()) {
      if (known.has(alarm.definition)) continue;
      known.add(alarm.definition);
      const { alarmActions, okActions, insufficientDataActions } = alarm.spec;
      for (const arn of [...alarmActions, ...okActions, ...insufficientDataActions])
        if (parseArn(arn)?.service === "sns" && !targets.has(arn))
          targets.set(arn, `alarm ${alarm.definition.key} of policy ${alarm.policy.name}`);
    }
    return targets;
  }

  /** The configuration's own topics here: names by ARN. */
  #ownTopics(): ReadonlyMap<string, string> {
    const { session, configuration } = this.#options;
    const { partition, account, region } = session;
    const named = Object.values(configuration.topics).flatMap((topic) =>
      "name" in topic ? [topic.name] : [],
    );
    return new Map(
      named.map((name) => [formatArn({ partition, service: "sns", region, account, resource: name }), name]),
    );
  }

  async #tags(arn: string): Promise<readonly AwsTag[]> {
    const { Tags = [] } = await this.#options.session.send("sns", "ListTagsForResource", {
      ResourceArn: arn,
    });
    return Tags.map(({ Key = "", Value = "" }) => ({ Key, Value }));
  }

  #change(name: string): Pick<Change, "address" | "scope" | "identity" | "name" | "fields"> {
    const { session, configuration } = this.#options;
    const scope = { account: session.account, region: session.region, type: TOPIC_TYPE };
    const identity = `${configuration.name}/${name}`;
    return { address: `${scopeAddress(scope)}/${identity}`, scope, identity, name, fields: [] };
  }

  #result(
    changes: readonly Change[],
    unchanged: number,
    notes: readonly PlanNote[],
    error: Scope["error"],
  ): PlannedChanges {
    const { account, region } = this.#options.session;
    const scope = { account, region, type: TOPIC_TYPE, complete: error === undefined };
    const created = changes.filter(({ action }) => action === "create").length;
    const deleted = changes.length - created;
    return {
      scopes: [error === undefined ? scope : { ...scope, error }],
      changes,
      unchanged,
      notes: error === undefined ? notes : [...notes, unknownTopics(account, region, error.message)],
      cost: { before: 0, after: 0 },
      callsToMake: {
        ...(created > 0 ? { "sns:CreateTopic": created } : {}),
        ...(deleted > 0 ? { "sns:ListTagsForResource": deleted, "sns:DeleteTopic": deleted } : {}),
      },
    };
  }
}

function unknownTopics(account: string, region: string, why: string): PlanNote {
  return {
    severity: "error",
    code: "topics-unknown",
    message: `topics of ${account} ${region} could not be listed, so whether alarms reach anybody is not known: ${why}`,
  };
}
