// CloudWatch's alarms and SNS's topics in memory, behind the port that features use: what Put overwrites, what it ignores, what fails.

import type { RawCompositeAlarm, RawMetricAlarm } from "../../src/aws/describe-alarms.ts";
import type {
  AwsSession,
  InputOf,
  OperationName,
  OutputOf,
  Quota,
  ServiceName,
} from "../../src/aws/session.ts";
import type { Clock } from "../../src/support/clock.ts";
import { WatchkeeperError } from "../../src/support/errors.ts";

type Raw = RawMetricAlarm & RawCompositeAlarm & Record<string, unknown>;

/** What happens to a call instead of success. `lost`: it has its effect and its answer is lost. `kill`: the process dies before it. */
export type Fault = "throttle" | "error" | "lost" | "kill";

/** The process was killed: nothing after this happens. */
class Killed extends Error {}

export class MemoryCloudWatch implements AwsSession {
  readonly account = "111122223333";
  readonly accountName = "main";
  readonly region = "eu-central-1";
  readonly partition = "aws";
  readonly alarms = new Map<string, Raw>();
  readonly tags = new Map<string, Map<string, string>>();
  readonly topics = new Map<string, Map<string, string>>();
  /** Every call, in order: `PutMetricAlarm`. */
  readonly calls: string[] = [];
  readonly log: { readonly operation: string; readonly input: unknown }[] = [];
  pageSize = 100;
  rate: Quota = { ratePerSecond: 3, burst: 3 };
  /** Asked before every call. */
  fault: (call: number, operation: string) => Fault | undefined = () => undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Alarms that exist, as JSON: for comparing accounts. Times are left out. */
  snapshot(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.alarms.values()]
        .map(
          ({ AlarmConfigurationUpdatedTimestamp: _time, ...alarm }) =>
            [alarm.AlarmName ?? "", alarm] as const,
        )
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  async send<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
  ): Promise<OutputOf<S, O>> {
    const name = String(operation);
    const fault = this.fault(this.calls.length, name);
    if (fault === "kill") throw new Killed();
    this.calls.push(name);
    this.log.push({ operation: name, input });
    if (fault === "throttle") throw awsError("Throttling", "Rate exceeded", true);
    if (fault === "error") throw awsError("InternalServiceError", "try again", true);
    const output = this.#run(service, name, structuredClone(input) as Record<string, unknown>);
    if (fault === "lost") throw awsError("RequestTimeout", "no answer", true);
    return structuredClone(output) as OutputOf<S, O>;
  }

  async *pages<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
  ): AsyncIterable<OutputOf<S, O>> {
    let token: string | undefined;
    do {
      const page = await this.send(service, operation, { ...(input as object), NextToken: token } as InputOf<
        S,
        O
      >);
      yield page;
      token = (page as { NextToken?: string }).NextToken;
    } while (token !== undefined);
  }

  quota(): Quota {
    return this.rate;
  }

  inRegion(): AwsSession {
    return this;
  }

  #run(service: ServiceName, operation: string, input: Record<string, unknown>): unknown {
    switch (`${service}:${operation}`) {
      case "cloudwatch:DescribeAlarms":
        return this.#describe(input);
      case "cloudwatch:PutMetricAlarm":
      case "cloudwatch:PutCompositeAlarm":
        return this.#put(operation, input);
      case "cloudwatch:DeleteAlarms":
        return this.#delete(input["AlarmNames"] as string[]);
      case "cloudwatch:EnableAlarmActions":
        for (const name of input["AlarmNames"] as string[]) {
          const alarm = this.alarms.get(name);
          if (alarm) this.alarms.set(name, { ...alarm, ActionsEnabled: true });
        }
        return {};
      case "cloudwatch:ListTagsForResource":
        return { Tags: pairs(this.tags.get(nameIn(input["ResourceARN"])) ?? new Map()) };
      case "cloudwatch:TagResource":
        for (const { Key, Value } of input["Tags"] as { Key: string; Value: string }[])
          this.#tagsOf(nameIn(input["ResourceARN"])).set(Key, Value);
        return {};
      case "sns:ListTopics":
        return { Topics: [...this.topics.keys()].map((TopicArn) => ({ TopicArn })) };
      case "sns:CreateTopic": {
        const arn = `arn:aws:sns:${this.region}:${this.account}:${input["Name"]}`;
        if (!this.topics.has(arn))
          this.topics.set(
            arn,
            new Map((input["Tags"] as { Key: string; Value: string }[]).map((t) => [t.Key, t.Value])),
          );
        return { TopicArn: arn };
      }
      case "sns:ListTagsForResource":
        return { Tags: pairs(this.topics.get(String(input["ResourceArn"])) ?? new Map()) };
      case "sns:GetTopicAttributes":
        if (!this.topics.has(String(input["TopicArn"])))
          throw awsError("NotFound", "Topic does not exist", false);
        return { Attributes: { SubscriptionsConfirmed: "0" } };
      case "sns:DeleteTopic":
        this.topics.delete(String(input["TopicArn"]));
        return {};
      default:
        throw awsError("NotImplemented", operation, false);
    }
  }

  #describe(input: Record<string, unknown>): unknown {
    const names = input["AlarmNames"] as string[] | undefined;
    const all = [...this.alarms.values()].filter(
      (alarm) => names === undefined || names.includes(alarm.AlarmName ?? ""),
    );
    const start = Number(input["NextToken"] ?? 0);
    const page = all.slice(start, start + this.pageSize);
    return {
      MetricAlarms: page.filter((alarm) => alarm.AlarmRule === undefined),
      CompositeAlarms: page.filter((alarm) => alarm.AlarmRule !== undefined),
      ...(start + this.pageSize < all.length ? { NextToken: String(start + this.pageSize) } : {}),
    };
  }

  #put(operation: string, { Tags, ...input }: Record<string, unknown>): unknown {
    const name = String(input["AlarmName"]);
    const before = this.alarms.get(name);
    if (before && (before.AlarmRule !== undefined) !== (operation === "PutCompositeAlarm"))
      throw awsError("ValidationError", "The alarm type cannot be changed", false);
    const n = Number(input["EvaluationPeriods"] ?? 1);
    if (Number(input["DatapointsToAlarm"] ?? n) > n) throw awsError("ValidationError", "M over N", false);
    if (Number(input["Period"] ?? 0) * n > 604_800)
      throw awsError("ValidationError", "window too long", false);
    if (operation === "PutCompositeAlarm")
      for (const child of childrenOf(input as Raw))
        if (!this.alarms.has(child)) throw awsError("ValidationError", `${child} does not exist`, false);
    // Tags are only heeded at creation.
    if (!before)
      for (const { Key, Value } of (Tags as { Key: string; Value: string }[] | undefined) ?? [])
        this.#tagsOf(name).set(Key, Value);
    this.alarms.set(name, {
      ActionsEnabled: true,
      OKActions: [],
      AlarmActions: [],
      InsufficientDataActions: [],
      ...(operation === "PutMetricAlarm" && input["Metrics"] === undefined ? { Dimensions: [] } : {}),
      ...input,
      StateValue: before?.StateValue ?? "INSUFFICIENT_DATA",
      AlarmConfigurationUpdatedTimestamp: this.#clock.now(),
    } as Raw);
    return {};
  }

  #delete(names: readonly string[]): unknown {
    const composites = names.filter((name) => this.alarms.get(name)?.AlarmRule !== undefined);
    if (names.length > 100 || composites.length > 1)
      throw awsError("ValidationError", "too many names", false);
    for (const name of names) {
      const parent = [...this.alarms.values()].find(
        (alarm) => !names.includes(alarm.AlarmName ?? "") && childrenOf(alarm).includes(name),
      );
      if (parent)
        throw awsError("ValidationError", `Cannot delete ${name}: ${parent.AlarmName} depends on it`, false);
      if (!this.alarms.has(name)) throw awsError("ResourceNotFound", name, false);
    }
    for (const name of names) {
      this.alarms.delete(name);
      this.tags.delete(name);
    }
    return {};
  }

  #tagsOf(name: string): Map<string, string> {
    const tags = this.tags.get(name) ?? new Map<string, string>();
    this.tags.set(name, tags);
    return tags;
  }
}

function childrenOf({ AlarmRule = "" }: Raw): string[] {
  return [...AlarmRule.matchAll(/(?:ALARM|OK|INSUFFICIENT_DATA)\("?([^")]+)"?\)/g)].map(
    ([, name = ""]) => name,
  );
}

function nameIn(arn: unknown): string {
  return String(arn).split(":").slice(6).join(":");
}

function pairs(tags: ReadonlyMap<string, string>) {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

function awsError(code: string, message: string, retryable: boolean): WatchkeeperError {
  return new WatchkeeperError(code, message, { source: "aws", retryable });
}
