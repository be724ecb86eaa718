/** Every kind of event, as AWS describes it. Source: EC2 user guide, "Scheduled events for your instances". */
export const EVENT_CODES = {
  "instance-reboot": "The instance is scheduled for a reboot",
  "system-reboot": "The instance is scheduled for a reboot",
  "system-maintenance": "The instance is scheduled for system maintenance",
  "instance-retirement": "The instance is running on degraded hardware",
  "instance-stop": "The instance is scheduled to be stopped",
} as const;

/** AWS's name of a kind. */
export type EventCode = keyof typeof EVENT_CODES;

/** What AWS is going to do to an instance, from and until when (milliseconds). */
export interface ScheduledEvent {
  readonly id: string;
  readonly code: EventCode;
  readonly from: number;
  readonly until: number;
}
