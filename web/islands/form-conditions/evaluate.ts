import * as decimal from "./decimal";
import type { Decimal } from "./decimal";
import { addDays, addMonths, daysBetween, MOST_STEPS, shift, weekday } from "./instants";
import { isDecimal, isMoney, isRecord, order, read, readConstant, same, type Money, type Value } from "./values";

/** One part of an expression, as low_code/expressions/browser.py writes it. */
export type Part = Readonly<{
  is: string;
  value?: unknown;
  item?: string;
  keys?: readonly string[];
  inner?: boolean;
  op?: string;
  rows?: readonly string[];
  of?: readonly Part[];
}>;

/** The moment: microseconds since 1970 and the company's business day. */
export type Moment = Readonly<{ now: bigint; today: string }>;

type Row = unknown;
type Scope = Readonly<{ values: unknown; row: Row; moment: Moment }>;

const BLANKS = " \t\n\r\f\v\u00a0\u3000";
const ZERO = decimal.whole(0);

/** What an expression gives for some values. It never throws on a form that the server made. */
export function evaluate(part: Part, values: unknown, moment: Moment): Value {
  return run(part, { values, row: null, moment });
}

/** Whether a condition holds; an empty yes-or-no does not. */
export function holds(part: Part, values: unknown, moment: Moment): boolean {
  return evaluate(part, values, moment) === true;
}

function run(part: Part, scope: Scope): Value {
  if (part.keys) return read(part.is, at(part.inner ? scope.row : scope.values, part.keys));
  if (part.op === undefined) return readConstant(part.is, part.item ?? "string", part.value) as Value;
  if (part.rows) return overRows(part, scope);
  return apply(part, part.op, part.of ?? [], scope);
}

function at(values: unknown, keys: readonly string[]): unknown {
  for (const key of keys) {
    if (!isRecord(values) || !Object.hasOwn(values, key)) return null;
    values = values[key];
  }
  return values;
}

function apply(part: Part, op: string, of: readonly Part[], scope: Scope): Value {
  const value = (index: number): Value => run(of[index] as Part, scope);
  switch (op) {
    case "and":
      return of.every((one) => run(one, scope) === true);
    case "or":
      return of.some((one) => run(one, scope) === true);
    case "!":
      return value(0) !== true;
    case "if":
      return choose(of, scope);
    case "??":
      return firstOf(of, scope);
    case "==":
      return same(value(0), value(1));
    case "!=":
      return !same(value(0), value(1));
    case "<":
    case "<=":
    case ">":
    case ">=":
      return chained(op, of.map((one) => run(one, scope)));
    case "in":
      return isIn(of, scope);
    case "has_any":
    case "has_all":
      return overlap(op, value(0), value(1));
    case "now":
      return scope.moment.now;
    case "today":
      return scope.moment.today;
    default:
      return compute(part, op, of, of.map((one) => operand(one, scope)));
  }
}

function choose(of: readonly Part[], scope: Scope): Value {
  for (let index = 0; index + 1 < of.length; index += 2) {
    if (run(of[index] as Part, scope) === true) return run(of[index + 1] as Part, scope);
  }
  return run(of[of.length - 1] as Part, scope);
}

function firstOf(of: readonly Part[], scope: Scope): Value {
  for (const one of of) {
    const value = run(one, scope);
    if (value !== null) return value;
  }
  return null;
}

function chained(op: string, values: readonly Value[]): boolean {
  return values.slice(1).every((right, index) => {
    const found = order(values[index] ?? null, right);
    if (found === null) return false;
    return op === "<" ? found < 0 : op === "<=" ? found <= 0 : op === ">" ? found > 0 : found >= 0;
  });
}

function isIn(of: readonly Part[], scope: Scope): boolean {
  const [first, second] = of as readonly [Part, Part];
  const [part, whole] = [run(first, scope), run(second, scope)];
  if (part === null || whole === null) return false;
  if (typeof whole === "string") return typeof part === "string" && whole.includes(part);
  return (whole as readonly Value[]).some((one) => same(one, part));
}

function overlap(op: string, has: Value, wanted: Value): boolean {
  if (!Array.isArray(has) || !Array.isArray(wanted)) return false;
  return op === "has_all" ? wanted.every((one) => has.includes(one)) : wanted.some((one) => has.includes(one));
}

/** Arithmetic takes a field's number only within the digits that are kept exactly. */
function operand(part: Part, scope: Scope): Value {
  const value = run(part, scope);
  return part.keys && isDecimal(value) ? decimal.bounded(value) : value;
}

function compute(part: Part, op: string, of: readonly Part[], values: readonly Value[]): Value {
  const [a = null, b = null] = values;
  if (op === "round") return a === null ? null : onAmount(a, (amount) => decimal.round(amount, places(of[1])));
  if (values.some((value) => value === null)) return op === "starts" || op === "ends" ? false : null;
  switch (op) {
    case "+":
      return values.reduce((left, right) => plus(part.is, left, right));
    case "-":
      return values.length === 1 ? minus(a) : plus(part.is, a, minus(b));
    case "*":
      return values.reduce(times);
    case "/":
      return over(a, b);
    case "min":
    case "max":
      return values.reduce((left, right) => extreme(op, left, right));
    case "abs":
      return onAmount(a, decimal.magnitude);
    case "floor":
      return onAmount(a, decimal.floor);
    case "ceil":
      return onAmount(a, decimal.ceil);
    case "starts":
      return (a as string).startsWith(b as string);
    case "ends":
      return (a as string).endsWith(b as string);
    case "len":
      return decimal.whole([...(a as string)].length);
    case "cat":
      return values.join("");
    case "trim":
      return trimmed(a as string);
    case "days":
      return decimal.whole(daysBetween(a as string, b as string));
    case "add_days":
      return addDays(a as string, decimal.integer(b as Decimal, MOST_STEPS));
    case "add_months":
      return addMonths(a as string, decimal.integer(b as Decimal, MOST_STEPS));
    case "weekday":
      return decimal.whole(weekday(a as string));
    default:
      throw new Error(`unknown operator ${op}`);
  }
}

function places(part: Part | undefined): number {
  const value = part ? read("number", part.value) : null;
  return isDecimal(value) ? (decimal.integer(value, 11) ?? 0) : 0;
}

function onAmount(value: Value, change: (amount: Decimal) => Decimal): Value {
  if (isMoney(value)) return { amount: change(value.amount), currency: value.currency };
  return isDecimal(value) ? change(value) : null;
}

/** `kind` is that of the sum: an instant and a duration give an instant, two instants' difference a duration. */
function plus(kind: string, a: Value, b: Value): Value {
  if (a === null || b === null) return null;
  if (typeof a === "bigint" && typeof b === "bigint") return kind === "datetime" ? shift(a, b) : a + b;
  if (isMoney(a) && isMoney(b)) return a.currency === b.currency ? money(decimal.add(a.amount, b.amount), a) : null;
  return isDecimal(a) && isDecimal(b) ? decimal.add(a, b) : null;
}

function minus(value: Value): Value {
  return typeof value === "bigint" ? -value : onAmount(value, decimal.negate);
}

function times(a: Value, b: Value): Value {
  if (isMoney(a) && isDecimal(b)) return money(decimal.multiply(a.amount, b), a);
  if (isDecimal(a) && isMoney(b)) return money(decimal.multiply(a, b.amount), b);
  return isDecimal(a) && isDecimal(b) ? decimal.multiply(a, b) : null;
}

function over(a: Value, b: Value): Value {
  if (isMoney(a) && isMoney(b)) return a.currency === b.currency ? decimal.divide(a.amount, b.amount) : null;
  if (isMoney(a) && isDecimal(b)) {
    const quotient = decimal.divide(a.amount, b);
    return quotient && money(quotient, a);
  }
  return isDecimal(a) && isDecimal(b) ? decimal.divide(a, b) : null;
}

function money(amount: Decimal, like: Money): Money {
  return { amount, currency: like.currency };
}

function extreme(op: string, a: Value, b: Value): Value {
  const found = order(b, a);
  if (found === null) return null;
  return (op.startsWith("min") ? found < 0 : found > 0) ? b : a;
}

function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && BLANKS.includes(text.charAt(start))) start++;
  while (end > start && BLANKS.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function overRows(part: Part, scope: Scope): Value {
  const found = at(scope.values, part.rows ?? []);
  const rows: readonly Row[] = Array.isArray(found) ? found : [];
  const body = part.of?.[0];
  if (!body) return decimal.whole(rows.length);
  const within = (row: Row): Scope => ({ ...scope, row });
  const says = (row: Row): boolean => run(body, within(row)) === true;
  switch (part.op) {
    case "some":
      return rows.some(says);
    case "all":
      return rows.length > 0 && rows.every(says);
    case "none":
      return !rows.some(says);
    case "count":
      return decimal.whole(rows.filter(says).length);
    default:
      return folded(part, rows.map((row) => operand(body, within(row))).filter((value) => value !== null));
  }
}

/** Over the rows that have a value. Amounts of two currencies, or of none, have no sum. */
function folded(part: Part, values: readonly Value[]): Value {
  const none = part.op === "sum" && part.is === "number" ? ZERO : null;
  if (values.length === 0) return none;
  return values.reduce((a, b) => {
    if (a === null) return null;
    return part.op === "sum" ? plus(part.is, a, b) : extreme(part.op ?? "", a, b);
  });
}
