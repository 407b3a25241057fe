/** Exact decimals: `digits` × 10^-`scale`. The same digits as the server's, never a binary fraction. */
export type Decimal = Readonly<{ digits: bigint; scale: number }>;

const QUOTIENT_SCALE = 10;
const MOST = 10n ** 30n; // whole numbers that arithmetic keeps are below it
const MOST_SCALE = 20; // and have no more decimals

const TEXT = /^-?[0-9]{1,60}(\.[0-9]{1,60})?$/;

/** "12.50" -> the number; null for other shapes and for more digits than arithmetic keeps. */
export function parseDecimal(text: unknown): Decimal | null {
  return typeof text === "string" && TEXT.test(text) ? bounded(readPlain(text)) : null;
}

/** A plain text of any length as the server writes it. */
export function readPlain(text: string): Decimal {
  const [whole = "0", fraction = ""] = text.split(".");
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

/** The shortest plain text: no trailing zeros, no negative zero. */
export function plain(value: Decimal): string {
  const { digits, scale } = stripped(value);
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const shown = scale > 0 ? `${text.slice(0, -scale)}.${text.slice(-scale)}` : text;
  return digits < 0n ? `-${shown}` : shown;
}

export function bounded(value: Decimal): Decimal | null {
  const { digits, scale } = stripped(value);
  return scale <= MOST_SCALE && abs(digits) < MOST * 10n ** BigInt(scale) ? value : null;
}

export function add(a: Decimal, b: Decimal): Decimal {
  const [x, y, scale] = aligned(a, b);
  return { digits: x + y, scale };
}

export function negate(a: Decimal): Decimal {
  return { digits: -a.digits, scale: a.scale };
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale };
}

/** Ten decimals, halves away from zero; null for a division by zero. */
export function divide(a: Decimal, b: Decimal): Decimal | null {
  const [x, y] = aligned(a, b);
  if (y === 0n) return null;
  const units = (2n * abs(x) * 10n ** BigInt(QUOTIENT_SCALE) + abs(y)) / (2n * abs(y));
  return { digits: x < 0n !== y < 0n ? -units : units, scale: QUOTIENT_SCALE };
}

/** `places` decimals, halves away from zero. */
export function round(a: Decimal, places: number): Decimal {
  if (a.scale <= places) return a;
  const unit = 10n ** BigInt(a.scale - places);
  const units = (2n * abs(a.digits) + unit) / (2n * unit);
  return { digits: a.digits < 0n ? -units : units, scale: places };
}

export function floor(a: Decimal): Decimal {
  const unit = 10n ** BigInt(a.scale);
  const whole = a.digits / unit; // towards zero
  return { digits: a.digits < 0n && whole * unit !== a.digits ? whole - 1n : whole, scale: 0 };
}

export function ceil(a: Decimal): Decimal {
  return negate(floor(negate(a)));
}

export function magnitude(a: Decimal): Decimal {
  return { digits: abs(a.digits), scale: a.scale };
}

/** Below, at or above zero as a is less than, equal to or greater than b. */
export function compare(a: Decimal, b: Decimal): number {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

export function whole(value: number): Decimal {
  return { digits: BigInt(value), scale: 0 };
}

/** The number as a machine integer; null where it is not whole, or is not smaller than `limit`. */
export function integer(a: Decimal, limit: number): number | null {
  const { digits, scale } = stripped(a);
  return scale === 0 && abs(digits) < BigInt(limit) ? Number(digits) : null;
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.digits * 10n ** BigInt(scale - a.scale), b.digits * 10n ** BigInt(scale - b.scale), scale];
}

function stripped({ digits, scale }: Decimal): Decimal {
  while (scale > 0 && digits % 10n === 0n) [digits, scale] = [digits / 10n, scale - 1];
  return { digits, scale };
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
