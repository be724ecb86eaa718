import type { SendContext, SendFailure, SendResult } from "../channel.ts";
import { oneLine } from "../plain-text.ts";
import type { HttpClient } from "./http-client.ts";
import { answerFailure, failed, jsonObject } from "./outcome.ts";

type Failed = Extract<SendResult, { readonly outcome: "failed" }>;

/** What Slack's API answered to a call. */
export type SlackAnswer =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly error: string; readonly failure: Failed };

/** Slack's words for why not (docs.slack.dev, errors of chat.postMessage and files.*). Words that aren't listed may pass. */
const REASONS: Readonly<Record<string, SendFailure>> = {
  ratelimited: "rate-limited",
  rate_limited: "rate-limited",
  invalid_auth: "unauthorized",
  not_authed: "unauthorized",
  account_inactive: "unauthorized",
  token_revoked: "unauthorized",
  token_expired: "unauthorized",
  missing_scope: "unauthorized",
  no_permission: "unauthorized",
  org_login_required: "unauthorized",
  ekm_access_denied: "unauthorized",
  access_denied: "unauthorized",
  not_allowed_token_type: "unauthorized",
  team_access_not_granted: "unauthorized",
  restricted_action: "unauthorized",
  channel_not_found: "not-found",
  is_archived: "not-found",
  not_in_channel: "not-found",
  user_not_found: "not-found",
  msg_too_long: "refused",
  msg_blocks_too_long: "refused",
  invalid_blocks: "refused",
  invalid_blocks_format: "refused",
  no_text: "refused",
  invalid_arguments: "refused",
  message_not_found: "refused",
  cant_update_message: "refused",
  edit_window_closed: "refused",
};

const REMEDIES: Readonly<Record<string, string>> = {
  not_in_channel: "invite the app into the channel",
  channel_not_found: "check the channel's id, and invite the app into it",
  is_archived: "the channel is archived: name another",
  invalid_auth: "the token isn't accepted: give a valid one",
  token_revoked: "the token was revoked: give another",
  token_expired: "the token has expired: give another",
  account_inactive: "the token's user or workspace is no longer active",
  missing_scope: "the token lacks a scope",
};

/** Methods that take no JSON in practice, whatever their documentation says: they miss every argument then. */
const FORM_ONLY: ReadonlySet<string> = new Set(["files.getUploadURLExternal"]);

/** A method of Slack's Web API. */
export interface SlackCall {
  readonly http: HttpClient;
  /** `https://slack.com/api` */
  readonly server: URL;
  readonly token: string;
}

/** Calls a method. Rejects only where no answer came. */
export async function callSlack(
  { http, server, token }: SlackCall,
  method: string,
  input: Readonly<Record<string, unknown>>,
  context: SendContext,
): Promise<SlackAnswer> {
  const form = FORM_ONLY.has(method);
  const url = new URL(`${server.pathname.replace(/\/$/, "")}/${method}`, server);
  const answer = await http.send({
    url,
    headers: {
      "content-type": form ? "application/x-www-form-urlencoded" : "application/json; charset=utf-8",
      authorization: `Bearer ${token}`,
    },
    body: form
      ? new URLSearchParams(input as Readonly<Record<string, string>>).toString()
      : JSON.stringify(input),
    signal: context.signal,
  });
  const body = jsonObject(answer.body);
  const word = typeof body?.["error"] === "string" ? body["error"] : "";
  const failure = answerFailure(answer, context, word === "" ? undefined : word);
  if (failure) return { ok: false, error: word, failure };
  if (body?.["ok"] === true) return { ok: true, body };
  if (!body) {
    return {
      ok: false,
      error: "",
      failure: failed("bad-answer", "answered with something that isn't Slack's: a proxy in between?"),
    };
  }
  const needed = word === "missing_scope" ? body["needed"] : undefined;
  const remedy =
    typeof needed === "string"
      ? `give the app the scope ${oneLine(needed, 100)} and install it anew`
      : REMEDIES[word];
  const message = `Slack says ${word || "no, without a reason"}${remedy === undefined ? "" : `: ${remedy}`}`;
  return { ok: false, error: word, failure: failed(REASONS[word] ?? "server-error", message) };
}
