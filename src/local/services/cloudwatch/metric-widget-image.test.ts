import {
  CloudWatchClient,
  GetMetricWidgetImageCommand,
  PutMetricDataCommand,
  type StandardUnit,
} from "@aws-sdk/client-cloudwatch";
import { AwsJson1_0Protocol, AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from "@aws-sdk/core/protocols";
import { beforeEach, describe, expect, it } from "vitest";
import { decodePng, type Picture } from "../../../../test/support/png.ts";
import { queryBody, signedRequest } from "../../../../test/support/signed-request.ts";
import { DEFAULT_ACCOUNTS, type LocalAccount } from "../../accounts.ts";
import { VirtualClock } from "../../clock.ts";
import { createLocalCloud, type LocalCloud } from "../../server.ts";

const NOW = new Date("2026-11-20T12:00:00Z");
const MINUTE = 60_000;

let local: LocalCloud;
let client: CloudWatchClient;

function clientOf(more: object = {}): CloudWatchClient {
  const { accessKeyId, secretAccessKey } = DEFAULT_ACCOUNTS[0] as LocalAccount;
  const credentials = { accessKeyId, secretAccessKey };
  const requestHandler = local.requestHandler();
  return new CloudWatchClient({
    ...{ region: "eu-central-1", credentials, requestHandler, maxAttempts: 1 },
    ...more,
  });
}

beforeEach(async () => {
  local = createLocalCloud({ clock: new VirtualClock({ start: NOW, host: () => 0 }) });
  client = clientOf();
  for (const [name, value, unit] of [
    ["a", 20, "Percent"],
    ["b", 80, "Percent"],
  ] as const)
    await put(
      name,
      Array.from({ length: 60 }, () => value),
      unit,
    );
  return () => local.close();
});

/** Values of the last minutes. */
async function put(MetricName: string, values: readonly number[], Unit: StandardUnit): Promise<void> {
  const MetricData = values.map((Value, i) => ({
    ...{ MetricName, Value, Unit, Dimensions: [{ Name: "Host", Value: "web-1" }] },
    Timestamp: new Date(NOW.getTime() - (values.length - i) * MINUTE),
  }));
  await client.send(new PutMetricDataCommand({ Namespace: "Acme", MetricData }));
}

async function draw(widget: object, from = client): Promise<Picture> {
  const { MetricWidgetImage } = await from.send(
    new GetMetricWidgetImageCommand({ MetricWidget: JSON.stringify({ period: 60, ...widget }) }),
  );
  return decodePng(MetricWidgetImage ?? new Uint8Array());
}

/** The rows that have pixels of about a colour: red, green or blue. */
function rowsOf({ width, height, pixels }: Picture, color: string, least = 120): number[] {
  const channel = [RED, GREEN, BLUE].indexOf(color);
  const rows = new Set<number>();
  for (let i = 0; i < width * height; i += 1) {
    const [own = 0, ...others] = [0, 1, 2].map((k) => pixels[i * 3 + ((channel + k) % 3)] as number);
    if (own - Math.max(...others) > least) rows.add(Math.floor(i / width));
  }
  return [...rows];
}

const same = (a: Picture, b: Picture): boolean => Buffer.compare(a.pixels, b.pixels) === 0;

const A = ["Acme", "a", "Host", "web-1"];
const RED = "#ff0000";
const GREEN = "#00ff00";
const BLUE = "#0000ff";
const MANY = `{"metrics":[${'["a","b"],'.repeat(100)}["a","b"]]}`;
const BARE = { legend: { position: "hidden" } };

describe("GetMetricWidgetImage", () => {
  it("answers a picture in every protocol", async () => {
    for (const protocol of [AwsJson1_0Protocol, AwsSmithyRpcV2CborProtocol, AwsQueryProtocol]) {
      const { width, height } = await draw({ metrics: [A] }, clientOf({ protocol }));
      expect([width, height]).toEqual([600, 400]);
    }
  });

  it("answers nothing but the picture for image/png", async () => {
    const MetricWidget = JSON.stringify({ metrics: [A], width: 100, height: 80 });
    const body = queryBody({
      ...{ Action: "GetMetricWidgetImage", Version: "2010-08-01", OutputFormat: "image/png", MetricWidget },
    });
    const answer = await local.handle(await signedRequest(body, { service: "monitoring" }));
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "image/png"]);
    expect(decodePng(answer.body as Uint8Array).width).toBe(100);
  });

  it("reads the short forms of metrics: what the row before has at the same place", async () => {
    const rows = (metrics: unknown[]): Promise<Picture> => draw({ metrics, ...BARE });
    const whole = await rows([
      [...A, { color: BLUE }],
      ["Acme", "b", "Host", "web-1", { color: RED }],
    ]);
    expect(rowsOf(whole, RED).length).toBeGreaterThan(0);
    for (const short of [
      [".", "b", ".", ".", { color: RED }],
      [".", "b", "...", { color: RED }],
    ])
      expect(same(await rows([[...A, { color: BLUE }], short]), whole)).toBe(true);
    const twice = await rows([
      [...A, { color: BLUE }],
      ["...", { color: RED, stat: "Maximum" }],
    ]);
    expect(rowsOf(twice, RED).length).toBeGreaterThan(0);
  });

  it("computes expressions, and hides what isn't visible", async () => {
    const picture = await draw({
      ...BARE,
      yAxis: { left: { min: 0, max: 100, showUnits: false } },
      metrics: [
        [...A, { id: "m1", visible: false, color: BLUE }],
        [{ expression: "m1 * 4", id: "e1", color: RED, label: "four times" }],
      ],
      annotations: { horizontal: [{ value: 80, color: GREEN }] },
    });
    expect(rowsOf(picture, BLUE)).toEqual([]);
    // 4 x 20 = 80: the line lies on the mark of 80.
    const [line = [], mark = []] = [rowsOf(picture, RED), rowsOf(picture, GREEN)];
    expect(Math.abs((line[0] ?? 0) - (mark[0] ?? 99))).toBeLessThanOrEqual(2);
  });

  it("draws the band of an anomaly detector as one area around its metric, not as two lines", async () => {
    const metric = [...A, { id: "m1", color: BLUE }];
    const band = [{ expression: "ANOMALY_DETECTION_BAND(m1, 2)", id: "ad1", color: RED }];
    const [drawn, bare] = [
      await draw({ ...BARE, metrics: [metric, band] }),
      await draw({ ...BARE, metrics: [metric] }),
    ];
    expect(same(drawn, bare)).toBe(false);
    expect(rowsOf(drawn, BLUE).length).toBeGreaterThan(0);
    expect(rowsOf(drawn, RED, 50).length).toBeGreaterThan(100);
  });

  it("takes times relative and absolute, a time zone, and both axes", async () => {
    const one = await draw({ metrics: [A], start: "-PT1H", end: "PT0H" });
    const absolute = await draw({
      metrics: [A],
      start: "2026-11-20T11:00:00.000Z",
      end: "2026-11-20T12:00:00Z",
    });
    const zone = await draw({ metrics: [A], start: "-PT1H", timezone: "+0530" });
    const right = await draw({ metrics: [A, [".", "b", ".", ".", { yAxis: "right" }]], start: "-PT1H" });
    expect([absolute, zone, right].map((other) => same(other, one))).toEqual([true, false, false]);
  });

  it("draws what it knows nothing of as an empty chart", async () => {
    const picture = await draw({ metrics: [["Acme", "nothing", { color: RED }]], ...BARE });
    expect(rowsOf(picture, RED)).toEqual([]);
  });

  it.each([
    ["{", /isn't JSON/],
    ["[]", /it must be an object/],
    ["{}", /metrics must have from 1 to 100/],
    [MANY, /from 1 to 100 metrics and expressions, not 101/],
    [{ metrics: [["Acme"]] }, /metrics\[0\] must be a namespace/],
    [{ metrics: [[".", "a"]] }, /repeats what the metric before it doesn't have/],
    [{ metrics: [[...A, { expression: "1" }]] }, /must name a metric or have an expression/],
    [{ metrics: [[...A, { color: "red" }]] }, /metrics\[0\].color must be a colour like #d13212, not red/],
    [{ metrics: [[...A, { stat: "Typical" }]] }, /Typical/],
    [{ metrics: [[{ expression: "m9 + 1" }]] }, /Error in expression/],
    [{ metrics: [A], width: 2001 }, /width must be a whole number from 1 to 2000/],
    [{ metrics: [A], start: "yesterday" }, /start must be a time like/],
    [{ metrics: [A], start: "-PT1H", end: "-PT2H" }, /start must be before end/],
    [{ metrics: [A], timezone: "Europe/Berlin" }, /timezone must be an offset like \+0130/],
    [{ metrics: [A], region: "us-east-1" }, /region must be eu-central-1/],
    [{ metrics: [A], annotations: { horizontal: [{ label: "x" }] } }, /horizontal\[0\].value is required/],
    [{ metrics: [A], yAxis: { left: { min: 5, max: 5 } } }, /must be less than/],
  ])("refuses %j", async (widget, message) => {
    const MetricWidget = typeof widget === "string" ? widget : JSON.stringify(widget);
    await expect(client.send(new GetMetricWidgetImageCommand({ MetricWidget }))).rejects.toMatchObject({
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it.each([
    [{ metrics: [A], view: "pie" }, /The view pie/],
    [{ metrics: [A], stacked: true }, /stacked/],
    [{ metrics: [A], annotations: { alarms: ["arn"] } }, /annotations.alarms/],
    [{ metrics: [A], legend: { position: "right" } }, /position right/],
    [{ metrics: [[...A, { region: "us-east-1" }]] }, /another region/],
    [{ metrics: [A], sparkline: true }, /The member sparkline/],
    [{ metrics: [[{ expression: "SELECT AVG(a) FROM Acme" }]] }, /Metrics Insights/],
  ])("says that it doesn't draw %j", async (widget, message) => {
    const MetricWidget = JSON.stringify(widget);
    await expect(client.send(new GetMetricWidgetImageCommand({ MetricWidget }))).rejects.toMatchObject({
      name: "NotImplemented",
      message: expect.stringMatching(message),
    });
  });

  it("knows one format", async () => {
    const input = { MetricWidget: JSON.stringify({ metrics: [A] }), OutputFormat: "jpeg" };
    await expect(client.send(new GetMetricWidgetImageCommand(input))).rejects.toThrow(/jpeg/);
  });
});
