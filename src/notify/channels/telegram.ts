import type { ChannelOptionTable } from "../../model/channel-option.ts";
import type { Channel, MessageRef, SendContext, SendFailure, SendResult } from "../channel.ts";
import type { Notification } from "../notification.ts";
import type { ChannelKind, ChannelSetup } from "./channel-kind.ts";
import { answerFailure, failed, guarded, jsonObject } from "./outcome.ts";
import { addressProblem, safeAddress } from "./safe-address.ts";
import { telegramText } from "./telegram-text.ts";

const OPTIONS = {
  token: { type: "secret", required: true, description: "Token of the bot, from @BotFather." },
  chat: {
    type: "text",
    required: true,
    pattern: /^(-?\d+|@\w+)$/,
    form: "a chat's id (groups begin with -) or a channel's @name",
    description: "Chat to send to; the bot must be a member.",
  },
  topic: { type: "number", least: 1, most: 2 ** 53 - 1, description: "Topic of a forum group to send to." },
  server: { type: "text", description: "Address of the bot API; https://api.telegram.org when not given." },
} as const satisfies ChannelOptionTable;

/** Telegram by a bot: an incident's later messages reply to its first one; recovery edits it, which rings nobody. */
export const telegram = {
  title: "Telegram",
  options: OPTIONS,
  url: { user: "token", path: "chat", example: "telegram://env:TELEGRAM_TOKEN@/-1001234567890" },
  check: ({ server }) => addressProblem(server, "server"),
  create: (setup) => telegramChannel(setup),
} satisfies ChannelKind<typeof OPTIONS>;

/**
 * Groups: 20 messages a minute, edits among them, so 4 at once and 16 a minute from there; other chats one a second
 * (core.telegram.org/bots/faq).
 */
function paceOf(chat: string) {
  const rates = chat.startsWith("-") ? { perSecond: 16 / 60, burst: 4 } : { perSecond: 1, burst: 3 };
  return { ...rates, atOnce: 1, timeout: 15_000, destination: `telegram:${chat}` };
}

function telegramChannel({ name, kind, options, secrets, ports }: ChannelSetup<typeof OPTIONS>): Channel {
  const server = safeAddress(options.server ?? "https://api.telegram.org", "server");
  const { chat, topic } = options;
  const call = async (method: string, input: object, context: SendContext): Promise<Answer> => {
    const token = await secrets.reveal("token");
    const answer = await ports.http.send({
      url: new URL(`${server.pathname.replace(/\/$/, "")}/bot${token}/${method}`, server),
      headers: { "content-type": "application/json" },
      body: JSON.stringify(input),
      signal: context.signal,
    });
    const body = jsonObject(answer.body) as TelegramBody | undefined;
    if (body?.ok === true) return { message: String(body.result?.message_id ?? "") };
    const said = body?.description;
    const failure =
      answerFailure(answer, context, said) ??
      failed("bad-answer", "answered with something that isn't Telegram's");
    const wait = body?.parameters?.retry_after;
    const reason = PERMANENT.find(([pattern]) => pattern.test(said ?? ""))?.[1] ?? failure.reason;
    return { said: said ?? "", failure: failed(reason, failure.message, wait ?? failure.retryAfter) };
  };

  const write = async (
    notification: Notification,
    context: SendContext,
    previous: MessageRef | undefined,
  ): Promise<SendResult> => {
    const edits = previous !== undefined && notification.status === "resolved";
    const place = edits
      ? { message_id: Number(previous["message"]) }
      : {
          ...(topic === undefined ? {} : { message_thread_id: topic }),
          ...(notification.status === "resolved" ? { disable_notification: true } : {}),
          ...(previous === undefined
            ? {}
            : {
                reply_parameters: {
                  message_id: Number(previous["message"]),
                  allow_sending_without_reply: true,
                },
              }),
        };
    const input = { chat_id: chat, ...place, link_preview_options: { is_disabled: true } };
    const method = edits ? "editMessageText" : "sendMessage";
    const { html, plain } = telegramText(notification);
    let answer = await call(method, { ...input, text: html, parse_mode: "HTML" }, context);
    if ("said" in answer && /can't parse entities/i.test(answer.said)) {
      answer = await call(method, { ...input, text: plain }, context);
    }
    if (!("said" in answer)) return delivered(previous, answer.message);
    if (edits && /message is not modified/i.test(answer.said)) return delivered(previous, "");
    if (edits && /message (to edit not found|can't be edited)|MESSAGE_ID_INVALID/i.test(answer.said)) {
      await context.nextTurn?.();
      return write(notification, context, undefined);
    }
    return answer.failure;
  };

  return {
    name,
    kind,
    capabilities: { update: true, thread: true, picture: false },
    pace: paceOf(chat),
    send: (notification, context) => guarded(secrets, () => write(notification, context, context.previous)),
  };
}

type Answer =
  | { readonly message: string }
  | { readonly said: string; readonly failure: Extract<SendResult, { readonly outcome: "failed" }> };

interface TelegramBody {
  readonly ok?: unknown;
  readonly description?: string;
  readonly parameters?: { readonly retry_after?: number };
  readonly result?: { readonly message_id?: unknown };
}

/** Answers of status 400 that aren't the message's fault. */
const PERMANENT: readonly (readonly [RegExp, SendFailure])[] = [
  [
    /chat not found|upgraded to a supergroup|chat_id is empty|TOPIC_(CLOSED|DELETED)|thread not found/i,
    "not-found",
  ],
  [/not enough rights|have no rights|CHAT_WRITE_FORBIDDEN|CHAT_SEND_PLAIN_FORBIDDEN/i, "unauthorized"],
];

/** Later messages reply to the first one. */
function delivered(previous: MessageRef | undefined, message: string): SendResult {
  if (previous) return { outcome: "delivered", ref: previous };
  return message === "" ? { outcome: "delivered" } : { outcome: "delivered", ref: { message } };
}
