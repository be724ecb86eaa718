import { AwsError } from "../aws-error.ts";
import type { Handlers, LocalService, RequestContext } from "../service.ts";

interface QuotaRow {
  readonly service: string;
  readonly serviceName: string;
  readonly code: string;
  readonly name: string;
  /** As faults and counts name it. */
  readonly operation: string;
  readonly perSecond: number;
}

/** Adjustable rate quotas of CloudWatch with their published values. Source: CloudWatch user guide, "service quotas". */
const QUOTAS: readonly QuotaRow[] = (
  [
    ["L-0720E68F", "PutMetricAlarm", 3],
    ["L-515B0B71", "PutCompositeAlarm", 3],
    ["L-21CB40A4", "DescribeAlarms", 9],
    ["L-05D334F0", "ListMetrics", 25],
    ["L-5E141212", "GetMetricData", 500],
    ["L-EE839489", "GetMetricStatistics", 400],
    ["L-8BC498D4", "PutMetricData", 500],
  ] as const
).map(([code, operation, perSecond]) => ({
  service: "monitoring",
  serviceName: "Amazon CloudWatch",
  code,
  name: `Rate of ${operation} requests`,
  operation: `cloudwatch:${operation}`,
  perSecond,
}));

/** A quota as this account has it: a rate that faults set for an operation is a quota that was raised or lowered. */
const shown = (row: QuotaRow, { account, region, partition, cloud }: RequestContext) => ({
  ServiceCode: row.service,
  ServiceName: row.serviceName,
  QuotaArn: `arn:${partition}:servicequotas:${region}:${account}:${row.service}/${row.code}`,
  QuotaCode: row.code,
  QuotaName: row.name,
  Value: cloud.faults.settings.quotas?.[row.operation]?.rate ?? row.perSecond,
  Unit: "None",
  Adjustable: true,
  GlobalQuota: false,
  Period: { PeriodValue: 1, PeriodUnit: "SECOND" as const },
});

const handlers: Handlers<typeof import("@aws-sdk/client-service-quotas")> = {
  ListServiceQuotas(input, context) {
    const rows = QUOTAS.filter((row) => row.service === input.ServiceCode);
    if (rows.length === 0) throw unknownService(input.ServiceCode);
    return { Quotas: rows.map((row) => shown(row, context)) };
  },
  GetServiceQuota(input, context) {
    const rows = QUOTAS.filter((row) => row.service === input.ServiceCode);
    if (rows.length === 0) throw unknownService(input.ServiceCode);
    const row = rows.find((other) => other.code === input.QuotaCode);
    if (!row) {
      throw new AwsError(
        "NoSuchResourceException",
        `The request failed because the specified service quota ${input.QuotaCode} does not exist.`,
      );
    }
    return { Quota: shown(row, context) };
  },
  ListServices() {
    const names = new Map(QUOTAS.map((row) => [row.service, row.serviceName]));
    return { Services: [...names].map(([ServiceCode, ServiceName]) => ({ ServiceCode, ServiceName })) };
  },
};

function unknownService(code: string | undefined): AwsError {
  return new AwsError(
    "NoSuchResourceException",
    `The request failed because the specified service ${code} does not exist.`,
  );
}

/** Service Quotas: what CloudWatch's adjustable rates are, read-only. */
export const serviceQuotas: LocalService = {
  sdk: "@aws-sdk/client-service-quotas",
  signingName: "servicequotas",
  target: "ServiceQuotasV20190624",
  version: "2019-06-24",
  xmlNamespace: "http://servicequotas.amazonaws.com/doc/2019-06-24/",
  defaultProtocol: "awsJson1_1",
  handlers,
};
