import { makePlan, type PlanOptions } from "../../../src/app/plan.ts";
import { inProcessHandler } from "../../../src/local/in-process.ts";
import { applyScenario, cloudOptions } from "../../../src/local/scenario/apply.ts";
import { createLocalCloud, type LocalCloud } from "../../../src/local/server.ts";
import { topicsKey } from "../../../src/local/services/sns/topic.ts";
import { queueByArn } from "../../../src/local/services/sqs.ts";
import type { Configuration } from "../../../src/model/configuration.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import type { Outcome } from "../../../src/plan/planner.ts";
import { silentLogger } from "../../../src/support/context.ts";
import { readTexts } from "./sweep-world.ts";

export const MAIN = "111122223333";
export const SECOND = "444455556666";
export const CHINA = "777788889999";

export const SCENARIO = `
version: 1
region: eu-central-1
accounts:
  - { id: "${MAIN}", name: main }
  - { id: "${SECOND}", name: second }
  - { id: "${CHINA}", name: china, partition: aws-cn }
groups:
  - { name: main, names: main-1 }
  - { name: west, names: west-1, region: eu-west-1 }
  - { name: second, names: second-1, account: "${SECOND}" }
  - { name: china, names: china-1, account: "${CHINA}", region: cn-north-1 }
`;

/** A configuration with one alarm for each instance. */
export function listeningConfiguration({
  listen = "",
  regions = ["eu-central-1", "eu-west-1"],
  topics = "ops: { name: ops }",
  rest = "",
}: {
  readonly listen?: string;
  readonly regions?: readonly string[];
  readonly topics?: string;
  readonly rest?: string;
}): string {
  return `version: 1
name: hears
regions: [${regions.join(", ")}]
policies:
  - name: all
    select: { type: ec2.instance }
    alarms:
      cpu:
        { namespace: AWS/EC2, metricName: CPUUtilization, dimensions: { InstanceId: $resource.id }, statistic: Average,
          period: 5m, evaluationPeriods: 1, comparisonOperator: GreaterThanThreshold, threshold: 80, severity: critical }
severities: { critical: { alarm: [ops] } }
topics: { ${topics} }
notifications:
  channels: { hook: "webhook://127.0.0.1:9/" }
  route: { receiver: hook }
${listen === "" ? "" : `  listen: ${listen}`}
${rest}`;
}

export interface RunOptions extends PlanOptions {
  readonly regions?: readonly string[];
  readonly formerRegions?: boolean;
  /** The process is killed at this request; with `effect` it is still served. */
  readonly killAt?: { readonly call: number; readonly effect: boolean };
  /** Whose credentials it runs with. */
  readonly account?: string;
  /** Only plans. */
  readonly dry?: boolean;
  /** What happens while somebody reads the plan. */
  readonly betweenPlanAndApply?: () => void;
}

export interface Run {
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
}

const { scenario } = readTexts(SCENARIO);
const read = new Map<string, Configuration>();

/** A configuration from its text, read once. */
function configurationOf(text: string): Configuration {
  const configuration = read.get(text) ?? (readTexts(SCENARIO, text).configurations[0] as Configuration);
  read.set(text, configuration);
  return configuration;
}

/** A cloud in this process, planned and applied to without sockets and waiting. */
export class ListeningWorld {
  readonly local: LocalCloud;
  /** Whether addresses confirm their subscriptions at once. */
  listenerIsUp = false;

  constructor() {
    this.local = createLocalCloud(cloudOptions(scenario));
    applyScenario(this.local.cloud, scenario);
  }

  /** Plans and applies; undefined when it was killed. */
  async run(text: string, options: RunOptions = {}): Promise<Run | undefined> {
    const {
      killAt,
      regions,
      formerRegions,
      account = MAIN,
      dry,
      betweenPlanAndApply,
      ...planOptions
    } = options;
    const configuration = configurationOf(text);
    const keys = this.local.accounts.all.find(({ id }) => id === account);
    if (!keys) throw new Error(`there is no account ${account}`);
    let calls = 0;
    let killed: () => void = () => undefined;
    const dead = new Promise<undefined>((resolve) => {
      killed = () => resolve(undefined);
    });
    const handle = async (request: Parameters<LocalCloud["handle"]>[0]) => {
      const response = await this.local.handle(request);
      if (this.listenerIsUp) this.confirmAll();
      return response;
    };
    const requestHandler = inProcessHandler(async (request) => {
      calls += 1;
      if (killAt === undefined || calls < killAt.call) return handle(request);
      if (calls === killAt.call && killAt.effect) await handle(request);
      killed();
      return new Promise<never>(() => undefined);
    });
    const env = {
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_REGION: keys.partition === "aws-cn" ? "cn-north-1" : "eu-central-1",
      AWS_ENDPOINT_URL: "http://127.0.0.1",
    };
    const reach = { env, requestHandler, regions, formerRegions };
    const whole = async (): Promise<Run> => {
      const prepared = await makePlan(configuration, reach, hasty(), planOptions);
      const outcomes: Outcome[] = [];
      betweenPlanAndApply?.();
      try {
        if (!dry) await prepared.apply((outcome) => outcomes.push(outcome));
      } finally {
        prepared.close();
      }
      return { plan: prepared.plan, outcomes };
    };
    return Promise.race([whole(), dead]);
  }

  /** `run` that isn't killed. */
  async apply(text: string, options: Omit<RunOptions, "killAt"> = {}): Promise<Run> {
    const done = await this.run(text, options);
    if (!done) throw new Error("it was killed");
    return done;
  }

  plan(text: string, options: Omit<RunOptions, "killAt" | "dry"> = {}): Promise<Run> {
    return this.apply(text, { ...options, dry: true });
  }

  /** Requests that planning and applying takes. */
  async callsOf(text: string): Promise<number> {
    this.local.resetRequests();
    await this.apply(text);
    return [...this.local.requests.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Confirms the subscriptions of addresses. */
  confirmAll(): void {
    for (const region of ["eu-central-1", "eu-west-1"])
      for (const { subscriptions } of this.local.cloud.state(topicsKey, MAIN, region).values())
        for (const sub of subscriptions.values()) sub.confirmed ||= sub.protocol === "https";
  }

  topic(name: string, region = "eu-central-1", account = MAIN) {
    const topics = [...this.local.cloud.state(topicsKey, account, region).values()];
    const topic = topics.find((one) => one.name === name);
    if (!topic) return undefined;
    const subscriptions = [...topic.subscriptions.values()].map(
      ({ protocol, endpoint, confirmed }) =>
        `${protocol} ${endpoint.split(":").at(protocol === "sqs" ? -1 : 0)}${confirmed ? "" : " pending"}`,
    );
    return { subscriptions: subscriptions.sort(), tags: [...topic.tags.keys()].sort() };
  }

  queue(name: string, region = "eu-central-1", account = MAIN) {
    const partition = region.startsWith("cn-") ? "aws-cn" : "aws";
    return queueByArn(this.local.cloud, `arn:${partition}:sqs:${region}:${account}:${name}`);
  }

  /** Everything that hears, in both regions of the main account. */
  state(): unknown {
    return {
      topics: ["eu-central-1", "eu-west-1"].map((region) => this.topic("ops", region)?.subscriptions),
      queues: ["inbox", "second"].map((name) => {
        const queue = this.queue(name);
        return queue && [queue.attributes()["Policy"], [...queue.tags]];
      }),
    };
  }
}

/** A context whose clock jumps over every sleep. */
function hasty() {
  let skipped = 0;
  return {
    clock: {
      now: () => new Date(Date.now() + skipped),
      sleep: async (ms: number) => {
        skipped += ms;
      },
    },
    random: () => 0.5,
    signal: new AbortController().signal,
    log: silentLogger,
  };
}
