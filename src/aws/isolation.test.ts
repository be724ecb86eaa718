import fsPromises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { afterAll, expect, it } from "vitest";
import { ManualClock } from "../support/clock.ts";
import { silentLogger } from "../support/context.ts";

// The suite points these at nothing; here the SDK must look where it would by itself.
delete process.env["AWS_CONFIG_FILE"];
delete process.env["AWS_SHARED_CREDENTIALS_FILE"];

/** Reads of the shared configuration files. Watched before the SDK is loaded, since it keeps the function it found then. */
const touched: string[] = [];
const readFile = fsPromises.readFile;
fsPromises.readFile = ((path: string, ...rest: []) => {
  if (/\.aws[/\\](config|credentials)$/.test(String(path))) touched.push(path);
  return readFile(path, ...rest);
}) as typeof readFile;
syncBuiltinESMExports();

afterAll(() => {
  fsPromises.readFile = readFile;
  syncBuiltinESMExports();
});

const { connect } = await import("./connect.ts");

const IDENTITY =
  "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

const options = {
  accounts: [],
  context: {
    clock: new ManualClock(),
    random: () => 0,
    signal: new AbortController().signal,
    log: silentLogger,
  },
  environment: { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "eu-central-1" },
  version: "1.2.3",
  requestHandler: {
    async handle(request: { readonly headers: Readonly<Record<string, string>>; readonly body?: unknown }) {
      const json = request.headers["x-amz-target"] !== undefined;
      const identity = !json && String(request.body).includes("GetCallerIdentity");
      const body = Buffer.from(json ? "{}" : identity ? IDENTITY : "<r/>");
      return { response: { statusCode: 200, headers: {}, body } };
    },
  },
};

it("touches no shared configuration file when keys are given and the cloud is local", async () => {
  const [account] = (await connect(options)).accounts;
  if (!account || "error" in account) throw account?.error ?? new Error("no account");
  const { session } = account;
  await session.send("cloudwatch", "DescribeAlarms", {});
  await session.send("ec2", "DescribeInstances", {});
  await session.send("sns", "ListTopics", {});
  await session.send("route53", "ListHostedZones", {});
  await session.send("service-quotas", "ListServiceQuotas", { ServiceCode: "monitoring" });
  expect(touched).toEqual([]);
});

it("touches none to find a region either", async () => {
  const { AWS_REGION: _, ...environment } = options.environment;
  const [account] = (await connect({ ...options, environment })).accounts;
  expect(account).toMatchObject({ error: { code: "NoRegion" } });
  expect(touched).toEqual([]);
});

it("reads them for a profile, and names an unknown one", async () => {
  const [account] = (await connect({ ...options, profile: "no-such-profile" })).accounts;
  expect(account).toMatchObject({
    error: { code: "UnknownProfile", message: expect.stringContaining('profile "no-such-profile"') },
  });
  expect(touched.length).toBeGreaterThan(0);
});
