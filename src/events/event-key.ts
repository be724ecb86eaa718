/** The same for every delivery of one state change: ARN of the alarm, contributor and the time of the change (ms). */
export function alarmEventKey(alarmArn: string, contributor: string | undefined, at: number): string {
  return `${alarmArn}|${contributor ?? ""}|${at}`;
}
