import type { Notification } from "../notification.ts";
import { mailMessage } from "./mail-message.ts";

/** What an address of a sender or recipient must look like: `a@example.com` or `Name <a@example.com>`. */
export const ADDRESS = /^(?:[^<>@,\r\n]*<[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/;
export const ADDRESS_FORM = "an address: team@example.com or Name <team@example.com>";

/** Domain of ids that lead nowhere. */
const ID_DOMAIN = "watchkeeper.invalid";

/** A mail as nodemailer takes it. All mails of an incident refer to one id, so that mail programs show them as one thread. */
export function mailEnvelope(notification: Notification, from: string, to: readonly string[]) {
  const root = `<${notification.incident}@${ID_DOMAIN}>`;
  return {
    from,
    to: [...to],
    ...mailMessage(notification),
    messageId: notification.first ? root : `<${notification.id}@${ID_DOMAIN}>`,
    ...(notification.first ? {} : { inReplyTo: root, references: [root] }),
    date: new Date(notification.at),
    // Away notices and the like are not wanted in answer.
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
