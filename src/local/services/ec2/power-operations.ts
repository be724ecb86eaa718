import type { InstanceStateChange } from "@aws-sdk/client-ec2";
import { STATES } from "../../fleet/lifecycle.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { dryRun } from "./errors.ts";
import { fleetOf, instancesById } from "./lookup.ts";
import {
  checkReboot,
  checkStart,
  checkStop,
  checkTerminate,
  rebootInstance,
  startInstance,
  stopInstance,
  type Transition,
  terminateInstance,
} from "./power.ts";

/** Starting, stopping, rebooting, terminating; a request fails whole when one of its instances refuses. */
export const powerOperations = {
  StartInstances(input, context) {
    dryRun(input.DryRun);
    const now = context.now.getTime();
    const instances = instancesById(fleetOf(context), input.InstanceIds, now);
    for (const instance of instances) checkStart(instance, now);
    return { StartingInstances: instances.map((instance) => stateChange(startInstance(instance, now))) };
  },

  StopInstances(input, context) {
    dryRun(input.DryRun);
    const now = context.now.getTime();
    const instances = instancesById(fleetOf(context), input.InstanceIds, now);
    for (const instance of instances) checkStop(instance, now);
    return { StoppingInstances: instances.map((instance) => stateChange(stopInstance(instance, now))) };
  },

  TerminateInstances(input, context) {
    dryRun(input.DryRun);
    const now = context.now.getTime();
    const fleet = fleetOf(context);
    const instances = instancesById(fleet, input.InstanceIds, now);
    for (const instance of instances) checkTerminate(instance);
    return {
      TerminatingInstances: instances.map((instance) => stateChange(terminateInstance(fleet, instance, now))),
    };
  },

  RebootInstances(input, context) {
    dryRun(input.DryRun);
    const now = context.now.getTime();
    const instances = instancesById(fleetOf(context), input.InstanceIds, now);
    for (const instance of instances) checkReboot(instance, now);
    for (const instance of instances) rebootInstance(instance, now);
    return {};
  },

  MonitorInstances(input, context) {
    dryRun(input.DryRun);
    return { InstanceMonitorings: setMonitoring(input.InstanceIds, context, true) };
  },

  UnmonitorInstances(input, context) {
    dryRun(input.DryRun);
    return { InstanceMonitorings: setMonitoring(input.InstanceIds, context, false) };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ec2")>;

function stateChange({ instance, previous, current }: Transition): InstanceStateChange {
  return { InstanceId: instance.id, PreviousState: STATES[previous], CurrentState: STATES[current] };
}

function setMonitoring(ids: readonly string[] | undefined, context: RequestContext, enabled: boolean) {
  return instancesById(fleetOf(context), ids, context.now.getTime()).map((instance) => {
    instance.detailedMonitoring = enabled;
    return {
      InstanceId: instance.id,
      Monitoring: { State: enabled ? ("pending" as const) : ("disabling" as const) },
    };
  });
}
