/**
 * Runs what the server's tests wrote to standard input: `{"moment", "values": [...], "expressions": [...]}`, and
 * writes the answer of every expression for every row, each as the server's tests encode theirs.
 */
import { plain } from "./decimal";
import { evaluate, holds, type Part } from "./evaluate";
import { isDecimal, isMoney, type Value } from "./values";

type Given = { moment: { now: string; today: string }; values: unknown[]; expressions: Part[] };

function encoded(value: Value): unknown {
  if (isMoney(value)) return [plain(value.amount), value.currency];
  if (isDecimal(value)) return plain(value);
  return typeof value === "bigint" ? value.toString() : value;
}

export function answers(text: string): string {
  const given = JSON.parse(text) as Given;
  const moment = { now: BigInt(given.moment.now), today: given.moment.today };
  const ask = (part: Part, values: unknown): unknown =>
    part.is === "bool" ? holds(part, values, moment) : encoded(evaluate(part, values, moment));
  return JSON.stringify(given.expressions.map((part) => given.values.map((values) => ask(part, values))));
}
