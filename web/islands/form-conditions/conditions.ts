import { parseDecimal, plain } from "./decimal";
import { evaluate, holds, type Moment, type Part } from "./evaluate";
import { isDecimal, isMoney, isRecord, type Value } from "./values";

/** One field of a form as the server describes it; conditions are parts of low_code/expressions/browser.py. */
export type FieldProps = Readonly<{
  key: string;
  type: string;
  visible_when?: Part;
  required_when?: Part;
  readonly_when?: Part;
  formula?: Part;
}>;

/** home: where the fields lie in the subject ("order.cf"); row: what else conditions may read, without these fields. */
export type Props = Readonly<{ home: string; row: Record<string, unknown>; today: string; fields: readonly FieldProps[] }>;

/** What stands in the controls of one field; undefined: they hold something that the browser cannot read for sure. */
export type Typed = Readonly<Record<string, unknown>>;

export type FieldState = { visible?: boolean; required?: boolean; readonly?: boolean; computed?: string };

const NUMBERS = new Set(["integer", "decimal", "percent"]);
const TEXTS = new Set(["text", "long_text", "option", "date", "phone", "email", "url", "user", "department", "reference"]);

/** A text of a control as the field's value; undefined for types whose text only the server reads. */
export function typedValue(type: string, texts: readonly string[]): unknown {
  const text = (texts[0] ?? "").trim();
  if (type === "multi_option") return texts.filter((one) => one !== "");
  if (type === "bool") return text === "" ? null : text === "true" || text === "on" || text === "1";
  if (type === "money") return text === "" ? null : { amount: text, currency: (texts[1] ?? "").trim() };
  if (NUMBERS.has(type)) return text === "" ? null : parseDecimal(text) ? { dec: text } : undefined;
  if (TEXTS.has(type)) return text === "" ? null : text;
  return undefined;
}

/** How every field of the form is to be shown now. A condition that reads what cannot be read here says nothing. */
export function fieldStates(props: Props, typed: Typed, now: Date): Map<string, FieldState> {
  const moment: Moment = { now: BigInt(now.getTime()) * 1000n, today: props.today };
  const own: Record<string, unknown> = {};
  const unread = new Set<string>();
  for (const { key } of props.fields) {
    if (typed[key] === undefined) unread.add(`${props.home}.${key}`);
    else own[key] = typed[key];
  }
  const values = withOwn(props.row, props.home.split("."), own);
  const known = (part: Part | undefined): part is Part => part !== undefined && ![...paths(part)].some((path) => unread.has(path));
  const states = new Map<string, FieldState>();
  for (const field of props.fields) {
    const state: FieldState = {};
    if (known(field.formula)) {
      const value = evaluate(field.formula, values, moment);
      own[field.key] = stored(value);
      unread.delete(`${props.home}.${field.key}`);
      state.computed = shown(value);
    }
    states.set(field.key, state);
  }
  for (const field of props.fields) {
    const state = states.get(field.key) as FieldState;
    if (known(field.visible_when)) state.visible = holds(field.visible_when, values, moment);
    if (known(field.required_when)) state.required = holds(field.required_when, values, moment);
    if (known(field.readonly_when)) state.readonly = holds(field.readonly_when, values, moment);
  }
  return states;
}

function withOwn(row: Record<string, unknown>, home: readonly string[], own: Record<string, unknown>): Record<string, unknown> {
  const [first, ...rest] = home;
  if (first === undefined) return own;
  const inner = row[first];
  return { ...row, [first]: withOwn(isRecord(inner) ? inner : {}, rest, own) };
}

function* paths(part: Part): Generator<string> {
  if (part.keys && !part.inner) yield part.keys.join(".");
  if (part.rows) yield part.rows.join(".");
  for (const inner of part.of ?? []) yield* paths(inner);
}

function stored(value: Value): unknown {
  if (isMoney(value)) return { amount: plain(value.amount), currency: value.currency };
  if (isDecimal(value)) return { dec: plain(value) };
  return typeof value === "bigint" ? { micros: value.toString() } : value;
}

function shown(value: Value): string {
  if (value === null) return "";
  if (isMoney(value)) return `${plain(value.amount)} ${value.currency}`;
  if (isDecimal(value)) return plain(value);
  if (typeof value === "bigint") return new Date(Number(value / 1000n)).toISOString();
  return Array.isArray(value) ? value.join(", ") : String(value);
}
