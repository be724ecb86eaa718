interface OptionBase {
  /** What it is for, one sentence. */
  readonly description: string;
  readonly required?: true;
}

/**
 * One option of a kind of channel, as data: its schema, its type, its place in the documentation and its meaning in a short
 * URL are all derived from it. A `secret` is written as a reference and never as the secret itself.
 */
export type ChannelOption = OptionBase &
  (
    | {
        readonly type: "text";
        /** What the whole value must match, and in words for the message when it doesn't. */
        readonly pattern?: RegExp;
        readonly form?: string;
        /** What is wrong with the value, in words that go on behind the option's name; undefined: nothing. */
        readonly check?: (value: string) => string | undefined;
      }
    | { readonly type: "secret" }
    | { readonly type: "flag" }
    | { readonly type: "number"; readonly least: number; readonly most: number }
    | { readonly type: "choice"; readonly values: readonly string[] }
    /** One text or several; in a URL with commas between. */
    | { readonly type: "list"; readonly pattern?: RegExp; readonly form?: string }
    /** Texts by name; not in URLs. */
    | { readonly type: "map" }
  );

/** Options of a kind by their key. */
export type ChannelOptionTable = Readonly<Record<string, ChannelOption>>;

/** Which option each part of a short URL gives: `kind://user@host/path?option=value`. */
export interface ChannelUrlForm {
  /** What stands before `@`. */
  readonly user?: string;
  readonly host?: string;
  readonly path?: string;
  /** Host and path together, as an `https` address (`http` on loopback). */
  readonly address?: string;
  /** A whole one, for messages and documentation. */
  readonly example: string;
}

type ValueOf<Option extends ChannelOption> = Option extends { readonly type: "flag" }
  ? boolean
  : Option extends { readonly type: "number" }
    ? number
    : Option extends { readonly type: "list" }
      ? readonly string[]
      : Option extends { readonly type: "map" }
        ? Readonly<Record<string, string>>
        : Option extends { readonly type: "choice"; readonly values: readonly (infer Value)[] }
          ? Value
          : string;

/** The values that a table's options take: secrets as the text of their reference. */
export type ChannelOptionValues<Table extends ChannelOptionTable> = {
  readonly [Key in keyof Table as Table[Key] extends { readonly required: true } ? Key : never]: ValueOf<
    Table[Key]
  >;
} & {
  readonly [Key in keyof Table as Table[Key] extends { readonly required: true } ? never : Key]?: ValueOf<
    Table[Key]
  >;
};
