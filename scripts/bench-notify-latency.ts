import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { alarmMessage } from "./bench-notify-events.ts";
import { startListener } from "./bench-notify-listener.ts";
import { row, startLocal, write } from "./bench-support.ts";

const ALARMS = 100;
const SCENARIO = "version: 1\nregion: eu-central-1\nqueues: [{ name: inbox }]\n";

/** From the delivery of a single alarm to the request at its webhook, group_wait 0, by HTTP and by a queue of the local cloud. */
export async function benchLatency(): Promise<void> {
  const arrivals = new Map<string, (at: number) => void>();
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      const [, name = ""] = /"alertname":"([^"]+)"/.exec(body) ?? [];
      arrivals.get(name)?.(performance.now());
      response.end("ok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const local = await startLocal(write("queue.yaml", SCENARIO));
  const listener = await startListener(
    { kind: "webhook", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` },
    { group_by: ["alertname"], group_wait: "0s" },
    { args: ["--queue", "inbox"], env: local.env },
  );
  const sqs = new SQSClient({
    endpoint: local.endpoint,
    region: "eu-central-1",
    credentials: {
      accessKeyId: local.env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: local.env["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
  });
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "inbox" }));
  const measure = async (kind: string, send: (body: string) => Promise<unknown>): Promise<void> => {
    const times: number[] = [];
    for (let i = 0; i < ALARMS; i += 1) {
      const name = `${kind}-${i}`;
      const arrived = new Promise<number>((resolve) => arrivals.set(name, resolve));
      const body = alarmMessage(name, "ALARM");
      const start = performance.now();
      await send(body);
      times.push((await arrived) - start);
    }
    times.sort((a, b) => a - b);
    row(
      `  by ${kind}`,
      ...[50, 99, 100].map((part) => times[Math.ceil((part / 100) * ALARMS) - 1]?.toFixed(0) ?? ""),
    );
  };
  row("one alarm to a webhook, ms", "median", "p99", "longest");
  await measure("HTTP", (body) => listener.post(body));
  await measure("SQS", (MessageBody) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })));
  await listener.stop();
  sqs.destroy();
  local.child.kill();
  server.closeAllConnections();
  server.close();
}
