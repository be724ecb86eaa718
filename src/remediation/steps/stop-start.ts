import type { StepAction } from "../../model/runbook.ts";
import { ask } from "../ask.ts";
import type { StepKind } from "../step-kind.ts";
import { ended, type PowerMemo, powerOn } from "./power.ts";

/** Seconds between looks while it stops: a machine that hangs takes minutes. */
const LOOK = 10;

/**
 * Stops and starts an instance, which takes it to another host. When it was last started tells whether that has been done: so a
 * process that takes over knows from EC2 alone where it stands, and stops nothing twice.
 */
export const stopStart: StepKind<Extract<StepAction, { readonly do: "stopStart" }>> = {
  async advance(input) {
    const { record, instance, limits } = input;
    const memo = record.memo as PowerMemo;
    const { launchedAt = instance.launchedAt ?? 0 } = memo;
    const over = record.spent >= limits.timeoutSeconds * 1000;
    const touched = memo.effect !== undefined;
    if (!touched && instance.state !== "running")
      return ended("failed", "not-running", `it is ${instance.state}: only what runs can be stopped and started`, {}); // biome-ignore format: one sentence
    const isFresh = touched && (instance.launchedAt ?? 0) > launchedAt;
    if (instance.state === "stopping" && over) {
      const text = `it is still stopping after ${limits.timeoutSeconds} s: force the stop by hand, then start it`;
      return ended("unknown", "stop-hangs", text, { did: true });
    }
    // Once a start was asked for, it has stopped: an answer of EC2 that still shows it running is the new run.
    if (instance.state !== "running" || isFresh || (touched && memo.effect !== "stop"))
      return powerOn(input, memo, "stopped and started");
    if (record.phase === "begun" && memo.refused)
      return ended("failed", memo.refused.code, memo.refused.text, {});
    if (record.phase !== "acted" || memo.effect !== "stop")
      return { turn: "intend", memo: { effect: "stop", launchedAt } };
    if (over)
      return ended("unknown", "not-stopped", `EC2 has taken the request to stop it, and it runs on after ${limits.timeoutSeconds} s`, {}); // biome-ignore format: one sentence
    return { turn: "wait", seconds: LOOK };
  },
  /** A stop that was asked for, or may have been, is followed by a start. */
  mustFinish({ memo, phase }) {
    return (memo as PowerMemo).did === true || phase === "intended";
  },
  act({ record, run, ports }) {
    const { effect } = record.memo as PowerMemo;
    const input = { InstanceIds: [run.instance.id] };
    return ask(async () => {
      if (effect === "stop") await ports.session.send("ec2", "StopInstances", input);
      else await ports.session.send("ec2", "StartInstances", input);
      return { did: true };
    });
  },
};
