// What an EC2 instance type's name says, without asking for it.

/** Families on the Xen hypervisor; everything else is Nitro. */
const XEN = new Set(
  "c1 c3 c4 cc1 cc2 cg1 cr1 d2 f1 g2 g3 g3s h1 hi1 hs1 i2 i3 m1 m2 m3 m4 p2 p3 r3 r4 t1 t2 x1 x1e".split(" "),
);

/** Credits that accrue in 24 hours and can be kept at most, by family and size (EC2 user guide, burstable instances). */
const T3_CREDITS = {
  nano: 144,
  micro: 288,
  small: 576,
  medium: 576,
  large: 864,
  xlarge: 2304,
  "2xlarge": 4608,
};
const T2_CREDITS = {
  nano: 72,
  micro: 144,
  small: 288,
  medium: 576,
  large: 864,
  xlarge: 1296,
  "2xlarge": 1958.4,
};
const MAX_CREDITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  t2: T2_CREDITS,
  t3: T3_CREDITS,
  t3a: T3_CREDITS,
  t4g: T3_CREDITS,
};

function split(instanceType: string): readonly [family: string, size: string] {
  const [family = "", size = ""] = instanceType.split(".", 2);
  return [family, size];
}

/** Whether it runs on the Nitro system: attached-EBS checks and the newer volume metrics exist only there. */
export function isNitro(instanceType: string): boolean {
  const [family, size] = split(instanceType);
  return size.startsWith("metal") || !XEN.has(family);
}

/** Whether the customer has the whole machine. */
export function isBareMetal(instanceType: string): boolean {
  return split(instanceType)[1].startsWith("metal");
}

/** Whether it works with CPU credits: the T families since T2. */
export function isBurstable(instanceType: string): boolean {
  return /^t[2-9][a-z]*$/.test(split(instanceType)[0]);
}

/** The most CPU credits it can keep; undefined when it has none or the figure isn't known. */
export function maxCredits(instanceType: string): number | undefined {
  const [family, size] = split(instanceType);
  return MAX_CREDITS[family]?.[size];
}
