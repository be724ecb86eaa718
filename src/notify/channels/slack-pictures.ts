import { messageOf } from "../../support/errors.ts";
import type { AfterTask, MessageRef, SendContext, SendResult } from "../channel.ts";
import type { Notification } from "../notification.ts";
import { answerFailure, failed } from "./outcome.ts";
import { safeAddress } from "./safe-address.ts";
import { callSlack, type SlackAnswer, type SlackCall } from "./slack-api.ts";

type Failed = Extract<SendResult, { readonly outcome: "failed" }>;

/** How often Slack's own limit is waited out, and longest, s. */
const TRIES = 3;
const LONGEST_WAIT = 15;
/** After what only an operator can put right, no picture is drawn for so long, ms. */
const REST = 600_000;

/**
 * Puts charts into the threads of messages that are out: drawn, uploaded and shared (docs.slack.dev, `files.getUploadURLExternal`).
 * A chart is sent at most once and never delays a message; why one is missing is told once.
 */
export class SlackPictures {
  readonly #channel: string;
  #told = "";
  #restsUntil = 0;

  /** `channel`: its name in the configuration, for messages. */
  constructor(channel: string) {
    this.#channel = channel;
  }

  /** Adds the chart of a message's alarm, where there is one: behind the message, or at once where nothing else can be. */
  async add(
    call: SlackCall,
    ref: MessageRef,
    notification: Notification,
    context: SendContext,
  ): Promise<void> {
    const { picture, afterwards, signal, now, log, attempt } = context;
    if (!picture || now < this.#restsUntil) return;
    const task: AfterTask = async ({ signal: own, sleep }) => {
      try {
        const drawn = await picture(own);
        if (!drawn) return;
        const title = notification.alerts[0]?.text.name ?? "metric";
        const upload = new Upload(call, { now, log, attempt, signal: own }, sleep);
        const failure = await upload.share(drawn, title, ref);
        if (failure) this.#failed(failure.message, failure.reason === "unauthorized", context);
        else this.#told = "";
      } catch (error) {
        this.#failed(messageOf(error), false, context);
      }
    };
    if (afterwards) afterwards(task);
    else await task({ signal, sleep: () => Promise.reject(new Error("Slack asks to wait")) });
  }

  #failed(reason: string, forOperator: boolean, { log, now }: SendContext): void {
    if (forOperator) this.#restsUntil = now + REST;
    const text = `channel ${this.#channel}: the message went out, its chart couldn't be added: ${reason}`;
    if (reason === this.#told) log.debug(text);
    else log.warn(text);
    this.#told = reason;
  }
}

/** The three requests that a file takes. */
class Upload {
  readonly #call: SlackCall;
  readonly #context: SendContext;
  readonly #sleep: (ms: number) => Promise<void>;

  constructor(call: SlackCall, context: SendContext, sleep: (ms: number) => Promise<void>) {
    this.#call = call;
    this.#context = context;
    this.#sleep = sleep;
  }

  /** Undefined: it is there. */
  async share(picture: Uint8Array, title: string, ref: MessageRef): Promise<Failed | undefined> {
    const form = { filename: "metric.png", length: String(picture.byteLength), alt_txt: title };
    const place = await this.#ask("files.getUploadURLExternal", form);
    if (!place.ok) return place.failure;
    const { upload_url: url, file_id: id } = place.body;
    if (typeof url !== "string" || typeof id !== "string")
      return failed("bad-answer", "Slack gave no address to upload to");
    const answer = await this.#call.http.send({
      url: safeAddress(url, "upload_url"),
      headers: { "content-type": "image/png" },
      body: picture,
      signal: this.#context.signal,
    });
    const refused = answerFailure(answer, this.#context);
    if (refused) return { ...refused, message: `the upload was ${refused.message}` };
    const files = [{ id, title }];
    const done = await this.#ask("files.completeUploadExternal", {
      files,
      channel_id: ref["channel"],
      thread_ts: ref["ts"],
    });
    return done.ok ? undefined : done.failure;
  }

  /** Calls a method, and again when Slack asks to wait for a while. */
  async #ask(method: string, input: Readonly<Record<string, unknown>>): Promise<SlackAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await callSlack(this.#call, method, input, this.#context);
      if (answer.ok) return answer;
      const { failure } = answer;
      const wait = failure.retryAfter ?? 1;
      if (failure.reason !== "rate-limited" || attempt === TRIES || wait > LONGEST_WAIT) return answer;
      await this.#sleep(wait * 1000);
    }
  }
}
