/**
 * A modelled or common AWS error. `code` is the error SHAPE's name (`ResourceNotFound`); the wire layer derives the
 * protocol's code, status and envelope from it. Give `status` for errors that no shape describes.
 */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number | undefined;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    status?: number,
    members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
    this.members = members;
  }
}
