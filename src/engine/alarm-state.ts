/** States of an alarm, in CloudWatch's words. */
export const ALARM_STATES = ["OK", "ALARM", "INSUFFICIENT_DATA"] as const;

export type AlarmState = (typeof ALARM_STATES)[number];

/** Whether a text is the name of an alarm state. */
export function isAlarmState(text: string): text is AlarmState {
  return (ALARM_STATES as readonly string[]).includes(text);
}
