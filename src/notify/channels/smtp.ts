import type { Transporter } from "nodemailer";
import type { ChannelOptionTable } from "../../model/channel-option.ts";
import { messageOf } from "../../support/errors.ts";
import type { Channel, SendResult } from "../channel.ts";
import { oneLine } from "../plain-text.ts";
import type { ChannelKind, ChannelSetup } from "./channel-kind.ts";
import { ADDRESS, ADDRESS_FORM, mailEnvelope, mailPicture, PICTURES } from "./mail-envelope.ts";
import { failed, guarded } from "./outcome.ts";

const OPTIONS = {
  host: {
    type: "text",
    required: true,
    pattern: /^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i,
    form: "a host, with :port where it isn't 587",
    description: "Mail server.",
  },
  user: { type: "text", description: "User to sign in as." },
  password: { type: "secret", description: "The user's password." },
  from: { type: "text", required: true, pattern: ADDRESS, form: ADDRESS_FORM, description: "Sender." },
  to: { type: "list", required: true, pattern: ADDRESS, form: ADDRESS_FORM, description: "Recipients." },
  security: {
    type: "choice",
    values: ["starttls", "tls", "none"],
    description:
      "starttls (required of the server) when not given, tls on port 465; none is for this machine only.",
  },
  pictures: PICTURES,
} as const satisfies ChannelOptionTable;

const TIMEOUT = 20_000;
/** Shorter than the whole send's, so that the connection is what ends it, with a better message. */
const STEP_TIMEOUT = 8_000;
const CONNECTIONS = 2;

/** Mail by a server of one's own. */
export const smtp = {
  title: "Mail, by SMTP",
  options: OPTIONS,
  url: {
    user: "password",
    host: "host",
    example:
      "smtp://env:SMTP_PASSWORD@smtp.example.com:587?user=alarms&from=alarms@example.com&to=team@example.com",
  },
  check: ({ user, host, security }) => {
    if (security === "none" && !/^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host))
      return "can't have security: none, which sends passwords and alarms in the clear, but for a server on this machine";
    return user !== undefined && /[\r\n]/.test(user) ? "has a line break in its user" : undefined;
  },
  create: (setup) => smtpChannel(setup),
} satisfies ChannelKind<typeof OPTIONS>;

function smtpChannel(setup: ChannelSetup<typeof OPTIONS>): Channel {
  const { name, kind, options, secrets } = setup;
  let transport: Promise<Transporter> | undefined;
  const drop = (): void => {
    void transport?.then((open) => open.close());
    transport = undefined;
  };
  const connected = async (): Promise<Transporter> => {
    transport ??= open(setup);
    try {
      return await transport;
    } catch (error) {
      transport = undefined;
      throw error;
    }
  };
  return {
    name,
    kind,
    capabilities: { update: false, thread: true, picture: options.pictures !== false },
    pace: {
      destination: `smtp:${options.host}`,
      perSecond: 10,
      burst: 20,
      atOnce: CONNECTIONS,
      timeout: TIMEOUT,
    },
    send: (notification, context) =>
      guarded(secrets, async () => {
        const sender = await connected();
        try {
          const picture = await mailPicture(context, name);
          const info = await sender.sendMail(mailEnvelope(notification, options.from, options.to, picture));
          const refused: readonly unknown[] = info.rejected ?? [];
          if (refused.length > 0)
            context.log.warn(`channel ${name}: the server refused ${refused.join(", ")}`);
          return { outcome: "delivered" };
        } catch (error) {
          const result = smtpFailure(error, options.host);
          // The next send signs in anew, with the password as it is then.
          if (result.outcome === "failed" && result.reason === "unauthorized") drop();
          return result;
        }
      }),
    close: drop,
  };
}

async function open({ options, secrets }: ChannelSetup<typeof OPTIONS>): Promise<Transporter> {
  const { createTransport } = await import("nodemailer");
  const [, host = options.host, port = "587"] = /^(.*?)(?::(\d+))?$/.exec(options.host) ?? [];
  const security = options.security ?? (port === "465" ? "tls" : "starttls");
  const user = options.user ?? "";
  const auth = secrets.has("password") ? { auth: { user, pass: await secrets.reveal("password") } } : {};
  return createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    host: host.replace(/^\[|\]$/g, ""),
    port: Number(port),
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    connectionTimeout: STEP_TIMEOUT,
    greetingTimeout: STEP_TIMEOUT,
    socketTimeout: STEP_TIMEOUT,
    ...auth,
  });
}

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly command?: string;
}

/** What a failure of nodemailer means: a server's three digits first, then the code of what broke. */
function smtpFailure(error: unknown, host: string): SendResult {
  const { code = "", responseCode = 0, response, command } = error as SmtpError;
  const said = oneLine(response ?? messageOf(error), 200);
  const text = `${host}: ${said}`;
  if (code === "EAUTH" || [530, 534, 535, 538].includes(responseCode)) return failed("unauthorized", text);
  if (responseCode === 421 || responseCode === 450 || responseCode === 451 || responseCode === 452)
    return failed("server-error", text);
  if (responseCode >= 400 && responseCode < 500) return failed("server-error", text);
  // Sender or recipients that the server won't have are the configuration's fault, not the message's.
  if (responseCode >= 500 && /^(MAIL|RCPT)/.test(command ?? "")) return failed("not-found", text);
  if (responseCode >= 500) return failed("refused", text);
  if (code === "EENVELOPE") return failed("not-found", text);
  if (code === "ETIMEDOUT") return failed("timeout", `${host} didn't answer in time`);
  return failed(code === "EMESSAGE" ? "refused" : "connection", text);
}
