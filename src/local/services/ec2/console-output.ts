import { stateAt } from "../../fleet/lifecycle.ts";
import { machineOf } from "../../guest/machine.ts";
import { kernelLog } from "../../guest/shell-system-commands.ts";
import type { Handlers } from "../../service.ts";
import { dryRun } from "./errors.ts";
import { seconds } from "./instance-shape.ts";
import { fleetOf, instanceById } from "./lookup.ts";

/** The first output comes a while after the start, milliseconds. */
const FIRST_AFTER = 60_000;

/** What a machine wrote on its console: also when it answers nobody any more. */
export const consoleOutput = {
  GetConsoleOutput(input, context) {
    dryRun(input.DryRun);
    const fleet = fleetOf(context);
    const now = context.now.getTime();
    const instance = instanceById(fleet, input.InstanceId, now);
    const running = stateAt(instance.phase, now) === "running";
    if (!running || now < (instance.runs.at(-1) ?? now) + FIRST_AFTER)
      return { InstanceId: instance.id, Timestamp: context.now };
    const machine = machineOf(
      fleet,
      instance,
      () => now,
      () => ({ refused: "a console reads nothing" }),
    );
    const text = instance.launch.platform.windows
      ? "Windows is Ready to use\r\n"
      : `${kernelLog(machine)}\n\n${machine.host} login: \n`;
    return {
      InstanceId: instance.id,
      // Base64, as EC2 sends it; clients decode it themselves.
      Output: Buffer.from(text).toString("base64"),
      Timestamp: seconds(now),
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ec2")>;
