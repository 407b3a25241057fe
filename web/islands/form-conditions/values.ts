import { compare, parseDecimal, readPlain, type Decimal } from "./decimal";
import { parseDate, parseDuration, parseInstant } from "./instants";

export type Money = Readonly<{ amount: Decimal; currency: string }>;
/** Texts stand for texts, options, references and days; bigints for instants and durations. */
export type Value = null | boolean | string | bigint | Decimal | Money | readonly string[];

const CURRENCY = /^[A-Z]{3}$/;

/** A value as it was sent (see low_code/expressions/browser.py); what is of another type reads as empty. */
export function read(kind: string, raw: unknown): Value {
  switch (kind) {
    case "bool":
      return typeof raw === "boolean" ? raw : null;
    case "number":
      return readNumber(raw);
    case "money":
      return readMoney(raw);
    case "date":
      return parseDate(raw);
    case "datetime":
      return parseInstant(raw);
    case "duration":
      return isRecord(raw) && typeof raw["micros"] === "string" ? BigInt(raw["micros"]) : parseDuration(raw);
    case "list":
      return Array.isArray(raw) && raw.every((item) => typeof item === "string") ? raw : null;
    default:
      return typeof raw === "string" ? raw : null;
  }
}

/** The constant of an expression: as `read`, but lists may hold any type. */
export function readConstant(kind: string, item: string, raw: unknown): Value | readonly Value[] {
  return kind === "list" && Array.isArray(raw) ? raw.map((one) => read(item, one)) : read(kind, raw);
}

/** Whether two values of one type are the same; two empty ones are. */
export function same(a: Value, b: Value): boolean {
  if (isMoney(a) && isMoney(b)) return a.currency === b.currency && compare(a.amount, b.amount) === 0;
  if (isDecimal(a) && isDecimal(b)) return compare(a, b) === 0;
  return a === b;
}

/** Below, at or above zero; null where either is empty, or amounts are of two currencies. */
export function order(a: Value, b: Value): number | null {
  if (a === null || b === null) return null;
  if (isMoney(a) && isMoney(b)) return a.currency === b.currency ? compare(a.amount, b.amount) : null;
  if (isDecimal(a) && isDecimal(b)) return compare(a, b);
  if (typeof a === "string" && typeof b === "string") return byCodePoints(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

export function isMoney(value: Value): value is Money {
  return typeof value === "object" && value !== null && "currency" in value;
}

export function isDecimal(value: Value): value is Decimal {
  return typeof value === "object" && value !== null && "digits" in value;
}

export function isRecord(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

function readNumber(raw: unknown): Decimal | null {
  if (isRecord(raw)) return typeof raw["dec"] === "string" ? readPlain(raw["dec"]) : null;
  return Number.isSafeInteger(raw) ? { digits: BigInt(raw as number), scale: 0 } : null;
}

function readMoney(raw: unknown): Money | null {
  if (!isRecord(raw)) return null;
  const amount = parseDecimal(raw["amount"]);
  const currency = raw["currency"];
  if (amount === null || typeof currency !== "string" || !CURRENCY.test(currency)) return null;
  return { amount, currency };
}

/** JavaScript compares halves of surrogate pairs, the server compares characters. */
function byCodePoints(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let index = 0; index < Math.min(x.length, y.length); index++) {
    const gap = (x[index]?.codePointAt(0) ?? 0) - (y[index]?.codePointAt(0) ?? 0);
    if (gap !== 0) return gap;
  }
  return x.length - y.length;
}

