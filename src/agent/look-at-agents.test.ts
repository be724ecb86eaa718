import { describe, expect, it } from "vitest";
import type { Verdict } from "../commands/command.ts";
import { answerOf } from "./look-at-agents.ts";

const answer = (verdict: Verdict) => {
  const { kind, ...rest } = answerOf({ instanceId: "i-1", verdict, reason: { code: "c", text: "t" } });
  return kind === "present" ? { kind, ...rest } : kind;
};
const failed = (output: string, exitCode = 1) => answer({ kind: "failed", exitCode, output });
const said = (output: string) => answer({ kind: "success", output });

describe("what an instance says about its agent", () => {
  it("is that there is none, only where it says so", () => {
    const document =
      "CloudWatch Agent not installed.  Please install it using the AWS-ConfigureAWSPackage SSM Document.";
    expect(failed(document)).toBe("absent");
    const ctl =
      "sh: /opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl: No such file or directory";
    expect(failed(ctl, 127)).toBe("absent");
    expect(failed("amazon-cloudwatch-agent-ctl.ps1 : The term is not recognized as a cmdlet")).toBe("absent");
    // Anything else that fails says nothing about the agent: it might be there, and uninstalling it later would be wrong.
    expect(failed("fork: No such file or directory", 127)).toBe("unknown");
    expect(failed("systemctl: command not found", 127)).toBe("unknown");
    expect(answer({ kind: "timed-out", phase: "execution" })).toBe("unknown");
    expect(answerOf(undefined).kind).toBe("unknown");
  });

  it("is its status, whatever stands around it", () => {
    const status = {
      status: "running",
      starttime: "2026-11-20T10:00:00",
      configstatus: "configured",
      version: "1.300062.0b1304",
    };
    const present = { kind: "present", version: "1.300062.0b1304", running: true, configured: true };
    expect(said(JSON.stringify(status, undefined, 2))).toEqual(present);
    expect(said(`I! Detected the instance is EC2\n${JSON.stringify(status)}\n`)).toEqual(present);
    expect(
      said(JSON.stringify({ ...status, status: "stopped", configstatus: "not configured" })),
    ).toMatchObject({
      running: false,
      configured: false,
    });
    // What doesn't fit into a tag is left out.
    expect(said(JSON.stringify({ ...status, version: "1.247352-2-ge6ee745 dirty" }))).toMatchObject({
      version: "1.2473522ge6ee745dirty",
    });
    for (const text of ["", "all is well", "{ not json }"]) expect(said(text)).toBe("unknown");
  });
});
