import { join } from "node:path";
import { createInterface } from "node:readline";
import { kill, probe, start } from "./child-process.ts";

const SCRIPT = join(import.meta.dirname, "boto-calls.py");

/** Which boto3 a machine has, and which protocols it speaks. */
export interface AboutBoto {
  readonly boto3: string;
  readonly botocore: string;
  /** Whether it sends large request bodies gzipped. */
  readonly compresses: boolean;
  readonly protocols: Readonly<Record<"cloudwatch" | "sqs", readonly string[]>>;
}

/** The machine's boto3; undefined where there is none. */
export function aboutBoto(): AboutBoto | undefined {
  const { code, stdout } = probe("python3", [SCRIPT, "--about"]);
  return code === 0 ? (JSON.parse(stdout) as AboutBoto) : undefined;
}

/** Who calls, where, and how. */
export interface BotoSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Default: the one boto3 chooses. */
  readonly protocol?: string;
}

/** An error that AWS answered, as boto3 saw it. */
export class BotoError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(error: { readonly Code: string; readonly Message: string; readonly Status: number }) {
    super(error.Message);
    this.code = error.Code;
    this.status = error.Status;
  }
}

/** A Python process that makes boto3 calls one after the other. */
export interface Boto {
  /** Calls an operation by boto3's name for it. Rejects with BotoError for what AWS answers as an error. */
  call(service: string, operation: string, args?: object, settings?: Partial<BotoSettings>): Promise<unknown>;
  /** Every page of a listing, through boto3's own paginator. */
  pages(
    service: string,
    operation: string,
    pageSize: number,
    args?: object,
    settings?: Partial<BotoSettings>,
  ): Promise<unknown[]>;
  close(): void;
}

/** Starts Python with boto3. `settings` are the calls' defaults. */
export function startBoto(settings: BotoSettings): Boto {
  const child = start("python3", [SCRIPT], { timeoutMs: 120_000 });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  let last: Promise<unknown> = Promise.resolve();

  const ask = <T>(request: object): Promise<T> => {
    const answered = last.then(async () => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const line = await lines.next();
      if (line.done) throw new Error(`Python ended: ${complaints}`);
      const answer = JSON.parse(line.value) as {
        readonly result?: T;
        readonly error?: { readonly Code: string; readonly Message: string; readonly Status: number };
      };
      if (answer.error) throw new BotoError(answer.error);
      return answer.result as T;
    });
    last = answered.catch(() => undefined);
    return answered;
  };

  return {
    call: (service, operation, args = {}, more = {}) =>
      ask({ ...settings, ...more, service, operation, arguments: args }),
    pages: (service, operation, pageSize, args = {}, more = {}) =>
      ask({ ...settings, ...more, service, operation, pageSize, arguments: args }),
    close: () => kill(child),
  };
}
