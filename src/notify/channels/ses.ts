import type { ChannelOptionTable } from "../../model/channel-option.ts";
import type { ChannelKind } from "./channel-kind.ts";
import { ADDRESS, ADDRESS_FORM, mailEnvelope, mailPicture, PICTURES } from "./mail-envelope.ts";
import { failed, guarded } from "./outcome.ts";

const OPTIONS = {
  region: {
    type: "text",
    required: true,
    pattern: /^[a-z]{2}(-[a-z]+)+-\d$/,
    form: "a region: eu-central-1",
    description: "Region of SES.",
  },
  from: {
    type: "text",
    required: true,
    pattern: ADDRESS,
    form: ADDRESS_FORM,
    description: "Sender, verified in SES.",
  },
  to: {
    type: "list",
    required: true,
    pattern: ADDRESS,
    form: ADDRESS_FORM,
    description: "Recipients, 50 at most.",
  },
  account: {
    type: "text",
    pattern: /^\d{12}$/,
    form: "an account id",
    description: "Account to send from; the one at hand when not given.",
  },
  pictures: PICTURES,
} as const satisfies ChannelOptionTable;

/** Mail by Amazon SES. The session paces and retries; see `SendEmail` in its quotas. */
export const ses = {
  title: "Mail, by Amazon SES",
  options: OPTIONS,
  url: { host: "region", example: "ses://eu-central-1?from=alarms@example.com&to=team@example.com" },
  check: ({ to }) =>
    to.length > 50 ? "has more recipients than SES takes in a mail, which is 50" : undefined,
  create: ({ name, kind, options, secrets, ports }) => ({
    name,
    kind,
    capabilities: { update: false, thread: true, picture: options.pictures !== false },
    pace: {
      destination: `ses:${options.account ?? ""}:${options.region}`,
      perSecond: 14,
      burst: 14,
      atOnce: 8,
      timeout: 60_000,
    },
    send: (notification, context) =>
      guarded(secrets, async () => {
        const session = await ports.awsSession(options.region, options.account);
        const { createTransport } = await import("nodemailer");
        const written = createTransport({ streamTransport: true, buffer: true });
        const picture = await mailPicture(context, name);
        const mail = mailEnvelope(notification, options.from, options.to, picture);
        const { message } = await written.sendMail(mail);
        if (!Buffer.isBuffer(message)) return failed("bad-answer", "the mail could not be written");
        context.signal.throwIfAborted();
        await session.send("sesv2", "SendEmail", {
          FromEmailAddress: options.from,
          Destination: { ToAddresses: [...options.to] },
          Content: { Raw: { Data: message } },
        });
        return { outcome: "delivered" };
      }),
  }),
} satisfies ChannelKind<typeof OPTIONS>;
