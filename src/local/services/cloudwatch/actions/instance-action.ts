import { AwsError } from "../../../aws-error.ts";
import { actOnInstance, type InstanceAction } from "../../ec2/incidents.ts";
import type { ActionOutcome, StateChange } from "../state-change.ts";

/** Both forms of EC2 actions: `arn:aws:automate:REGION:ec2:stop` and `...:action/actions/AWS_EC2.InstanceId.Stop/1.0`. */
const FORM = /:(?:ec2:(stop|terminate|reboot|recover)|action\/actions\/AWS_EC2\.InstanceId\.(\w+)\/1\.0)$/;

/** Stops, terminates, reboots or recovers the instance that an alarm watches. */
export function actOnAlarmedInstance(action: string, change: StateChange): ActionOutcome {
  const { store, record } = change;
  const [, short, long] = FORM.exec(action) ?? [];
  const what = (short ?? long?.toLowerCase()) as InstanceAction | undefined;
  const instanceId =
    record.kind === "MetricAlarm"
      ? record.alarm.Dimensions?.find(({ Name }) => Name === "InstanceId")?.Value
      : undefined;
  if (what === undefined || instanceId === undefined)
    return { succeeded: false, error: `The action ${action} needs an alarm with an InstanceId dimension.` };
  try {
    const { account, region, cloud } = store;
    actOnInstance(cloud, { account, region, instanceId }, what);
    return { succeeded: true };
  } catch (error) {
    // What EC2 refuses, and an instance that is gone, is the action's outcome; anything else is a fault of this program.
    if (error instanceof AwsError || error instanceof RangeError)
      return { succeeded: false, error: error.message };
    throw error;
  }
}
