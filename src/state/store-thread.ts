// The program of the store's thread: opens the store it is started with and does what it is asked, in order, until it is closed.
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { connect, type SqliteConnection } from "./sqlite-connection.ts";
import { storeError } from "./sqlite-errors.ts";
import { ThreadGate } from "./thread-gate.ts";
import { type Answer, type Order, plainError, type Question, type Start } from "./thread-messages.ts";

const { path, options, gate: shared } = workerData as Start;
const gate = new ThreadGate(shared);
if (parentPort) await serve(parentPort);

async function serve(port: MessagePort): Promise<void> {
  if (!gate.enter()) return;
  let connection: SqliteConnection;
  try {
    connection = await connect(path, options);
  } catch (error) {
    port.postMessage(refusal(error));
    return;
  } finally {
    gate.leave();
  }
  port.on("message", (message: Question | Order) => {
    if (!gate.enter()) return;
    if ("add" in message) connection.add(message.add);
    else if ("abandon" in message) connection.abandon();
    else port.postMessage(answer(connection, message));
    gate.leave();
    // With nothing left to listen to, the thread ends.
    if ("ask" in message && message.ask === "close") port.close();
  });
  port.postMessage({ value: undefined } satisfies Answer);
}

function answer(connection: SqliteConnection, question: Question): Answer {
  try {
    return { value: answerTo(connection, question) };
  } catch (error) {
    return refusal(error);
  }
}

function answerTo(connection: SqliteConnection, question: Question): unknown {
  switch (question.ask) {
    case "finish":
      return connection.finish();
    case "rows":
      return connection.rows(question.sql, question.values);
    case "run":
      return connection.run(question.sql, question.values);
    case "close":
      return connection.close();
  }
}

function refusal(error: unknown): Answer {
  return { error: plainError(storeError(error, path)) };
}
