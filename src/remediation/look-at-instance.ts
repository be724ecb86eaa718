import type { AwsSession } from "../aws/session.ts";
import { isWatchkeeperError } from "../support/errors.ts";
import type { CheckState } from "./guard.ts";

/** An instance as EC2 tells it just now. `launchedAt`: when it was last started, by EC2's clock, ms. */
export interface InstanceLook {
  readonly state: string;
  readonly launchedAt: number | undefined;
}

/** EC2's status checks of an instance; all undefined when EC2 tells nothing about it yet. */
export interface StatusLook {
  readonly instance: CheckState | undefined;
  readonly system: CheckState | undefined;
}

/** What Systems Manager last heard of an instance. */
export interface PingLook {
  readonly online: boolean;
  readonly lastAt: number | undefined;
}

/** States from which no instance comes back. */
const GONE: ReadonlySet<string> = new Set(["shutting-down", "terminated"]);

/** Looks at an instance; undefined when it is gone for good. Throws AWS's errors. */
export async function lookAtInstance(session: AwsSession, id: string): Promise<InstanceLook | undefined> {
  try {
    const { Reservations = [] } = await session.send("ec2", "DescribeInstances", { InstanceIds: [id] });
    const found = Reservations.flatMap(({ Instances = [] }) => Instances).find(
      ({ InstanceId }) => InstanceId === id,
    );
    const state = found?.State?.Name;
    if (state === undefined || GONE.has(state)) return undefined;
    return { state, launchedAt: found?.LaunchTime?.getTime() };
  } catch (error) {
    // What was terminated can be seen for about an hour.
    if (isWatchkeeperError(error) && error.code === "InvalidInstanceID.NotFound") return undefined;
    throw error;
  }
}

/** Reads the status checks. An empty list means that EC2 has none yet: not ready. */
export async function lookAtStatus(session: AwsSession, id: string): Promise<StatusLook> {
  const { InstanceStatuses = [] } = await session.send("ec2", "DescribeInstanceStatus", {
    InstanceIds: [id],
    IncludeAllInstances: true,
  });
  const [status] = InstanceStatuses;
  return {
    instance: status?.InstanceStatus?.Status as CheckState | undefined,
    system: status?.SystemStatus?.Status as CheckState | undefined,
  };
}

/** Whether both checks pass. */
export function isWell({ instance, system }: StatusLook): boolean {
  return instance === "ok" && system === "ok";
}

/** The checks in a few words: `instance impaired, system ok`. */
export function statusText({ instance, system }: StatusLook): string {
  return `instance ${instance ?? "not known"}, system ${system ?? "not known"}`;
}

/** What Systems Manager last heard of the instance; undefined when it doesn't know it. */
export async function lookAtPing(session: AwsSession, id: string): Promise<PingLook | undefined> {
  const { InstanceInformationList = [] } = await session.send("ssm", "DescribeInstanceInformation", {
    Filters: [{ Key: "InstanceIds", Values: [id] }],
  });
  const [node] = InstanceInformationList;
  return node && { online: node.PingStatus === "Online", lastAt: node.LastPingDateTime?.getTime() };
}

/**
 * What the instance wrote on its console; empty when it wrote nothing or that can't be read, then with the reason. Types built on Nitro
 * give what is there now, others what was there when they last started or stopped.
 */
export async function readConsole(
  session: AwsSession,
  id: string,
): Promise<{ readonly text: string; readonly unread?: string }> {
  const read = async (Latest: boolean) => {
    const { Output = "" } = await session.send("ec2", "GetConsoleOutput", {
      InstanceId: id,
      ...(Latest ? { Latest } : {}),
    });
    return { text: Buffer.from(Output, "base64").toString("utf8") };
  };
  try {
    return await read(true).catch((error: unknown) => {
      if (isWatchkeeperError(error) && error.code === "UnsupportedOperation") return read(false);
      throw error;
    });
  } catch (error) {
    if (!isWatchkeeperError(error) || error.code === "Aborted") throw error;
    return { text: "", unread: error.message };
  }
}
