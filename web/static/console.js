/* What the console adds in the browser: how many rows are selected, dialogs that were refused, or that the address names, open. */
"use strict";

function countSelected() {
  for (const form of document.querySelectorAll("form.bulk")) {
    const count = form.querySelectorAll("tbody input[type=checkbox]:checked").length;
    const text = form.querySelector("[data-selected]");
    if (text) text.textContent = text.dataset.selected.replace("{count}", count);
    const all = form.querySelector("[data-check-all]");
    if (all) {
      const boxes = form.querySelectorAll("tbody input[type=checkbox]").length;
      all.checked = count > 0 && count === boxes;
      all.indeterminate = count > 0 && count < boxes;
    }
  }
}
document.addEventListener("change", (event) => {
  if (event.target.matches("form.bulk input[type=checkbox]")) setTimeout(countSelected);
});
addEventListener("pageshow", countSelected);

document.addEventListener("DOMContentLoaded", () => {
  const refused = document.querySelector("dialog[data-open]");
  if (refused && !refused.open) {
    refused.showModal();
    refused.querySelector("[aria-invalid=true]")?.focus();
  }
  const named = !refused && location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (named && named.matches("dialog.confirm")) named.showModal();  // a link from elsewhere leads to the very form
});

/* Manual entry by keyboard: Enter goes on, a new row comes by itself, Ctrl+Enter places, a pasted block spreads. */
function entryRows() {
  return [...document.querySelectorAll(".entry-table tbody tr")];
}

function newEntryRow() {
  const last = entryRows().at(-1);
  if (!last) return null;
  const number = Math.max(...entryRows().map((row) => Number(row.querySelector("[name=row]")?.value || 0))) + 1;
  const position = entryRows().length + 1;
  const row = last.cloneNode(true);
  for (const field of row.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = false;
    else field.value = "";
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  const hidden = row.querySelector("[name=row]");
  const was = hidden.value;
  hidden.value = String(number);
  for (const element of row.querySelectorAll("*")) {
    for (const name of ["name", "id", "for", "aria-describedby"]) {
      const text = element.getAttribute(name);
      if (text?.startsWith(`line.${was}.`)) element.setAttribute(name, text.replace(`line.${was}.`, `line.${number}.`));
      else if (text && name !== "name") element.setAttribute(name, text.replace(/-\d+(-|$)/, `-${position}$1`));
    }
    const list = element.getAttribute("list");
    if (list) element.setAttribute("list", list.replace(/-\d+$/, `-${position}`));
    const label = element.getAttribute("aria-label");
    if (label) element.setAttribute("aria-label", label.replace(/\d+/, String(position)));
    if (element.matches("summary")) element.textContent = element.textContent.replace(/\d+/, String(position));
  }
  row.querySelector(".entry-out")?.replaceChildren();
  row.querySelector("datalist")?.replaceChildren();
  last.after(row);
  if (window.htmx) window.htmx.process(row);
  return row;
}

function goOn(field) {
  const row = field.closest("tr");
  if (field.name === "sku") return row.querySelector("[name=quantity]")?.focus();
  const next = row.nextElementSibling ?? newEntryRow();
  const target = next?.querySelector("[name=sku]");
  target?.focus();
  target?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("#entry");
  if (!form || event.key !== "Enter" || event.isComposing) return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    form.requestSubmit(form.querySelector(".form-foot [type=submit]"));
  } else if (event.target.matches(".entry-table input")) {
    event.preventDefault();
    goOn(event.target);
  } else if (event.target.matches("input")) {
    event.preventDefault();
    const fields = [...form.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((one) => one.offsetParent);
    fields[fields.indexOf(event.target) + 1]?.focus();
  }
});

document.addEventListener("paste", (event) => {
  if (!event.target.matches?.(".entry-table [name=sku]")) return;
  const text = event.clipboardData?.getData("text") ?? "";
  if (!/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  let row = event.target.closest("tr");
  for (const line of text.split(/\r?\n/).filter((one) => one.trim()).slice(0, 200)) {
    const [sku, quantity = "1", unit = ""] = line.split(line.includes("\t") ? "\t" : /[,;，；]/).map((one) => one.trim());
    row ??= newEntryRow();
    if (!row) break;
    row.querySelector("[name=sku]").value = sku;
    row.querySelector("[name=quantity]").value = quantity;
    row.querySelector("[name=unit]").value = unit;
    row = row.nextElementSibling;
  }
  document.querySelector(".entry-table [name=sku]")?.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-take-sku]");
  if (!button) return;
  const field = button.closest("tr").querySelector("[name=sku]");
  field.value = button.dataset.takeSku;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
});
