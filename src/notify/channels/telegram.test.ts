import { beforeEach, describe, expect, it } from "vitest";
import { channelUnderTest, sendContext } from "../../../test/support/channel-setup.ts";
import { aNotification, recoveryOf } from "../../../test/support/notifications.ts";
import { answering, type StubServer } from "../../../test/support/stub-server.ts";
import { stubbedHttp } from "../../../test/support/stubbed-http.ts";
import type { Channel } from "../channel.ts";

let stub: StubServer;
let channel: Channel;
beforeEach(async () => {
  const { stub: server, http } = await stubbedHttp(answering(200, { ok: true, result: { message_id: 7 } }));
  stub = server;
  channel = channelUnderTest(
    "telegram",
    { token: "env:T", chat: "-1001", topic: 5, server: stub.url },
    { http, secret: "12:AB" },
  );
});

const calls = () =>
  stub.requests.map(({ path, body }) => ({ path, body: JSON.parse(body) as Record<string, unknown> }));
const refusing = (description: string, status = 400, more: object = {}) =>
  answering(status, { ok: false, error_code: status, description, ...more });
const previous = { message: "7" };

describe("telegram", () => {
  it("sends the first message, replies with what comes later, and edits it when all is well", async () => {
    const alarm = aNotification("1");
    expect(await channel.send(alarm, sendContext())).toEqual({ outcome: "delivered", ref: previous });
    await channel.send({ ...alarm, first: false, reason: "new-alerts" }, sendContext({ previous }));
    await channel.send(recoveryOf(alarm), sendContext({ previous }));
    expect(calls()).toMatchObject([
      { path: "/bot12:AB/sendMessage", body: { chat_id: "-1001", message_thread_id: 5, parse_mode: "HTML" } },
      { path: "/bot12:AB/sendMessage", body: { reply_parameters: { message_id: 7 } } },
      { path: "/bot12:AB/editMessageText", body: { message_id: 7 } },
    ]);
  });

  it("takes an edit that changes nothing for done", async () => {
    stub.answer = refusing("Bad Request: message is not modified");
    expect(await channel.send(recoveryOf(aNotification("1")), sendContext({ previous }))).toEqual({
      outcome: "delivered",
      ref: previous,
    });
  });

  it("sends the recovery anew, without a sound, when its message is gone", async () => {
    stub.answer = (response, request) => {
      const edit = request.path.endsWith("editMessageText");
      (edit
        ? refusing("Bad Request: message to edit not found")
        : answering(200, { ok: true, result: { message_id: 9 } }))(response, request);
    };
    expect(await channel.send(recoveryOf(aNotification("1")), sendContext({ previous }))).toEqual({
      outcome: "delivered",
      ref: { message: "9" },
    });
    expect(calls()[1]?.body).toMatchObject({ disable_notification: true });
  });

  it("sends plain text when its markup is refused", async () => {
    stub.answer = (response, request) => {
      const html = request.body.includes("parse_mode");
      (html
        ? refusing("Bad Request: can't parse entities: unexpected end tag")
        : answering(200, { ok: true, result: { message_id: 9 } }))(response, request);
    };
    expect(await channel.send(aNotification("1"), sendContext())).toMatchObject({ outcome: "delivered" });
    expect(calls()[1]?.body["text"]).toContain("Value: 97.4 % > 90 %");
  });

  it("waits as long as Telegram asks", async () => {
    stub.answer = refusing("Too Many Requests: retry after 31", 429, { parameters: { retry_after: 31 } });
    expect(await channel.send(aNotification("1"), sendContext())).toMatchObject({
      reason: "rate-limited",
      retryAfter: 31,
    });
  });

  it.each([
    ["Bad Request: chat not found", 400, "not-found"],
    ["Bad Request: group chat was upgraded to a supergroup chat", 400, "not-found"],
    ["Bad Request: not enough rights to send text messages to the chat", 400, "unauthorized"],
    ["Forbidden: bot was kicked from the group chat", 403, "unauthorized"],
  ])("keeps messages when an operator has to act: %s", async (description, status, reason) => {
    stub.answer = refusing(description, status);
    expect(await channel.send(aNotification("1"), sendContext())).toMatchObject({
      reason,
      retry: true,
      message: expect.stringContaining(description),
    });
  });

  it("keeps within what a group allows in a minute", () => {
    const { perSecond = 0, burst = 0 } = channel.pace ?? {};
    expect(burst + perSecond * 60).toBeLessThanOrEqual(20);
  });
});
