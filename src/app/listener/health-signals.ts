import type { AwsSession } from "../../aws/session.ts";
import type { HttpClient } from "../../notify/channels/http-client.ts";
import { safeAddress } from "../../notify/channels/safe-address.ts";
import type { Context } from "../../support/context.ts";
import { messageOf } from "../../support/errors.ts";
import type { HealthReport } from "./health.ts";

const TIMEOUT = 10_000;

/**
 * Asks for an address whenever all is well, so that whoever watches over it (a dead man's switch) notices when this process is gone.
 * Fails with `channel-address` at once when the address isn't https.
 */
export function heartbeat(
  address: string,
  http: HttpClient,
  context: Context,
): (report: HealthReport) => Promise<void> {
  const url = safeAddress(address, "--heartbeat");
  return async ({ healthy }) => {
    if (!healthy) return;
    try {
      const { status } = await http.send({ url, method: "GET", signal: AbortSignal.timeout(TIMEOUT) });
      if (status >= 300) context.log.warn(`the heartbeat was answered ${status}`);
    } catch (error) {
      context.log.warn("the heartbeat doesn't get through", { reason: messageOf(error) });
    }
  };
}

/** Namespace of our own metrics. */
export const METRIC_NAMESPACE = "Watchkeeper";

/** Puts each channel's `Pending`, `OldestPending` (seconds) and `Failed` as CloudWatch metrics. */
export function healthMetrics(
  configuration: string,
  session: () => Promise<AwsSession>,
  context: Context,
): (report: HealthReport) => Promise<void> {
  return async ({ channels }) => {
    const Timestamp = context.clock.now();
    const MetricData = channels.flatMap(({ channel, pending, oldestSeconds, failed }) => {
      const Dimensions = [
        { Name: "Configuration", Value: configuration },
        { Name: "Channel", Value: channel },
      ];
      return [
        { MetricName: "Pending", Value: pending, Unit: "Count" as const, Dimensions, Timestamp },
        {
          MetricName: "OldestPending",
          Value: oldestSeconds,
          Unit: "Seconds" as const,
          Dimensions,
          Timestamp,
        },
        { MetricName: "Failed", Value: failed, Unit: "Count" as const, Dimensions, Timestamp },
      ];
    });
    try {
      const to = await session();
      // PutMetricData takes 1,000 at a time.
      for (let at = 0; at < MetricData.length; at += 900)
        await to.send("cloudwatch", "PutMetricData", {
          Namespace: METRIC_NAMESPACE,
          MetricData: MetricData.slice(at, at + 900),
        });
    } catch (error) {
      context.log.warn("the notifier's metrics can't be put", { reason: messageOf(error) });
    }
  };
}
