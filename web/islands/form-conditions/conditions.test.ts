import { describe, expect, test } from "vitest";
import { fieldStates, typedValue, type Props } from "./conditions";

const own = (key: string, kind: string) => ({ is: kind, keys: ["order", "cf", key] });
const PROPS: Props = {
  home: "order.cf",
  row: { order: { channel: "shop", cf: { kept: "elsewhere" } } },
  today: "2026-11-22",
  fields: [
    { key: "gift", type: "bool" },
    { key: "text", type: "text", visible_when: { is: "bool", op: "==", of: [own("gift", "bool"), { is: "bool", value: true }] } },
    { key: "weight", type: "decimal" },
    { key: "fee", type: "decimal", formula: { is: "number", op: "*", of: [own("weight", "number"), { is: "number", value: { dec: "1.5" } }] } },
    { key: "note", type: "text", required_when: { is: "bool", op: ">", of: [own("fee", "number"), { is: "number", value: { dec: "10" } }] } },
    { key: "at", type: "datetime", readonly_when: { is: "bool", op: "!=", of: [own("at", "datetime"), { is: "datetime", value: null }] } },
  ],
};

const states = (typed: Record<string, unknown>) => fieldStates(PROPS, { text: null, note: null, fee: undefined, at: undefined, ...typed }, new Date());

describe("a form with conditions", () => {
  test("shows what its condition asks for", () => {
    expect(states({ gift: true, weight: null }).get("text")?.visible).toBe(true);
    expect(states({ gift: null, weight: null }).get("text")?.visible).toBe(false);
  });

  test("computes exactly, and conditions see what was computed", () => {
    const found = states({ gift: null, weight: { dec: "7.1" } });
    expect(found.get("fee")?.computed).toBe("10.65");
    expect(found.get("note")?.required).toBe(true);
  });

  test("says nothing of what it cannot read", () => {
    const found = states({ gift: null, weight: undefined });
    expect(found.get("fee")?.computed).toBeUndefined();
    expect(found.get("note")?.required).toBeUndefined();
    expect(found.get("at")?.readonly).toBeUndefined();
  });
});

test("texts of controls become values of their types", () => {
  expect(typedValue("decimal", ["12.50"])).toEqual({ dec: "12.50" });
  expect(typedValue("decimal", ["12,5"])).toBeUndefined();
  expect(typedValue("bool", [])).toBeNull();
  expect(typedValue("multi_option", ["a", "b"])).toEqual(["a", "b"]);
  expect(typedValue("money", ["1", "CNY"])).toEqual({ amount: "1", currency: "CNY" });
  expect(typedValue("datetime", ["2026-11-22T09:00"])).toBeUndefined();
  expect(typedValue("text", ["  "])).toBeNull();
});
