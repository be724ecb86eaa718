import type Database from "libsql";

/** What SQLite stores of ours. */
export type SqlValue = string | number | null;

/** A database's statements, each prepared once. */
export class Statements {
  readonly #db: Database.Database;
  readonly #prepared = new Map<string, Database.Statement>();

  constructor(db: Database.Database) {
    this.#db = db;
  }

  /** Runs a statement; tells how many rows it changed. */
  run(sql: string, values: readonly SqlValue[] = []): number {
    return this.#statement(sql).run(values).changes;
  }

  /** The rows of a query, each a list of its columns. */
  rows<Row>(sql: string, values: readonly SqlValue[]): Row[] {
    return this.#statement(sql).raw().all(values) as Row[];
  }

  /** Lets go of what was prepared: it would go on working on a database that is closed. */
  forget(): void {
    this.#prepared.clear();
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}
