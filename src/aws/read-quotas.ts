import type { Context } from "../support/context.ts";
import { isWatchkeeperError } from "../support/errors.ts";
import type { PacedSession } from "./account-link.ts";
import { ADJUSTABLE_CLOUDWATCH_QUOTAS } from "./quotas.ts";
import type { OperationName, Quota } from "./session.ts";

const SECONDS: Readonly<Record<string, number>> = {
  MICROSECOND: 1e-6,
  MILLISECOND: 1e-3,
  SECOND: 1,
  MINUTE: 60,
  HOUR: 3600,
  DAY: 86_400,
  WEEK: 604_800,
};

/**
 * Asks Service Quotas for the account's real CloudWatch quotas and paces the session by them: one paged listing. Answers
 * what it found. Where that isn't allowed or fails, the published defaults stay, which are never above the real ones.
 */
export async function readQuotas(
  session: PacedSession,
  context: Context,
): Promise<ReadonlyMap<OperationName<"cloudwatch">, Quota>> {
  const found = new Map<OperationName<"cloudwatch">, Quota>();
  const operations = new Map(
    (Object.keys(ADJUSTABLE_CLOUDWATCH_QUOTAS) as (keyof typeof ADJUSTABLE_CLOUDWATCH_QUOTAS)[]).map(
      (operation) => [ADJUSTABLE_CLOUDWATCH_QUOTAS[operation] as string, operation] as const,
    ),
  );
  try {
    const input = { ServiceCode: "monitoring" };
    for await (const page of session.pages("service-quotas", "ListServiceQuotas", input)) {
      for (const { QuotaCode, Value, Period } of page.Quotas ?? []) {
        const operation = operations.get(QuotaCode ?? "");
        if (!operation || Value === undefined || !(Value > 0)) continue;
        const rate = Value / ((Period?.PeriodValue ?? 1) * (SECONDS[Period?.PeriodUnit ?? "SECOND"] ?? 1));
        const quota = { ratePerSecond: rate, burst: Math.max(1, rate) };
        session.setQuota("cloudwatch", operation, quota);
        found.set(operation, quota);
      }
    }
  } catch (error) {
    if (!isWatchkeeperError(error) || error.source !== "aws") throw error;
    const { account, region } = session;
    context.log.debug("the account's quotas can't be read; using the published ones", {
      account,
      region,
      code: error.code,
    });
  }
  return found;
}
