import { expect, it } from "vitest";
import { hasBurstBalance } from "./ebs-volume.ts";
import { isBareMetal, isBurstable, isNitro, maxCredits } from "./instance-types.ts";

it.each([
  ["m6i.large", true, false, false],
  ["m4.large", false, false, false],
  ["t2.micro", false, false, true],
  ["t3.micro", true, false, true],
  ["t4g.nano", true, false, true],
  ["i3.large", false, false, false],
  ["i3.metal", true, true, false],
  ["p3.2xlarge", false, false, false],
  ["p3dn.24xlarge", true, false, false],
  ["c5.metal", true, true, false],
  ["u-6tb1.112xlarge", true, false, false],
  ["t1.micro", false, false, false],
  ["trn1.2xlarge", true, false, false],
])("%s: nitro %s, bare metal %s, burstable %s", (type, nitro, metal, burstable) => {
  expect([isNitro(type), isBareMetal(type), isBurstable(type)]).toEqual([nitro, metal, burstable]);
});

// EC2 user guide, burstable performance instances.
it.each([
  ["t2.2xlarge", 1958.4],
  ["t3.nano", 144],
  ["t3a.large", 864],
  ["t4g.2xlarge", 4608],
  ["m5.large", undefined],
])("%s keeps at most %s credits", (type, credits) => {
  expect(maxCredits(type)).toBe(credits);
});

// EBS user guide, volume types.
it.each([
  ["gp2", 999, true],
  ["gp2", 1000, false],
  ["gp3", 100, false],
  ["st1", 12_799, true],
  ["st1", 12_800, false],
  ["sc1", 16_384, true],
  ["io2", 100, false],
])("%s of %i GiB lives on burst credits: %s", (type, size, expected) => {
  expect(hasBurstBalance(type, size)).toBe(expected);
});
