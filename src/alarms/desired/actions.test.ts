import { describe, expect, it } from "vitest";
import { partitionOf } from "../../model/partition.ts";
import { configuration } from "../test-fixtures.ts";
import { resolveActions, topicArns } from "./actions.ts";

const config = configuration([], {
  topics: {
    oncall: { key: "oncall", name: "Alarms" },
    theirs: { key: "theirs", arn: "arn:aws:sns:eu-central-1:999988887777:theirs" },
  },
});

function resolve(targets: readonly string[], region = "eu-central-1", severity = "none") {
  const place = { account: "111122223333", region, partition: partitionOf(region) };
  const definition = { severity, ...(targets.length > 0 && { actions: { alarm: targets } }) };
  const topics = topicArns(config, place);
  return resolveActions(definition, config.severities, place, topics, Object.keys(config.topics));
}

describe("resolveActions", () => {
  it.each([
    ["oncall", "eu-central-1", "arn:aws:sns:eu-central-1:111122223333:Alarms"],
    ["oncall", "cn-north-1", "arn:aws-cn:sns:cn-north-1:111122223333:Alarms"],
    ["theirs", "eu-central-1", "arn:aws:sns:eu-central-1:999988887777:theirs"],
    ["ec2:recover", "us-gov-west-1", "arn:aws-us-gov:automate:us-gov-west-1:ec2:recover"],
    ["ec2:stop", "cn-north-1", "arn:aws-cn:automate:cn-north-1:ec2:stop"],
    [
      "arn:aws:lambda:eu-central-1:111122223333:function:f",
      "eu-central-1",
      "arn:aws:lambda:eu-central-1:111122223333:function:f",
    ],
    [
      "arn:aws:ssm-incidents::111122223333:response-plan/p",
      "eu-central-1",
      "arn:aws:ssm-incidents::111122223333:response-plan/p",
    ],
  ])("%s in %s", (target, region, arn) => {
    expect(resolve([target], region)).toEqual({
      alarmActions: [arn],
      okActions: [],
      insufficientDataActions: [],
      problems: [],
    });
  });

  it.each([
    ["onkall", "eu-central-1", 'Did you mean "oncall"?'],
    ["ec2:hibernate", "eu-central-1", "is no topic of the configuration, no ARN and no ec2:recover"],
    ["theirs", "us-east-1", "is in eu-central-1: alarms in us-east-1 need a target there"],
    ["theirs", "cn-north-1", "is of partition aws, but alarms in cn-north-1 are of aws-cn"],
    ["arn:aws:sns:eu-central-1", "eu-central-1", "is no complete ARN"],
    ["constructor", "eu-central-1", "is no topic"],
  ])("refuses %s in %s", (target, region, problem) => {
    const { alarmActions, problems } = resolve([target], region);
    expect(alarmActions).toEqual([]);
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });

  it("takes the severity's lists, each target once, and none for unknown words", () => {
    const { alarmActions, okActions } = resolve([], "eu-central-1", "critical");
    expect([alarmActions, okActions]).toEqual([
      ["arn:aws:sns:eu-central-1:111122223333:Alarms"],
      ["arn:aws:sns:eu-central-1:111122223333:Alarms"],
    ]);
    expect(resolve(["oncall", "oncall"]).alarmActions).toHaveLength(1);
    expect(resolve([], "eu-central-1", "toString").alarmActions).toEqual([]);
  });
});
