import {
  AssumeRoleCommand,
  type AssumeRoleCommandOutput,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterEach, describe, expect, it } from "vitest";
import { Accounts, DEFAULT_ACCOUNTS } from "../accounts.ts";
import { createLocalCloud, type LocalCloud } from "../server.ts";

const [MAIN, SECOND] = DEFAULT_ACCOUNTS;
const ROLE = `arn:aws:iam::${SECOND!.id}:role/ops/watch`;
let offset = 0;
let local: LocalCloud;

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

function sts(credentials: Keys = MAIN!): STSClient {
  local ??= createLocalCloud({ hostNow: () => Date.now() + offset });
  return new STSClient({
    region: "eu-central-1",
    credentials,
    requestHandler: local.requestHandler(),
    maxAttempts: 1,
  });
}

afterEach(() => {
  offset = 0;
});

function keysOf({ Credentials }: Pick<AssumeRoleCommandOutput, "Credentials">): Keys {
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
}

const assume = (input: object, keys?: Keys) =>
  sts(keys).send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: "tests", ...input }));

describe("STS", () => {
  it("gives session keys of another account's role", async () => {
    const output = await assume({ ExternalId: "xyz", DurationSeconds: 900 });
    expect(output.Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(output.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${SECOND!.id}:assumed-role/watch/tests`);
    const identity = await sts(keysOf(output)).send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({
      Account: SECOND!.id,
      Arn: output.AssumedRoleUser?.Arn,
      UserId: output.AssumedRoleUser?.AssumedRoleId,
    });
    const again = await assume({});
    expect(again.AssumedRoleUser?.AssumedRoleId).toBe(output.AssumedRoleUser?.AssumedRoleId);
    expect(again.Credentials?.AccessKeyId).not.toBe(output.Credentials?.AccessKeyId);
  });

  it("lets sessions expire by the host's clock, whatever the virtual one says", async () => {
    const keys = keysOf(await assume({ DurationSeconds: 900 }));
    await local.cloud.clock.advance(3_600_000);
    expect(await sts(keys).send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: SECOND!.id });
    // The client's clock and the host's agree within a quarter of an hour; the session has less than that left.
    const nearlyOver = keysOf(await assume({ DurationSeconds: 900 }));
    offset = 890_000;
    expect(await sts(nearlyOver).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: SECOND!.id,
    });
  });

  it("refuses accounts it doesn't know and other partitions as if not allowed", async () => {
    for (const RoleArn of [
      "arn:aws:iam::999999999999:role/watch",
      `arn:aws-cn:iam::${SECOND!.id}:role/watch`,
    ]) {
      await expect(assume({ RoleArn })).rejects.toMatchObject({
        name: "AccessDenied",
        message: `User: arn:aws:iam::${MAIN!.id}:root is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
        $metadata: { httpStatusCode: 403 },
      });
    }
  });

  it("refuses input as STS does", async () => {
    for (const [input, message] of [
      [
        { DurationSeconds: 899 },
        "Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
      ],
      [{ DurationSeconds: 43_201 }, "Member must have value less than or equal to 43200"],
      [{ RoleArn: `arn:aws:iam::${SECOND!.id}:user/someone` }, ":user/someone is invalid"],
      [{ RoleArn: "short" }, "Member must have length greater than or equal to 20"],
      [{ RoleSessionName: "a b" }, "Value 'a b' at 'roleSessionName'"],
    ] as const) {
      await expect(assume(input)).rejects.toMatchObject({
        name: "ValidationError",
        message: expect.stringContaining(message),
      });
    }
  });

  it("gives roles assumed by roles an hour at most", async () => {
    const keys = keysOf(await assume({}));
    const RoleArn = `arn:aws:iam::${MAIN!.id}:role/back`;
    await expect(assume({ RoleArn, DurationSeconds: 3601 }, keys)).rejects.toMatchObject({
      name: "ValidationError",
    });
    expect((await assume({ RoleArn }, keys)).AssumedRoleUser?.Arn).toContain("assumed-role/back/tests");
  });

  it("gives session tokens to account holders, not to sessions", async () => {
    const keys = keysOf(await sts().send(new GetSessionTokenCommand({})));
    expect(await sts(keys).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: `arn:aws:iam::${MAIN!.id}:root`,
    });
    await expect(sts(keys).send(new GetSessionTokenCommand({}))).rejects.toMatchObject({
      name: "AccessDenied",
    });
  });
});

describe("accounts", () => {
  const options = { hostNow: () => 0, random: () => 0.5 };
  const account = { id: "123456789012", accessKeyId: "AKIA0000000000000000", secretAccessKey: "s" };

  it("are checked when they are listed", () => {
    for (const [accounts, message] of [
      [[{ ...account, id: "12" }], 'account id "12" is not twelve digits'],
      [[account, account], "account 123456789012 is listed twice"],
      [[account, { ...account, id: "123456789013" }], 'access key id "AKIA0000000000000000" is listed twice'],
      [[{ ...account, accessKeyId: "a b" }], 'access key id "a b" of account 123456789012'],
      [[{ ...account, secretAccessKey: "" }], "account 123456789012 has an empty secret access key"],
    ] as const) {
      expect(() => new Accounts(accounts, options)).toThrow(message);
    }
  });
});
