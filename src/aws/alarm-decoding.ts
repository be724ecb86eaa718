import { collectBody } from "@smithy/core/protocols";
import type { ClientProtocol, HttpRequest, HttpResponse } from "@smithy/types";
import { WatchkeeperError } from "../support/errors.ts";
import { readValue, shapeOf } from "./alarm-shape.ts";

/** The protocol this reads. The SDK is pinned; a version with another default fails here, loudly, in the first test. */
const JSON_PROTOCOL = "aws.protocols#awsJson1_0";

/**
 * Makes a CloudWatch client read the answers of DescribeAlarms and GetMetricData without the SDK's decoder. That drops members
 * its model doesn't know, so that an alarm written back would lose them unseen; and it takes several times as long as reading the
 * JSON, which months of points feel. The output is the SDK's, with unknown members kept. Errors and all other operations are the
 * SDK's own business.
 */
export async function alarmDecoding(client: object): Promise<void> {
  const { config } = client as {
    readonly config: { protocol: ClientProtocol<HttpRequest, HttpResponse> };
  };
  const { protocol } = config;
  if (protocol.getShapeId() !== JSON_PROTOCOL) {
    throw new WatchkeeperError("UnknownProtocol", `the CloudWatch client speaks ${protocol.getShapeId()}`, {
      source: "internal",
    });
  }
  const { DescribeAlarmsOutput$, GetMetricDataOutput$ } = await import("./clients/cloudwatch.ts");
  const shapes = new Map([
    ["DescribeAlarms", shapeOf(DescribeAlarmsOutput$)],
    ["GetMetricData", shapeOf(GetMetricDataOutput$)],
  ]);
  const decode = protocol.deserializeResponse.bind(protocol);
  protocol.deserializeResponse = async (operation, context, response) => {
    const shape = shapes.get(operation.name);
    if (!shape || response.statusCode >= 300) return decode(operation, context, response);
    const bytes = await collectBody(response.body, context);
    const { buffer, byteOffset, byteLength } = bytes;
    const parsed: unknown = JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString("utf8"));
    const results = operation.name === "GetMetricData" ? withSeconds(parsed) : [];
    const output = readValue(shape, parsed) as object;
    for (const result of results) makeDatesLater(result);
    const requestId = response.headers["x-amzn-requestid"];
    return { ...output, $metadata: { httpStatusCode: response.statusCode, requestId } } as never;
  };
}

const SECONDS = Symbol("epoch seconds");

interface TimedResult {
  Timestamps?: Date[] | undefined;
  [SECONDS]?: readonly number[];
}

/** Times of a GetMetricData result in epoch seconds: millions of dates would cost more than the points. */
export function epochSecondsOf(result: { readonly Timestamps?: Date[] | undefined }): readonly number[] {
  const kept = (result as TimedResult)[SECONDS];
  return kept ?? (result.Timestamps ?? []).map((time) => time.getTime() / 1000);
}

/** Takes the times of every result out of what is read value by value. */
function withSeconds(parsed: unknown): readonly TimedResult[] {
  const { MetricDataResults } = parsed as { readonly MetricDataResults?: readonly TimedResult[] };
  return (MetricDataResults ?? []).filter((result) => {
    const times: unknown = result.Timestamps;
    if (!Array.isArray(times) || !times.every((time) => typeof time === "number")) return false;
    result[SECONDS] = times;
    delete result.Timestamps;
    return true;
  });
}

/** The SDK's member, made when somebody asks for it. */
function makeDatesLater(result: TimedResult): void {
  const seconds = result[SECONDS] ?? [];
  Object.defineProperty(result, "Timestamps", {
    enumerable: true,
    configurable: true,
    get: () => seconds.map((time) => new Date(Math.round(time * 1000))),
  });
}
