import { describe, expect, it } from "vitest";
import { cutPlugin, errorTail, type Invocation, judgeInvocation } from "./judge-invocation.ts";

const invocation = (StatusDetails: string, more: Partial<Invocation> = {}): Invocation => ({
  CommandId: "c-1",
  InstanceId: "i-1",
  StatusDetails,
  ...more,
});
const failed = (Output: string, ResponseCode = 1): Invocation =>
  invocation("Failed", { CommandPlugins: [{ Name: "step", Status: "Failed", ResponseCode, Output }] });

describe("an invocation", () => {
  it.each([
    ["Success", "success", "success"],
    ["DeliveryTimedOut", "timed-out", "delivery-timed-out"],
    ["Delivery Timed Out", "timed-out", "delivery-timed-out"],
    ["ExecutionTimedOut", "timed-out", "execution-timed-out"],
    ["Undeliverable", "undeliverable", "undeliverable"],
    ["Terminated", "cancelled", "cancelled"],
    ["Cancelled", "cancelled", "cancelled"],
    ["AccessDenied", "access-denied", "access-denied"],
    ["InvalidPlatform", "invalid-platform", "invalid-platform"],
  ])("that is %s is judged %s", (details, kind, code) => {
    expect(judgeInvocation(invocation(details))).toMatchObject({
      commandId: "c-1",
      verdict: { kind },
      reason: { code },
    });
  });

  it.each(["Pending", "InProgress", "Delayed", "Cancelling", ""])("that is %s isn't over", (details) => {
    expect(judgeInvocation(invocation(details))).toBeUndefined();
  });

  it("that we called off was too slow, not cancelled", () => {
    expect(judgeInvocation(invocation("Cancelled"), "delivery")?.verdict).toEqual({
      kind: "timed-out",
      phase: "delivery",
    });
  });

  it("that failed tells its exit code and the end of its errors", () => {
    const { verdict, reason } = judgeInvocation(
      failed("lots of talk\n----------ERROR-------\nno space left\nfailed to run commands: exit status 3", 3),
    )!;
    expect(verdict).toEqual({
      kind: "failed",
      exitCode: 3,
      output: "no space left\nfailed to run commands: exit status 3",
    });
    expect(reason.text).toBe("exit code 3: no space left");
    expect(judgeInvocation(failed("", -1))?.reason.text).toBe("it failed without an exit code");
  });

  it("leaves out what the steps of other platforms say", () => {
    const CommandPlugins = [
      {
        Name: "win",
        Status: "Success" as const,
        Output: "Step execution skipped due to unsupported platform",
      },
      { Name: "linux", Status: "Success" as const, Output: "running\n" },
    ];
    expect(judgeInvocation(invocation("Success", { CommandPlugins }))?.verdict).toEqual({
      kind: "success",
      output: "running",
    });
  });

  it("whose output was cut must be asked for whole, since errors come last", () => {
    expect(cutPlugin(failed(`${"x".repeat(2000)}\n--output truncated--`))).toBe("step");
    expect(cutPlugin(failed("short"))).toBeUndefined();
    expect(errorTail(`${"x".repeat(5000)}end`)).toMatch(/^…x{100,}end$/);
  });
});

describe("the end of an error", () => {
  it("is what was printed where standard error holds nothing but the exit status", () => {
    const status = "failed to run commands: exit status 1";
    expect(errorTail(`not installed\n----------ERROR-------\n${status}`)).toBe("not installed");
    expect(errorTail(`step 1\n----------ERROR-------\nno space left\n${status}`)).toBe(
      `no space left\n${status}`,
    );
    expect(errorTail("no mark")).toBe("no mark");
  });
});
