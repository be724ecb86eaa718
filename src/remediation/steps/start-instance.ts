import type { StepAction } from "../../model/runbook.ts";
import { ask } from "../ask.ts";
import type { StepKind } from "../step-kind.ts";
import { type PowerMemo, powerOn } from "./power.ts";

/** Starts an instance that is stopped; one that runs is left alone. */
export const startInstance: StepKind<Extract<StepAction, { readonly do: "startInstance" }>> = {
  async advance(input) {
    const { record, instance } = input;
    const memo = record.memo as PowerMemo;
    if (memo.launchedAt === undefined && instance.state === "running")
      return {
        turn: "end",
        outcome: { status: "skipped", reason: { code: "runs-already", text: "it runs already" } },
      };
    return powerOn(input, memo, "started");
  },
  act({ run, ports }) {
    return ask(async () => {
      await ports.session.send("ec2", "StartInstances", { InstanceIds: [run.instance.id] });
      return { did: true };
    });
  },
};
