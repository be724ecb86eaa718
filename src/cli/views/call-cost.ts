/**
 * List price of reading calls, US dollars: $0.01 a thousand ListMetrics calls, and a thousand metrics of GetMetricData, counted here at
 * the 500 that a call may hold. The other calls that plans and lint make are free. Source: CloudWatch pricing.
 */
export function readCost(made: Readonly<Record<string, number>>): number {
  return ((made["cloudwatch:ListMetrics"] ?? 0) + 500 * (made["cloudwatch:GetMetricData"] ?? 0)) * 0.00001;
}
