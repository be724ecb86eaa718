import { describe, expect, it } from "vitest";
import type { FactCondition } from "../../model/alarm-policy.ts";
import { instance } from "../test-fixtures.ts";
import { judgeFacts } from "./applicability.ts";

const facts = {
  instanceType: "m6i.large",
  burstable: false,
  creditMode: "unlimited",
  volumeType: "gp3",
  sizeGiB: 1000,
  encrypted: true,
  burstBalance: false,
  nitro: false,
  architectures: ["x86_64", "arm64"],
};
const resource = instance("i-1", { facts });
const judge = (when: Readonly<Record<string, FactCondition>>) => judgeFacts(when, resource);

describe("judgeFacts", () => {
  it.each<[string, Readonly<Record<string, FactCondition>>]>([
    ["nothing asked", {}],
    ["equal text", { volumeType: "gp3" }],
    ["any of", { volumeType: ["gp2", "gp3"] }],
    ["yes or no", { burstable: false, encrypted: true }],
    ["bounds", { sizeGiB: { atLeast: 1000, lessThan: 1001 } }],
    ["not", { volumeType: { not: ["standard", "io1"] } }],
    ["known", { volumeType: { exists: true } }],
    ["not known", { owner: { exists: false } }],
    ["one of a list", { architectures: "arm64" }],
  ])("holds: %s", (_, when) => expect(judge(when)).toBeUndefined());

  it.each<[Readonly<Record<string, FactCondition>>, string, string]>([
    [{ burstable: true }, "not-burstable", "not a burstable type (m6i.large)"],
    [
      { creditMode: "standard" },
      "unlimited-credits",
      "CPU credits are unlimited: an empty balance costs money, not speed",
    ],
    [{ volumeType: ["gp2", "st1", "sc1"] }, "fact-mismatch", "its volume type is gp3, not gp2, st1 or sc1"],
    [
      { volumeType: "gp3", sizeGiB: { lessThan: 1000 } },
      "fact-mismatch",
      "its size in GiB is 1000, not below 1000",
    ],
    [{ sizeGiB: { atLeast: 2000 } }, "fact-mismatch", "its size in GiB is 1000, not at least 2000"],
    [{ burstBalance: true }, "no-burst-credits", "no burst credits (gp3, 1000 GiB)"],
    [{ nitro: true }, "not-nitro", "not on the Nitro system (m6i.large)"],
    [{ encrypted: false }, "fact-mismatch", "its encrypted is yes, not no"],
    [{ volumeType: { not: "gp3" } }, "fact-mismatch", "its volume type is gp3, not anything but gp3"],
    [{ volumeType: { exists: false } }, "fact-mismatch", "it has a volume type (gp3)"],
    [{ attachedInstanceId: { exists: true } }, "fact-missing", "it has no attached instance id"],
    [{ hypervisor: "nitro" }, "fact-unknown", "its hypervisor isn't known"],
    [{ hypervisor: { lessThan: 5 } }, "fact-unknown", "its hypervisor isn't known"],
    [{ volumeType: { lessThan: 5 } }, "fact-mismatch", "its volume type is gp3, not below 5"],
  ])("fails: %j", (when, code, text) => expect(judge(when)).toEqual({ code, text }));
});
