import type { Partition } from "../model/partition.ts";

/** A region as DescribeRegions tells it. */
export interface RegionFacts {
  readonly name: string;
  readonly optIn: boolean;
}

// Regions by partition; those behind the bar have to be opted in to.
const REGIONS: Readonly<Record<Partition, string>> = {
  aws:
    "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 " +
    "eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2 | af-south-1 ap-east-1 ap-east-2 ap-south-2 " +
    "ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 " +
    "il-central-1 me-central-1 me-south-1 mx-central-1",
  "aws-cn": "cn-north-1 cn-northwest-1",
  "aws-us-gov": "us-gov-east-1 us-gov-west-1",
};

// Zone letters where they aren't a, b, c.
const ZONE_LETTERS: Readonly<Record<string, string>> = {
  "us-east-1": "abcdef",
  "us-west-1": "ac",
  "us-west-2": "abcd",
  "ap-northeast-1": "acd",
  "ap-northeast-2": "abcd",
  "ca-central-1": "abd",
};

/** The regions of a partition, those needing no opting in first. */
export function regionsOf(partition: Partition): readonly RegionFacts[] {
  const [open = "", optIn = ""] = REGIONS[partition].split("|");
  const names = (text: string) => text.split(" ").filter((name) => name !== "");
  return [
    ...names(open).map((name) => ({ name, optIn: false })),
    ...names(optIn).map((name) => ({ name, optIn: true })),
  ];
}

/** A zone: `us-east-1a` and the id that is the same in every account, `use1-az1`. */
export interface ZoneFacts {
  readonly name: string;
  readonly id: string;
}

/** The availability zones of a region. */
export function zonesOf(region: string): readonly ZoneFacts[] {
  const code = regionCode(region);
  return [...(ZONE_LETTERS[region] ?? "abc")].map((letter, index) => ({
    name: `${region}${letter}`,
    id: `${code}-az${index + 1}`,
  }));
}

// `ap-northeast-1` is `apne1`, `us-gov-west-1` is `usgw1`.
function regionCode(region: string): string {
  const parts = region.split("-");
  const middle = parts.slice(1, -1).map((part) => {
    const compass = /^(north|south)?(east|west)?$/.exec(part);
    return compass ? `${compass[1]?.[0] ?? ""}${compass[2]?.[0] ?? ""}` : (part[0] ?? "");
  });
  return `${parts[0]}${middle.join("")}${parts.at(-1)}`;
}
