import type { ChannelOption } from "../../model/channel-option.ts";
import { messageOf } from "../../support/errors.ts";
import type { SendContext } from "../channel.ts";
import type { Notification } from "../notification.ts";
import { mailMessage } from "./mail-message.ts";

/** What an address of a sender or recipient must look like: `a@example.com` or `Name <a@example.com>`. */
export const ADDRESS = /^(?:[^<>@,\r\n]*<[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/;
export const ADDRESS_FORM = "an address: team@example.com or Name <team@example.com>";

/** Whether mails show charts. */
export const PICTURES = {
  type: "flag",
  description: "false leaves out the chart of the alarm's metric.",
} as const satisfies ChannelOption;

/** Domain of ids that lead nowhere. */
const ID_DOMAIN = "watchkeeper.invalid";
const PICTURE_ID = `chart@${ID_DOMAIN}`;

/** A mail as nodemailer takes it. All mails of an incident refer to one id, so that mail programs show them as one thread. */
export function mailEnvelope(
  notification: Notification,
  from: string,
  to: readonly string[],
  picture?: Uint8Array,
) {
  const root = `<${notification.incident}@${ID_DOMAIN}>`;
  return {
    from,
    to: [...to],
    ...mailMessage(notification, picture === undefined ? undefined : `cid:${PICTURE_ID}`),
    ...(picture === undefined ? {} : { attachments: [attachment(picture)] }),
    messageId: notification.first ? root : `<${notification.id}@${ID_DOMAIN}>`,
    ...(notification.first ? {} : { inReplyTo: root, references: [root] }),
    date: new Date(notification.at),
    // Away notices and the like are not wanted in answer.
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function attachment(picture: Uint8Array) {
  return {
    filename: "metric.png",
    content: Buffer.from(picture),
    contentType: "image/png",
    contentDisposition: "inline" as const,
    cid: PICTURE_ID,
  };
}

/** The chart that goes with a mail; mails go without one that can't be had. */
export async function mailPicture(
  { picture, log }: SendContext,
  name: string,
): Promise<Uint8Array | undefined> {
  try {
    return await picture?.();
  } catch (error) {
    log.warn(`channel ${name}: the mail goes without its chart`, { reason: messageOf(error) });
    return undefined;
  }
}
