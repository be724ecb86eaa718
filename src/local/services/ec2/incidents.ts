// What happens to instances without a request: failing checks, dying agents, actions of alarms.
import type { Cloud } from "../../cloud.ts";
import { impair, mend } from "../../fleet/impairments.ts";
import type { Instance, StatusCheck } from "../../fleet/instance.ts";
import { fleetKey } from "./fleet-key.ts";
import { rebootInstance, recoverInstance, setAgentAlive, stopInstance, terminateInstance } from "./power.ts";

/** An instance in its account and region. */
export interface InstancePlace {
  readonly account: string;
  readonly region: string;
  readonly instanceId: string;
}

/** Kills the CloudWatch agents of an instance, or brings them back. Throws RangeError when there is no such instance. */
export function setAgent(cloud: Cloud, place: InstancePlace, alive: boolean): void {
  setAgentAlive(instanceAt(cloud, place), alive, cloud.clock.time());
}

/** Makes a status check of an instance fail, for so many seconds or until it is mended; `attached-ebs` stalls its volumes. */
export function impairInstance(
  cloud: Cloud,
  place: InstancePlace,
  check: StatusCheck,
  seconds?: number,
): void {
  const now = cloud.clock.time();
  impair(instanceAt(cloud, place), check, now, seconds === undefined ? undefined : now + seconds * 1000);
}

/** Lets the status checks of an instance pass again; all of them or one. */
export function mendInstance(cloud: Cloud, place: InstancePlace, check?: StatusCheck): void {
  mend(instanceAt(cloud, place), cloud.clock.time(), check && [check]);
}

/** What an alarm can do to an instance. */
export type InstanceAction = "stop" | "terminate" | "reboot" | "recover";

/** Does what an alarm's action asks. Throws RangeError when there is no such instance, AwsError when EC2 refuses. */
export function actOnInstance(cloud: Cloud, place: InstancePlace, action: InstanceAction): void {
  const instance = instanceAt(cloud, place);
  const now = cloud.clock.time();
  switch (action) {
    case "stop":
      stopInstance(instance, now);
      return;
    case "terminate":
      terminateInstance(cloud.state(fleetKey, place.account, place.region), instance, now);
      return;
    case "reboot":
      rebootInstance(instance, now);
      return;
    case "recover":
      recoverInstance(instance, now);
      return;
  }
}

function instanceAt(cloud: Cloud, { account, region, instanceId }: InstancePlace): Instance {
  // Whoever looks an instance up here changes what its metrics are to show.
  cloud.touch();
  const instance = cloud.state(fleetKey, account, region).instance(instanceId, cloud.clock.time());
  if (!instance) throw new RangeError(`there is no instance ${instanceId} in ${account} ${region}`);
  return instance;
}
