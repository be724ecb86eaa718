import { describe, expect, it } from "vitest";
import { EventPatternError, parseEventPattern } from "./event-pattern.ts";

const event = {
  source: "aws.cloudwatch",
  "detail-type": "CloudWatch Alarm State Change",
  resources: ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu", "second"],
  detail: {
    alarmName: "cpu-high",
    state: { value: "ALARM" },
    count: 7,
    up: true,
    nothing: null,
    ip: "10.0.3.4",
    tags: [
      { key: "team", value: "web" },
      { key: "role", value: "db" },
    ],
  },
};

const matches = (pattern: unknown): boolean => parseEventPattern(JSON.stringify(pattern))(event);
const detail = (pattern: unknown): boolean => matches({ detail: pattern });

describe("an event pattern", () => {
  // Source: EventBridge user guide, "Comparison operators".
  it.each([
    ["exact text", { alarmName: ["cpu-high"] }, { alarmName: ["cpu"] }],
    ["one of several", { alarmName: ["x", "cpu-high"] }, { alarmName: ["x", "y"] }],
    ["numbers, booleans and null", { count: [7], up: [true], nothing: [null] }, { count: ["7"] }],
    ["prefix", { alarmName: [{ prefix: "cpu" }] }, { alarmName: [{ prefix: "CPU" }] }],
    ["prefix without case", { alarmName: [{ prefix: { "equals-ignore-case": "CPU" } }] }, { count: [{ prefix: "7" }] }],
    ["suffix", { alarmName: [{ suffix: "-high" }] }, { alarmName: [{ suffix: "cpu" }] }],
    ["equals-ignore-case", { alarmName: [{ "equals-ignore-case": "CPU-HIGH" }] }, { alarmName: [{ "equals-ignore-case": "cpu" }] }],
    ["wildcard", { alarmName: [{ wildcard: "c*-*gh" }] }, { alarmName: [{ wildcard: "c*x*" }] }],
    ["wildcard without room", { alarmName: [{ wildcard: "*" }] }, { alarmName: [{ wildcard: "cpu-high*high" }] }],
    ["numeric", { count: [{ numeric: [">", 0, "<=", 7] }] }, { count: [{ numeric: ["<", 7] }] }],
    ["cidr", { ip: [{ cidr: "10.0.0.0/16" }] }, { ip: [{ cidr: "10.0.0.0/24" }] }],
    ["exists", { alarmName: [{ exists: true }] }, { missing: [{ exists: true }] }],
    ["absence", { missing: [{ exists: false }] }, { alarmName: [{ exists: false }] }],
    ["anything-but", { alarmName: [{ "anything-but": ["a", "b"] }] }, { alarmName: [{ "anything-but": "cpu-high" }] }],
    ["anything-but prefix", { alarmName: [{ "anything-but": { prefix: "x" } }] }, { alarmName: [{ "anything-but": { prefix: "cpu" } }] }],
    ["anything-but of what is absent", { state: { value: [{ "anything-but": "OK" }] } }, { missing: [{ "anything-but": "OK" }] }],
    ["nested fields", { state: { value: ["ALARM", "OK"] } }, { state: { value: ["OK"] } }],
    ["fields of objects in arrays", { tags: { key: ["role"] } }, { tags: { key: ["cost"] } }],
    ["$or", { $or: [{ alarmName: ["x"] }, { count: [7] }] }, { $or: [{ alarmName: ["x"] }, { count: [8] }] }],
  ])("knows %s", (_, yes, no) => {
    expect(detail(yes)).toBe(true);
    expect(detail(no)).toBe(false);
  }); // biome-ignore format: a row a case

  it("wants every field, and any element of an array", () => {
    expect(matches({ source: ["aws.cloudwatch"], resources: ["second"] })).toBe(true);
    expect(matches({ source: ["aws.cloudwatch"], resources: ["third"] })).toBe(false);
  });

  it.each([
    ["no JSON", "{"],
    ["an array", "[]"],
    ["nothing", "{}"],
    ["a text where an array belongs", '{"source":"aws.ec2"}'],
    ["an empty array", '{"source":[]}'],
    ["an unknown operator", '{"source":[{"like":"x"}]}'],
    ["two operators in one", '{"source":[{"prefix":"x","suffix":"y"}]}'],
    ["a numeric without number", '{"a":[{"numeric":[">","1"]}]}'],
    ["two wildcards in a row", '{"a":[{"wildcard":"a**b"}]}'],
  ])("is refused when it is %s", (_, text) => {
    expect(() => parseEventPattern(text)).toThrow(EventPatternError);
  });
});
