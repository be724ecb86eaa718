import { describe, expect, it } from "vitest";
import { pagesOf } from "./paging.ts";

/** Reads all pages, answering each call with the next of `answers`; tells what was asked and seen. */
async function read(service: "route53" | "ec2" | "sts", operation: string, input: object, answers: object[]) {
  const asked: object[] = [];
  const seen: object[] = [];
  const pages = pagesOf(service, operation, input, async (request) => {
    asked.push(request);
    return answers[asked.length - 1] ?? {};
  });
  for await (const page of pages) seen.push(page);
  return { asked, seen };
}

describe("pagesOf", () => {
  it("follows tokens to the end, with the page size we like", async () => {
    const answers = [{ NextToken: "b" }, { NextToken: "c" }, { NextToken: "" }];
    const { asked, seen } = await read("ec2", "DescribeVolumes", { Filters: [] }, answers);
    expect(seen).toEqual(answers);
    expect(asked).toEqual([
      { MaxResults: 500, Filters: [] },
      { MaxResults: 500, Filters: [], NextToken: "b" },
      { MaxResults: 500, Filters: [], NextToken: "c" },
    ]);
  });

  it("keeps a page size that was asked for", async () => {
    const { asked } = await read("ec2", "DescribeVolumes", { MaxResults: 5 }, [{}]);
    expect(asked).toEqual([{ MaxResults: 5 }]);
  });

  it("follows Route 53, whose next page begins at a record", async () => {
    const { asked } = await read("route53", "ListResourceRecordSets", { HostedZoneId: "Z" }, [
      { IsTruncated: true, NextRecordName: "a.", NextRecordType: "A", NextRecordIdentifier: "x" },
      { IsTruncated: true, NextRecordName: "b.", NextRecordType: "A" },
      { IsTruncated: false, NextRecordName: "c." },
    ]);
    expect(asked).toEqual([
      { MaxItems: 300, HostedZoneId: "Z" },
      {
        MaxItems: 300,
        HostedZoneId: "Z",
        StartRecordName: "a.",
        StartRecordType: "A",
        StartRecordIdentifier: "x",
      },
      { MaxItems: 300, HostedZoneId: "Z", StartRecordName: "b.", StartRecordType: "A" },
    ]);
  });

  it("refuses to go round in circles", async () => {
    const answers = [{ NextToken: "b" }, { NextToken: "c" }, { NextToken: "b" }];
    await expect(read("ec2", "DescribeVolumes", {}, answers)).rejects.toMatchObject({ code: "RepeatedPage" });
  });

  it("knows which operations are listings", async () => {
    await expect(read("sts", "GetCallerIdentity", {}, [])).rejects.toMatchObject({ code: "NotPaged" });
  });
});
