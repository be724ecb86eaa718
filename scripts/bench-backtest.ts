// What replaying 3,000 alarms over 14 days of 5-minute points costs from end to end, beside the bare reading of the same input:
// out of CSV files, and out of GetMetricData's answers.
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { cleanEnv, folder, row, runWatchkeeper, type Usage } from "./bench-support.ts";

const ALARMS = Number(process.env["WATCHKEEPER_BENCH_ALARMS"] ?? 3000);
const POINTS = 14 * 288;
const STEP = 300;
const START = Math.floor(Date.now() / 86_400_000) * 86_400 - 15 * 86_400;
const MEGA = (ALARMS * POINTS) / 1e6;

/** Load with a daily pattern and noise; every tenth series has an incident every few days, and all have gaps. */
function* series(seed: number): Generator<readonly [time: number, value: number]> {
  let state = seed;
  for (let i = 0; i < POINTS; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    const noise = (state >>> 8) / 2 ** 24;
    if (noise < 0.005) continue;
    const incident = seed % 10 === 0 && (i + seed * 131) % 1000 < 9 ? 40 : 0;
    yield [
      START + i * STEP,
      Number((45 + 20 * Math.sin((2 * Math.PI * i) / 288) + 10 * noise + incident).toFixed(4)),
    ];
  }
}

/** CPU seconds and peak memory of a script in a process of its own. */
async function cpuOf(
  script: string,
  ...args: readonly string[]
): Promise<{ readonly cpuSeconds: number; readonly peakMb: number }> {
  const measure =
    "\nconst u = process.resourceUsage(); console.log(JSON.stringify({ cpuSeconds: (u.userCPUTime + u.systemCPUTime) / 1e6, peakMb: Math.round(u.maxRSS / 1024) }));";
  const file = join(folder, "bare.mjs");
  writeFileSync(file, script + measure);
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], { env: cleanEnv() });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { cpuSeconds: number; peakMb: number };
}

function tell(what: string, used: Pick<Usage, "cpuSeconds" | "peakMb">, base?: number): void {
  const ratio = base === undefined ? "" : `${(used.cpuSeconds / base).toFixed(2)} x`;
  row(what, used.cpuSeconds.toFixed(2), (MEGA / used.cpuSeconds).toFixed(1), used.peakMb, ratio);
}

function checked(used: Usage): Usage {
  if (used.code !== 0) throw new Error(`backtest ended with ${used.code}: ${used.output.slice(0, 2000)}`);
  const tested = /"tested": (\d+)/.exec(used.output)?.[1];
  if (tested !== String(ALARMS)) throw new Error(`${tested} of ${ALARMS} alarms were tested`);
  return used;
}

const ALARM = join(folder, "alarm.yaml");
writeFileSync(
  ALARM,
  "statistic: Average\nperiod: 5m\nevaluationPeriods: 3\ndatapointsToAlarm: 2\ncomparisonOperator: GreaterThanThreshold\nthreshold: 90\n",
);

row(`${ALARMS} alarms, ${MEGA.toFixed(1)} M points`, "CPU s", "M points/s", "peak MB", "of the bare");

const csv = join(folder, "csv");
mkdirSync(csv);
for (let i = 0; i < ALARMS; i += 1) {
  const lines = [...series(i + 1)].map(
    ([time, value]) => `${new Date(time * 1000).toISOString().slice(0, 19)}Z,${value}`,
  );
  writeFileSync(join(csv, `${String(i).padStart(5, "0")}.csv`), `timestamp,value\n${lines.join("\n")}\n`);
}
const bareCsv = await cpuOf(
  `import { readdirSync, readFileSync } from "node:fs";
let sum = 0;
for (const name of readdirSync(process.argv[2]))
  for (const line of readFileSync(process.argv[2] + "/" + name, "utf8").split("\\n").slice(1)) {
    const at = line.indexOf(",");
    if (at > 0) sum += Date.parse(line.slice(0, at)) + Number(line.slice(at + 1));
  }
if (!(sum > 0)) throw new Error("nothing was read");`,
  csv,
);
tell("CSV: bare parse", bareCsv);
const fromCsv = ["backtest", "--alarm", ALARM, "--data", csv];
tell("CSV: backtest", checked(await runWatchkeeper([...fromCsv, "--json"], cleanEnv())), bareCsv.cpuSeconds);
const page = join(folder, "page.html");
tell(
  "CSV: backtest --html",
  checked(await runWatchkeeper([...fromCsv, "--json", "--html", page], cleanEnv())),
  bareCsv.cpuSeconds,
);
row("  the page, MB", (readFileSync(page).length / 1e6).toFixed(1));
rmSync(csv, { recursive: true });

const server = await answering();
const { port } = server.address() as AddressInfo;
const env = {
  ...cleanEnv(),
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "x",
  AWS_REGION: "eu-central-1",
  AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
};
const bodies = join(folder, "bodies");
mkdirSync(bodies);
let keeping = true;
const fromCloud = checked(await runWatchkeeper(["backtest", "--existing", "--json", "--days", "14.5"], env));
keeping = false;
const answers = readdirSync(bodies).length;
// What reading the same answers costs any program that uses the SDK, sockets and all; and the JSON alone, from memory.
const bareSdk = await cpuOf(
  `import { CloudWatchClient, GetMetricDataCommand } from ${JSON.stringify(createRequire(import.meta.url).resolve("@aws-sdk/client-cloudwatch"))};
const client = new CloudWatchClient({ region: "eu-central-1", endpoint: ${JSON.stringify(env.AWS_ENDPOINT_URL)}, credentials: { accessKeyId: "x", secretAccessKey: "x" } });
const MetricDataQueries = Array.from({ length: ${Math.round(ALARMS / answers)} }, (_, i) => ({ Id: "s" + i, MetricStat: { Metric: { Namespace: "Acme/App", MetricName: "Load" }, Period: 60, Stat: "Maximum" } }));
let points = 0;
for (let i = 0; i < ${answers}; i += 1) {
  const { MetricDataResults } = await client.send(new GetMetricDataCommand({ StartTime: new Date(0), EndTime: new Date(1), MetricDataQueries }));
  for (const { Timestamps, Values } of MetricDataResults) points += Timestamps.length + Values.length;
}
if (!(points > 0)) throw new Error("nothing was read");`,
);
server.close();
const bareJson = await cpuOf(
  `import { readdirSync, readFileSync } from "node:fs";
let points = 0;
for (const name of readdirSync(process.argv[2]))
  for (const { Timestamps, Values } of JSON.parse(readFileSync(process.argv[2] + "/" + name, "utf8")).MetricDataResults)
    points += Timestamps.length + Values.length;
if (!(points > 0)) throw new Error("nothing was read");`,
  bodies,
);
tell(`GetMetricData: the SDK, ${answers} answers`, bareSdk);
tell("GetMetricData: JSON.parse alone", bareJson, bareSdk.cpuSeconds);
tell("GetMetricData: backtest", fromCloud, bareSdk.cpuSeconds);
rmSync(folder, { recursive: true, force: true });

/** CloudWatch and STS as far as a backtest of existing alarms asks them, with answers that cost this process little. Keeps every answer for the bare decode. */
async function answering(): Promise<Server> {
  const texts = Array.from({ length: 50 }, (_, i) => {
    const points = [...series(i + 1)];
    return `"Timestamps":[${points.map(([time]) => time).join(",")}],"Values":[${points.map(([, value]) => value).join(",")}],"StatusCode":"Complete"`;
  });
  let written = 0;
  const http = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const operation = String(request.headers["x-amz-target"] ?? "")
        .split(".")
        .at(-1);
      if (operation === "") {
        response.setHeader("content-type", "text/xml");
        response.end(
          '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/bench</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>',
        );
        return;
      }
      response.setHeader("content-type", "application/x-amz-json-1.0");
      const input = JSON.parse(body) as { NextToken?: string; MetricDataQueries?: { Id: string }[] };
      if (operation === "DescribeAlarms") {
        response.end(alarmPage(Number(input.NextToken ?? 0)));
        return;
      }
      const results = (input.MetricDataQueries ?? []).map(
        ({ Id }, i) => `{"Id":"${Id}","Label":"m",${texts[(written + i) % texts.length]}}`,
      );
      const answer = `{"MetricDataResults":[${results.join(",")}],"Messages":[]}`;
      if (keeping) writeFileSync(join(bodies, `${written}.json`), answer);
      written += 1;
      response.end(answer);
    });
  });
  await new Promise<void>((ready) => http.listen(0, "127.0.0.1", ready));
  return http;
}

function alarmPage(from: number): string {
  const alarms = Array.from({ length: Math.min(100, ALARMS - from) }, (_, i) => ({
    AlarmName: `cpu-${from + i}`,
    ActionsEnabled: true,
    Namespace: "Acme/App",
    MetricName: "Load",
    Dimensions: [{ Name: "Host", Value: String(from + i) }],
    Statistic: "Maximum",
    Period: STEP,
    EvaluationPeriods: 3,
    DatapointsToAlarm: 2,
    Threshold: 90,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "missing",
    StateValue: "OK",
  }));
  const next = from + 100 < ALARMS ? { NextToken: String(from + 100) } : {};
  return JSON.stringify({ MetricAlarms: alarms, CompositeAlarms: [], ...next });
}
