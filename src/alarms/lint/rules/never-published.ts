import type { Resource } from "../../../model/resource.ts";
import type { LintRule } from "../lint-rule.ts";
import { statsOf } from "../watched.ts";

interface Publication {
  readonly namespace: string;
  readonly metric: RegExp;
  /** Whether a resource publishes it; undefined when its facts don't say. */
  readonly published: (resource: Resource) => boolean | undefined;
  readonly only: string;
  /** Facts of a definition's `when`, any of which leaves the others out. */
  readonly facts: readonly string[];
  /** The condition to give. */
  readonly when: string;
}

/** Metrics that only some resources have. Sources: the user guides of EC2 and EBS. */
const PUBLICATIONS: readonly Publication[] = [
  {
    namespace: "AWS/EBS",
    metric: /^BurstBalance$/,
    published: ({ facts }) => {
      const { volumeType } = facts;
      if (typeof volumeType === "string" && !["gp2", "st1", "sc1"].includes(volumeType)) return false;
      return facts["burstBalance"] as boolean | undefined;
    },
    only: "gp2, st1 and sc1 volumes that burst; gp3, io1 and io2 have no credits",
    facts: ["burstBalance", "volumeType"],
    when: "burstBalance: true",
  },
  {
    namespace: "AWS/EC2",
    metric: /^CPU(Surplus)?Credit/,
    published: ({ facts }) => facts["burstable"] as boolean | undefined,
    only: "burstable instances (T families)",
    facts: ["burstable", "creditMode", "maxCredits", "instanceType"],
    when: "burstable: true",
  },
  {
    namespace: "AWS/EC2",
    metric: /^StatusCheckFailed_AttachedEBS$/,
    published: ({ facts }) => facts["nitro"] as boolean | undefined,
    only: "instances on the Nitro system",
    facts: ["nitro"],
    when: "nitro: true",
  },
  {
    namespace: "AWS/EBS",
    metric: /^VolumeStalledIOCheck$/,
    published: ({ facts }) => facts["nitro"] as boolean | undefined,
    only: "volumes of instances on the Nitro system",
    facts: ["nitro"],
    when: "nitro: true",
  },
];

export const neverPublished = {
  about: "cannot fire",
  severity: "error",
  title: "Its resource doesn't publish the metric: BurstBalance of a gp3 volume, CPU credits of an m6i.",
  remedy: "remove the alarm, or let the definition's `when` leave such resources out",
  *check({ spec, resource, definition }) {
    for (const { namespace, metricName } of statsOf(spec)) {
      const known = PUBLICATIONS.find((each) => each.namespace === namespace && each.metric.test(metricName));
      if (!known) continue;
      const published = resource && known.published(resource);
      if (published === false)
        yield { message: `cannot fire: ${metricName} is published only for ${known.only}` };
      else if (published === undefined && definition && !known.facts.some((fact) => fact in definition.when))
        yield {
          severity: "warning",
          message: `cannot fire for some resources: ${metricName} is published only for ${known.only}`,
          remedy: `when: { ${known.when} } leaves the others out`,
        };
    }
  },
} as const satisfies LintRule;
