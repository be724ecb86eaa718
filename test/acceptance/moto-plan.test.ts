// The product against another AWS emulator: what is applied there stands, and a second plan has nothing to do.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { run } from "./support/child-process.ts";
import { counterpart } from "./support/counterpart.ts";
import { motoVersion, startMoto } from "./support/moto.ts";
import { PROGRAM } from "./support/stage.ts";

const version = motoVersion();
const moto = counterpart(version && `moto ${version}`, "moto isn't installed (pip install moto[server])");

// moto stores no composite alarms and has no agent metrics; the rest of the pack it keeps.
const CONFIGURATION = `
version: 1
name: beside-moto
regions: [eu-central-1]
policies:
  - name: all
    select: { type: ec2.instance, tags: { Managed: "Yes" } }
    pack: essentials
    alarms:
      throughput:
        metrics:
          - { id: in, namespace: AWS/EC2, metricName: NetworkIn, dimensions: { InstanceId: $resource.id }, statistic: Sum, period: 5m, returnData: false }
          - { id: out, namespace: AWS/EC2, metricName: NetworkOut, dimensions: { InstanceId: $resource.id }, statistic: Sum, period: 5m, returnData: false }
          - { id: rate, expression: (in + out) / 300 * 8, returnData: true }
        evaluationPeriods: 3
        comparisonOperator: GreaterThanThreshold
        threshold: 10000000
severities:
  critical: { alarm: [oncall] }
topics:
  oncall: { name: CloudWatch-Alarms }
notifications:
  listen: { queue: inbox, endpoint: "https://alerts.example.com/" }
  channels: { hook: "webhook://127.0.0.1:9/" }
  route: { receiver: hook }
`;

describe.skipIf(moto.absent)(moto.title("applying to moto"), () => {
  it("creates what a second plan then finds unchanged", async () => {
    const { endpoint, close } = await startMoto();
    try {
      const environment = {
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_REGION: "eu-central-1",
        AWS_DISABLE_REQUEST_COMPRESSION: "true",
      };
      const ec2 = new EC2Client({
        region: "eu-central-1",
        endpoint,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
      });
      await ec2.send(
        new RunInstancesCommand({
          ImageId: "ami-12c6146b",
          InstanceType: "t3.medium",
          MinCount: 3,
          MaxCount: 3,
          TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "Managed", Value: "Yes" }] }],
        }),
      );
      const config = join(mkdtempSync(join(tmpdir(), "watchkeeper-moto-")), "watchkeeper.yaml");
      writeFileSync(config, CONFIGURATION);
      const watchkeeper = async (...args: string[]) => {
        const done = await run(
          process.execPath,
          [PROGRAM, ...args, "--config", config, "--endpoint", endpoint],
          { environment },
        );
        return { code: done.code, json: JSON.parse(done.stdout) };
      };
      const applied = await watchkeeper("apply", "--yes", "--json");
      expect(applied.json.summary).toMatchObject({ failed: 0, refused: 0, pending: 0, waiting: 0 });
      expect(applied.json.summary.applied).toBeGreaterThan(12);
      const second = await watchkeeper("plan", "--json", "--detailed-exitcode");
      expect([second.code, second.json.changes]).toEqual([0, []]);
      expect(second.json.summary.unchanged).toBe(applied.json.summary.applied);
      writeFileSync(config, CONFIGURATION.replace(/^ {2}listen: .*\n/m, ""));
      expect((await watchkeeper("apply", "--yes", "--json")).json.summary).toMatchObject({
        applied: 3,
        failed: 0,
      });
      expect((await watchkeeper("plan", "--json")).json.changes).toEqual([]);
    } finally {
      close();
    }
  });
});
