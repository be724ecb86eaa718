import { parseArn } from "../../model/arn.ts";
import type { ListenConfig, ListenQueue } from "../../model/notification-policy.ts";
import { partitionOf } from "../../model/partition.ts";
import { didYouMean } from "../../support/suggest.ts";
import { configurationSchema } from "../configuration-schema.ts";
import { compact, type Reading } from "../reading.ts";
import type { Path } from "../yaml-source.ts";
import { listenQueueSchema, listenSchema } from "./notifications-schema.ts";
import { checkQueuePlace, type Places } from "./queue-place.ts";

const LISTEN: Path = ["notifications", "listen"];
const QUEUE_NAME = /^[A-Za-z0-9_-]{1,80}$/;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** `notifications.listen`: what the plan subscribes to the topics. Undefined when it isn't there, or says nothing that can be used. */
export function listenFrom(reading: Reading, places: Places): ListenConfig | undefined {
  if (reading.raw(LISTEN) === undefined) return undefined;
  const queue = queueAt([...LISTEN, "queue"], reading);
  if (queue) checkQueuePlace(queue, [...LISTEN, "queue"], places, reading);
  const endpoint = endpointAt([...LISTEN, "endpoint"], reading);
  const written = reading.raw(LISTEN);
  // What isn't a mapping is told of already.
  if ((typeof written === "object" || written === null) && reading.keys(LISTEN).length === 0)
    reading.error(
      "missing-key",
      "listen names nothing that listens: give it a queue, an endpoint, or both",
      LISTEN,
      "key",
    );
  if (reading.keys(["topics"]).length === 0)
    reading.warn(
      "no-topics",
      "listen hears what topics are told, and topics: names none: nothing comes in",
      LISTEN,
      "key",
    );
  return queue === undefined && endpoint === undefined ? undefined : compact({ queue, endpoint });
}

function queueAt(path: Path, reading: Reading): ListenQueue | undefined {
  const written = reading.pick(listenSchema.shape.queue, path);
  if (written === undefined) return undefined;
  if (typeof written === "string")
    return written.startsWith("arn:") ? queueByArn(written, path, reading) : named(written, path, reading);
  const queue = named(reading.text([...path, "name"]), [...path, "name"], reading);
  const region = reading.pick(configurationSchema.shape.regions.unwrap().element, [...path, "region"]);
  if (written.region !== undefined && region === undefined)
    reading.error("bad-value", `${JSON.stringify(written.region)} is no region: for example eu-central-1`, [
      ...path,
      "region",
    ]);
  const account = reading.pick(listenQueueSchema.shape.account.unwrap(), [...path, "account"]);
  const id = account === undefined ? undefined : reading.text([...path, "account"]);
  if (id !== undefined) checkAccount(id, [...path, "account"], reading);
  return queue && { ...queue, ...compact({ region, account: id }) };
}

function named(name: string, path: Path, reading: Reading): { readonly name: string } | undefined {
  if (QUEUE_NAME.test(name)) return { name };
  const why = name.endsWith(".fifo")
    ? "is a FIFO queue, and SNS can't send to those from topics that alarms use"
    : 'is no name of a queue: letters, digits, "_" and "-", 80 at most, or an ARN';
  reading.error("bad-value", `${JSON.stringify(name)} ${why}`, path);
  return undefined;
}

function queueByArn(text: string, path: Path, reading: Reading): ListenQueue | undefined {
  const arn = parseArn(text);
  const isQueue = arn?.service === "sqs" && /^\d{12}$/.test(arn.account) && arn.region !== "";
  if (!isQueue || !named(arn.resource, path, reading)) {
    if (!isQueue)
      reading.error(
        "bad-arn",
        `${JSON.stringify(text)} is no ARN of a queue: arn:aws:sqs:region:account:name`,
        path,
      );
    return undefined;
  }
  if (partitionOf(arn.region) !== arn.partition) {
    const message = `${arn.region} is in partition ${partitionOf(arn.region)}, and this ARN says ${arn.partition}`;
    reading.error("bad-arn", message, path);
    return undefined;
  }
  return { arn: text };
}

/** A name must be one of `accounts:`. Ids are known for sure only once the accounts are reached. */
function checkAccount(account: string, path: Path, reading: Reading): void {
  const names = Array.from({ length: reading.length(["accounts"]) }, (_, index) =>
    reading.raw(["accounts", index, "name"]),
  ).filter((name) => typeof name === "string");
  if (/^\d{12}$/.test(account) || names.includes(account)) return;
  const guess = didYouMean(account, names) || " Give the id, or the name that accounts: has for it";
  reading.error("unknown-account", `unknown account ${JSON.stringify(account)}.${guess}`, path);
}

/** What SNS can reach; http only on this machine, for a local cloud. */
function endpointAt(path: Path, reading: Reading): string | undefined {
  const written = reading.pick(listenSchema.shape.endpoint, path);
  if (written === undefined) return undefined;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  const isLocal = url?.protocol === "http:" && LOOPBACK.test(url.hostname);
  const problem =
    url?.protocol !== "https:" && !isLocal
      ? "must be an https:// address (http:// only on this machine, for a local cloud)"
      : url.username !== "" || url.password !== ""
        ? "must not hold a password: SNS signs what it sends, and the listener checks that"
        : url.hash !== ""
          ? "must not have a part behind #"
          : undefined;
  if (problem === undefined) return written;
  // It may hold a secret: it isn't repeated.
  reading.error("bad-value", `this endpoint ${problem}`, path);
  return undefined;
}
