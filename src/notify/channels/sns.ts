import { parseArn } from "../../model/arn.ts";
import type { ChannelOptionTable } from "../../model/channel-option.ts";
import { OWN_MESSAGE } from "../../model/own-tags.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import type { Notification } from "../notification.ts";
import { shorten } from "../plain-text.ts";
import type { ChannelKind } from "./channel-kind.ts";
import { cutBytes, fitting } from "./cutting.ts";
import { mailMessage } from "./mail-message.ts";
import { guarded } from "./outcome.ts";

const OPTIONS = {
  topic: {
    type: "text",
    required: true,
    pattern: /^arn:aws(-cn|-us-gov)?:sns:[\w-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/,
    form: "the ARN of a topic",
    description: "Topic to publish to: not one that the notifier listens to.",
  },
} as const satisfies ChannelOptionTable;

/** Limits of Publish: the whole message in bytes, the subject in characters of ASCII, one SMS. */
const MOST_BYTES = 256 * 1024 - 2048;
const TEXT_BYTES = 32 * 1024;
const SUBJECT = 100;
const SMS = 140;

/** A topic: people by mail and SMS get text, everything else the whole notification as JSON. */
export const sns = {
  title: "Amazon SNS",
  options: OPTIONS,
  url: { path: "topic", example: "sns:///arn:aws:sns:eu-central-1:111122223333:pages" },
  create: ({ name, kind, options, secrets, ports }) => {
    const { topic } = options;
    const arn = parseArn(topic);
    if (!arn) throw new WatchkeeperError("channel-options", `channel ${name}: ${topic} is no ARN of a topic`);
    const fifo = topic.endsWith(".fifo");
    return {
      name,
      kind,
      capabilities: { update: false, thread: false, picture: false },
      pace: { destination: `sns:${topic}`, perSecond: 300, burst: 300, atOnce: 16, timeout: 60_000 },
      send: (notification, context) =>
        guarded(secrets, async () => {
          const session = await ports.awsSession(arn.region, arn.account);
          context.signal.throwIfAborted();
          await session.send("sns", "Publish", {
            TopicArn: topic,
            Subject: subjectOf(notification.title),
            Message: JSON.stringify(snsForms(notification)),
            MessageStructure: "json",
            MessageAttributes: {
              [OWN_MESSAGE]: { DataType: "String", StringValue: "notification" },
              status: { DataType: "String", StringValue: notification.status },
              severity: { DataType: "String", StringValue: notification.severity || "warning" },
            },
            ...(fifo
              ? { MessageGroupId: notification.incident, MessageDeduplicationId: notification.id }
              : {}),
          });
          return { outcome: "delivered" };
        }),
    };
  },
} satisfies ChannelKind<typeof OPTIONS>;

/** The message for each protocol. */
export function snsForms(notification: Notification): Readonly<Record<string, string>> {
  const text = cutBytes(mailMessage(notification).text, TEXT_BYTES);
  const forms = (alerts: Notification["alerts"]) => {
    const omitted = notification.omitted + notification.alerts.length - alerts.length;
    const whole = JSON.stringify({ ...notification, alerts, omitted });
    return {
      default: text,
      email: text,
      sms: shorten(notification.title, SMS),
      http: whole,
      https: whole,
      sqs: whole,
      lambda: whole,
    };
  };
  return forms(
    fitting(notification.alerts, (kept) => Buffer.byteLength(JSON.stringify(forms(kept))) <= MOST_BYTES),
  );
}

/** SNS takes subjects of printable ASCII that begin with a letter, digit or mark. */
function subjectOf(title: string): string {
  const ascii = title
    .normalize("NFKD")
    .replace(/[^\x20-\x7e]+/g, " ")
    .replace(/ +/g, " ")
    .trim();
  return (ascii.length > SUBJECT ? `${ascii.slice(0, SUBJECT - 3)}...` : ascii) || "Watchkeeper";
}
