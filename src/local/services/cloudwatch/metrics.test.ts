import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  GetMetricStatisticsCommand,
  type GetMetricStatisticsCommandInput,
  ListMetricsCommand,
  type ListMetricsCommandInput,
  type MetricDataQuery,
  type MetricDataResult,
  type MetricDatum,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_ACCOUNTS, type LocalAccount } from "../../accounts.ts";
import { VirtualClock } from "../../clock.ts";
import type { GeneratedSeries } from "../../metrics/metric-store.ts";
import { metricStoreKey } from "../../metrics/metric-store-key.ts";
import { createLocalCloud, type LocalCloud } from "../../server.ts";

const NOW = new Date("2026-11-20T12:00:00Z");
const REGION = "eu-central-1";
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

let local: LocalCloud;
let client: CloudWatchClient;

beforeEach(() => {
  local = createLocalCloud({ clock: new VirtualClock({ start: NOW, host: () => 0 }) });
  const { accessKeyId, secretAccessKey } = DEFAULT_ACCOUNTS[0] as LocalAccount;
  client = new CloudWatchClient({
    region: REGION,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: local.requestHandler(),
    maxAttempts: 1,
  });
  return () => local.close();
});

/** `seconds` from now. */
const at = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

const put = (...MetricData: MetricDatum[]) =>
  client.send(new PutMetricDataCommand({ Namespace: "Acme", MetricData }));

const value = (Value: number, seconds = 0, more: Partial<MetricDatum> = {}): MetricDatum => ({
  MetricName: "jobs",
  Value,
  Timestamp: at(seconds),
  ...more,
});

const query = (Stat: string, Period = 60, more: object = {}): MetricDataQuery => ({
  Id: "m1",
  MetricStat: { Metric: { Namespace: "Acme", MetricName: "jobs" }, Period, Stat, ...more },
});

const getData = (input: Partial<GetMetricDataCommandInput> = {}) =>
  client.send(
    new GetMetricDataCommand({
      MetricDataQueries: [query("Average")],
      StartTime: at(-HOUR),
      EndTime: at(MINUTE),
      ...input,
    }),
  );

const points = ({ Timestamps = [], Values = [] }: MetricDataResult = {}) =>
  Timestamps.map((time, i) => [(time.getTime() - NOW.getTime()) / 1000, Values[i]]);

const read = async (
  stat: string,
  input: Partial<GetMetricDataCommandInput> = {},
  period = 60,
  more: object = {},
) =>
  points(
    (await getData({ MetricDataQueries: [query(stat, period, more)], ...input })).MetricDataResults?.[0],
  );

const statistics = (input: Partial<GetMetricStatisticsCommandInput> = {}) =>
  client.send(
    new GetMetricStatisticsCommand({
      Namespace: "Acme",
      MetricName: "jobs",
      StartTime: at(-HOUR),
      EndTime: at(MINUTE),
      Period: 60,
      Statistics: ["Average"],
      ...input,
    }),
  );

const generated = (
  options: Partial<GeneratedSeries> & { readonly interval?: number } = {},
): GeneratedSeries => {
  const interval = options.interval ?? 300;
  return {
    interval,
    start: NOW.getTime() / 1000 - 30 * DAY,
    end: () => undefined,
    *samples(from, to) {
      for (let time = Math.ceil(from / interval) * interval; time < to; time += interval)
        yield { time, value: time % HOUR };
    },
    ...options,
  };
};
const attach = (InstanceId: string, series = generated(), metricName = "CPUUtilization") =>
  local.cloud
    .state(metricStoreKey, "111122223333", REGION)
    .attach({ namespace: "AWS/EC2", metricName, dimensions: { InstanceId } }, series);

describe("PutMetricData and statistics", () => {
  it("aggregate values, counted values and statistic sets of one minute", async () => {
    await put(
      value(1, -60),
      value(3, -30),
      { MetricName: "jobs", Timestamp: at(-1), Values: [10, 20], Counts: [2, 1] },
      {
        MetricName: "jobs",
        Timestamp: at(-1),
        StatisticValues: { SampleCount: 2, Sum: 6, Minimum: 2, Maximum: 4 },
      },
    );
    const { Label, Datapoints } = await statistics({
      Statistics: ["SampleCount", "Sum", "Average", "Minimum", "Maximum"],
    });
    expect(Label).toBe("jobs");
    expect(Datapoints).toEqual([
      { Timestamp: at(-60), Unit: "None", SampleCount: 7, Sum: 50, Average: 50 / 7, Minimum: 1, Maximum: 20 },
    ]);
  });

  it("give percentiles of raw values, and none where a set hides them", async () => {
    await put({ MetricName: "jobs", Timestamp: at(-120), Values: [1, 2, 3, 4, 5] });
    await put(value(1, -60), {
      MetricName: "jobs",
      Timestamp: at(-60),
      StatisticValues: { SampleCount: 2, Sum: 6, Minimum: 2, Maximum: 4 },
    });
    expect(await read("p50")).toEqual([[-120, 3]]);
    expect(await read("p100")).toEqual([[-120, 5]]);
    const { Datapoints } = await statistics({ Statistics: undefined, ExtendedStatistics: ["p0", "TM(1:4)"] });
    expect(Datapoints).toEqual([
      { Timestamp: at(-120), Unit: "None", ExtendedStatistics: { p0: 1, "TM(1:4)": 3 } },
    ]);
  });

  it("keep seconds for high resolution and minutes otherwise", async () => {
    await put(value(1, -50, { StorageResolution: 1 }), value(9, -50, { MetricName: "slow" }));
    expect(await read("Sum", {}, 10)).toEqual([[-50, 1]]);
    expect(await read("Sum", {}, 10, { Metric: { Namespace: "Acme", MetricName: "slow" } })).toEqual([
      [-60, 9],
    ]);
  });

  it("keep units apart and say when several were found", async () => {
    await put(value(1, -60, { Unit: "Seconds" }), value(60_000, -60, { Unit: "Milliseconds" }));
    const { MetricDataResults } = await getData({ MetricDataQueries: [query("Sum")] });
    expect(MetricDataResults?.[0]).toMatchObject({
      Values: [60_000],
      Messages: [{ Code: "MultipleUnits", Value: "Multiple units returned: '[Milliseconds, Seconds]'" }],
    });
    expect(await read("Sum", {}, 60, { Unit: "Seconds" })).toEqual([[-60, 1]]);
    expect(await read("Sum", {}, 60, { Unit: "Bytes" })).toEqual([]);
    expect((await statistics()).Datapoints).toHaveLength(2);
  });

  it("accept points in any order, also between readings", async () => {
    await put(value(3, -180), value(1, -300));
    expect(await read("Sum", { ScanBy: "TimestampAscending" })).toEqual([
      [-300, 1],
      [-180, 3],
    ]);
    await put(value(2, -240), value(4, -120));
    expect(await read("Sum")).toEqual([
      [-120, 4],
      [-180, 3],
      [-240, 2],
      [-300, 1],
    ]);
  });
});

describe("PutMetricData refuses", () => {
  const many = Array.from({ length: 151 }, (_, i) => i);
  const set = { SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 };
  it.each<[string, Partial<MetricDatum>]>([
    ["The value NaN for parameter MetricData.member.1.Value is invalid.", { Value: Number.NaN }],
    [
      "The value Infinity for parameter MetricData.member.1.Value is invalid.",
      { Value: Number.POSITIVE_INFINITY },
    ],
    ["The value 3e+108 for parameter MetricData.member.1.Value is invalid.", { Value: 3e108 }],
    [
      "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.",
      { Values: [1] },
    ],
    [
      "The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are mutually exclusive and you have specified both.",
      { StatisticValues: set },
    ],
    [
      "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.",
      { Value: undefined, Values: [1, 2], Counts: [1] },
    ],
    [
      "The collection MetricData.member.1.Values must not have a size greater than 150.",
      { Value: undefined, Values: many },
    ],
    ["The parameter MetricData.member.1.Value is required.", { Value: undefined }],
    [
      "The parameter MetricData.member.1.Timestamp must specify a time no more than two weeks in the past.",
      { Timestamp: at(-14 * DAY - 1) },
    ],
    [
      "The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future.",
      { Timestamp: at(2 * HOUR + 1) },
    ],
    [
      "The collection MetricData.member.1.Dimensions must not have a size greater than 30.",
      { Dimensions: many.slice(0, 31).map((i) => ({ Name: `d${i}`, Value: "x" })) },
    ],
  ])("%s", async (message, datum) => {
    await expect(put(value(1, 0, datum))).rejects.toThrow(message);
    expect((await client.send(new ListMetricsCommand({}))).Metrics).toEqual([]);
  });

  it("namespaces of AWS, too much and nothing", async () => {
    const send = (Namespace: string, MetricData: MetricDatum[]) =>
      client.send(new PutMetricDataCommand({ Namespace, MetricData }));
    await expect(send("AWS/EC2", [value(1)])).rejects.toThrow(
      "The value AWS/ for parameter Namespace is invalid.",
    );
    await expect(send("Acme", Array(1001).fill(value(1)))).rejects.toThrow(/size greater than 1000/);
    await expect(send("Acme", [])).rejects.toThrow("The parameter MetricData is required.");
  });

  it("all of a request when one datum is wrong", async () => {
    await expect(put(value(1), value(Number.NaN))).rejects.toThrow(/MetricData.member.2.Value/);
    expect(await read("Sum")).toEqual([]);
  });
});

describe("reading by period", () => {
  it("includes the start, excludes the end and begins at the start's minute", async () => {
    await put(...[-300, -240, -180, -120].map((seconds) => value(1, seconds)));
    const range = { StartTime: at(-300 + 34), EndTime: at(-120) };
    expect(await read("Sum", range)).toEqual([
      [-180, 1],
      [-240, 1],
      [-300, 1],
    ]);
    expect(await read("Sum", { StartTime: at(-240), EndTime: at(0) }, 120)).toEqual([
      [-120, 1],
      [-240, 2],
    ]);
  });

  it("gives fine periods only as long as CloudWatch keeps them", async () => {
    attach("i-1", generated({ interval: 60, start: 0 }));
    const Metric = {
      Namespace: "AWS/EC2",
      MetricName: "CPUUtilization",
      Dimensions: [{ Name: "InstanceId", Value: "i-1" }],
    };
    const oldest = async (period: number, days: number) => {
      const found = await read(
        "SampleCount",
        { StartTime: at(-days * DAY), EndTime: at(-days * DAY + DAY) },
        period,
        { Metric },
      );
      return found.length;
    };
    expect(await oldest(60, 15)).toBe(1440);
    expect(await oldest(60, 16)).toBe(0);
    expect(await oldest(300, 16)).toBe(288);
    expect(await oldest(300, 64)).toBe(0);
    expect(await oldest(3600, 64)).toBe(24);
    expect(await oldest(3600, 456)).toBe(0);
  });

  it("aggregates AWS/EC2 over instances when no dimension is given, custom metrics never", async () => {
    attach("i-1");
    attach("i-2");
    const Metric = { Namespace: "AWS/EC2", MetricName: "CPUUtilization" };
    expect(await read("SampleCount", {}, 3600, { Metric })).toEqual([[-3600, 24]]);
    await put(value(1, -60, { Dimensions: [{ Name: "host", Value: "a" }] }));
    expect(await read("Sum")).toEqual([]);
  });

  it("shows nothing generated after now", async () => {
    attach("i-1", generated({ interval: 60 }));
    const Metric = { Namespace: "AWS/EC2", MetricName: "CPUUtilization" };
    const newest = async () => (await read("Sum", { EndTime: at(HOUR) }, 60, { Metric }))[0]?.[0];
    expect(await newest()).toBe(-60);
    await local.cloud.clock.advance(90_000);
    expect(await newest()).toBe(60);
  });
});

describe("GetMetricData", () => {
  it("answers several queries in their order, with labels that tell them apart", async () => {
    await put(value(2, -60), value(4, -60));
    const { MetricDataResults, Messages } = await getData({
      MetricDataQueries: [
        { ...query("Sum"), Id: "a" },
        { ...query("Minimum"), Id: "b" },
        { ...query("Maximum"), Id: "c", ReturnData: false },
        { ...query("Average"), Id: "d", Label: "mine" },
        {
          Id: "e",
          MetricStat: { Metric: { Namespace: "Acme", MetricName: "none" }, Period: 60, Stat: "Sum" },
        },
      ],
    });
    expect(Messages).toEqual([]);
    expect(MetricDataResults).toEqual([
      { Id: "a", Label: "jobs Sum", Timestamps: [at(-60)], Values: [6], StatusCode: "Complete" },
      { Id: "b", Label: "jobs Minimum", Timestamps: [at(-60)], Values: [2], StatusCode: "Complete" },
      { Id: "d", Label: "mine", Timestamps: [at(-60)], Values: [3], StatusCode: "Complete" },
      { Id: "e", Label: "none Sum", Timestamps: [], Values: [], StatusCode: "Complete" },
    ]);
  });

  it("pages by points, each point once, whatever happens in between", async () => {
    for (const id of ["i-1", "i-2", "i-3"]) attach(id, generated({ interval: 60 }));
    const MetricDataQueries = ["i-1", "i-2", "i-3"].map((id, i) => ({
      Id: `m${i}`,
      MetricStat: {
        Metric: {
          Namespace: "AWS/EC2",
          MetricName: "CPUUtilization",
          Dimensions: [{ Name: "InstanceId", Value: id }],
        },
        Period: 60,
        Stat: "Average",
      },
    }));
    const whole = await getData({ MetricDataQueries, EndTime: at(HOUR) });
    expect(whole.MetricDataResults?.map(({ Label }) => Label)).toEqual(["i-1", "i-2", "i-3"]);
    const merged = new Map<string, unknown[]>();
    const codes: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page: Awaited<ReturnType<typeof getData>> = await getData({
        MetricDataQueries,
        EndTime: at(HOUR),
        MaxDatapoints: 50,
        ...(NextToken && { NextToken }),
      });
      const results = page.MetricDataResults ?? [];
      expect(results.flatMap(({ Values = [] }) => Values).length).toBeLessThanOrEqual(50);
      for (const result of results) {
        codes.push(`${result.Id} ${result.StatusCode}`);
        merged.set(result.Id ?? "", [...(merged.get(result.Id ?? "") ?? []), ...points(result)]);
      }
      NextToken = page.NextToken;
      await local.cloud.clock.advance(60_000);
    } while (NextToken);
    expect([...merged.values()]).toEqual(whole.MetricDataResults?.map(points));
    expect(codes).toEqual([
      "m0 PartialData",
      "m0 Complete",
      "m1 PartialData",
      "m1 Complete",
      "m2 PartialData",
      "m2 Complete",
    ]);
  });

  it.each<[Partial<GetMetricDataCommandInput>, RegExp]>([
    [{ EndTime: at(-2 * HOUR) }, /^The parameter EndTime must be greater than StartTime\.$/],
    [{ EndTime: at(-HOUR) }, /^The parameter StartTime must not equal parameter EndTime\.$/],
    [
      { MetricDataQueries: [{ Id: "m1" }] },
      /^The parameter MetricDataQueries.member.1.MetricStat is required\.\n$/,
    ],
    [{ MetricDataQueries: [query("Sum"), query("Sum")] }, /not unique/],
    [{ MetricDataQueries: [query("Median")] }, /Median/],
    [{ MetricDataQueries: [query("Sum", 45)] }, /45/],
    [{ MetricDataQueries: Array.from({ length: 501 }, (_, i) => ({ ...query("Sum"), Id: `m${i}` })) }, /500/],
    [{ MetricDataQueries: [{ Id: "e1", Expression: "m1 + 1" }] }, /^Error in expression 'e1' \[.*m1/],
    [{ MetricDataQueries: [query("Sum"), { Id: "e1", Expression: "SUM(m1)" }] }, /scalar/],
    [{ MetricDataQueries: [{ Id: "q", Expression: "SELECT AVG(a) FROM b" }] }, /Insights.*not implemented/],
    [
      { MetricDataQueries: [{ Id: "s", Expression: "SEARCH('{a,b} c', 'Sum', 60)" }] },
      /SEARCH is not implemented/,
    ],
    [{ NextToken: "x" }, /NextToken/],
  ])("refuses %j", async (input, message) => {
    await expect(getData(input)).rejects.toThrow(message);
  });
});

describe("GetMetricStatistics refuses", () => {
  it.each<[Partial<GetMetricStatisticsCommandInput>, string]>([
    [
      { StartTime: at(-DAY), EndTime: at(0), Period: 1 },
      "You have requested up to 86400 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
    ],
    [{ EndTime: at(-HOUR) }, "The parameter StartTime must be less than the parameter EndTime."],
    [{ Statistics: [] }, "Must specify either Statistics or ExtendedStatistics"],
    [{ Statistics: undefined, ExtendedStatistics: ["Sum"] }, "Sum for parameter ExtendedStatistics"],
    [{ Period: 61 }, "61"],
  ])("%j", async (input, message) => {
    await expect(statistics(input)).rejects.toThrow(message);
  });
});

describe("ListMetrics", () => {
  const list = async (input: ListMetricsCommandInput = {}) => {
    const { Metrics = [] } = await client.send(new ListMetricsCommand(input));
    return Metrics.map(({ MetricName, Dimensions = [] }) =>
      [MetricName, ...Dimensions.map(({ Name, Value }) => `${Name}=${Value}`)].join(" "),
    );
  };

  it("filters by namespace, name and any of the dimensions", async () => {
    const host = { Name: "host", Value: "a" };
    const disk = { Name: "disk", Value: "/" };
    await put(
      value(1),
      value(1, 0, { Dimensions: [host] }),
      value(1, 0, { MetricName: "free", Dimensions: [disk, host] }),
    );
    attach("i-1");
    expect(await list()).toEqual([
      "jobs",
      "jobs host=a",
      "free disk=/ host=a",
      "CPUUtilization InstanceId=i-1",
    ]);
    expect(await list({ Namespace: "AWS/EC2" })).toEqual(["CPUUtilization InstanceId=i-1"]);
    expect(await list({ MetricName: "jobs" })).toEqual(["jobs", "jobs host=a"]);
    expect(await list({ Dimensions: [{ Name: "host" }] })).toEqual(["jobs host=a", "free disk=/ host=a"]);
    expect(await list({ Dimensions: [host, { Name: "disk" }] })).toEqual(["free disk=/ host=a"]);
    expect(await list({ Dimensions: [{ Name: "host", Value: "b" }] })).toEqual([]);
  });

  it("shows metrics silent for two weeks no longer, and with PT3H only those of three hours", async () => {
    const ended = NOW.getTime() / 1000 - 4 * HOUR;
    attach(
      "i-old",
      generated({ end: () => ended, samples: (from, to) => generated().samples(from, Math.min(to, ended)) }),
    );
    attach("i-new");
    await put(value(1));
    expect(await list({ RecentlyActive: "PT3H" })).toEqual(["CPUUtilization InstanceId=i-new", "jobs"]);
    expect(await list()).toHaveLength(3);
    await local.cloud.clock.advance((14 * DAY + 1) * 1000);
    expect(await list()).toEqual(["CPUUtilization InstanceId=i-new"]);
    expect(await list({ Namespace: "Acme" })).toEqual([]);
  });

  it("pages by 500, also when its paused listing is gone", async () => {
    for (let i = 0; i < 1201; i += 1) attach(`i-${i}`);
    const ids: string[] = [];
    let NextToken: string | undefined;
    do {
      const page: { NextToken?: string | undefined } = await client.send(
        new ListMetricsCommand({ NextToken }),
      );
      const again = await client.send(new ListMetricsCommand({ NextToken }));
      expect(again.NextToken).toBe(page.NextToken);
      ids.push(...(again.Metrics ?? []).map(({ Dimensions }) => Dimensions?.[0]?.Value ?? ""));
      NextToken = page.NextToken;
    } while (NextToken);
    expect(ids).toEqual(Array.from({ length: 1201 }, (_, i) => `i-${i}`));
  });

  it("reads sources that make their series when asked", async () => {
    const store = local.cloud.state(metricStoreKey, "111122223333", REGION);
    const ids = ["i-a", "i-b"].map((InstanceId) => ({
      namespace: "CWAgent",
      metricName: "mem_used_percent",
      dimensions: { InstanceId },
    }));
    store.attachSource({
      find: ({ namespace, dimensions }) =>
        namespace === "CWAgent" && dimensions["InstanceId"] === "i-a" ? generated() : undefined,
      *list({ namespace }) {
        if (namespace !== undefined && namespace !== "CWAgent") return;
        for (const id of ids) yield { id, series: generated() };
      },
    });
    expect(await list({ Namespace: "CWAgent" })).toEqual([
      "mem_used_percent InstanceId=i-a",
      "mem_used_percent InstanceId=i-b",
    ]);
    expect(await list({ Namespace: "Acme" })).toEqual([]);
    const Dimensions = [{ Name: "InstanceId", Value: "i-a" }];
    const Metric = { Namespace: "CWAgent", MetricName: "mem_used_percent", Dimensions };
    expect(await read("SampleCount", {}, 3600, { Metric })).toEqual([[-3600, 12]]);
  });

  it("lags behind writes when that fault is on", async () => {
    local.faults.set({ listLagMs: 60_000 });
    await put(value(1));
    expect(await list()).toEqual([]);
    await local.cloud.clock.advance(60_000);
    expect(await list()).toEqual(["jobs"]);
  });
});
