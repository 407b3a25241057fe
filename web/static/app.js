/* What every page does in the browser. All of it adds to pages that work without it. */
"use strict";

const root = document.documentElement;
const say = (id) => document.getElementById("words")?.dataset[id] ?? "";

/* ---- Theme: the server writes the user's choice; "system" follows the device ---- */
const darkDevice = matchMedia("(prefers-color-scheme: dark)");
darkDevice.addEventListener("change", () => {
  if (root.dataset.theme === "system") root.dataset.bsTheme = darkDevice.matches ? "dark" : "light";
});

/* ---- htmx: the CSRF token goes with every request; messages come by the `toast` event ---- */
document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector("meta[name=csrf-token]")?.content;
  if (token) event.detail.ctx.request.headers["X-CSRFToken"] = token;
});
document.addEventListener("htmx:error", (event) => {
  if (!event.detail.ctx?.response) toast(say("unreachable"), "bad");
});
document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.tone ?? "ok"));
document.addEventListener("htmx:after:swap", () => {
  watchToasts();
  if (!document.activeElement?.matches("input, select, textarea")) focusFirstProblem();  // never away from where one types
});

/* ---- Toasts: good news goes by itself, bad news waits to be read ---- */
function toast(text, tone) {
  const template = document.getElementById("toast-template");
  const note = template.content.firstElementChild.cloneNode(true);
  note.classList.add(`tone-${tone}`);
  note.querySelector("[data-text]").textContent = text;
  document.getElementById("toasts").append(note);
  watchToasts();
}
function watchToasts() {
  for (const note of document.querySelectorAll(".toast-note:not([data-watched])")) {
    note.dataset.watched = "";
    note.querySelector("button")?.addEventListener("click", () => note.remove());
    if (!note.classList.contains("tone-bad")) setTimeout(() => note.remove(), 7000);
  }
}

/* ---- Forms: sent once, and the first problem gets the focus ---- */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog") return;
  if (form.dataset.sent !== undefined) { event.preventDefault(); return; }
  if (form.method !== "post" || form.matches("[hx-post]")) return;
  form.dataset.sent = "";
  const button = event.submitter ?? form.querySelector("[type=submit]");
  button?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {  // back from the next page: the form may be sent again
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});
function focusFirstProblem() {
  document.querySelector("[aria-invalid=true]")?.focus();
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  if (event.target.matches("[data-check-all]")) {
    for (const box of event.target.closest("[data-check-group]").querySelectorAll("input[type=checkbox]:not([data-check-all])")) {
      box.checked = event.target.checked;
    }
  }
});

// Who writes into a field that belongs to one of the choices above it means that choice.
document.addEventListener("input", (event) => {
  const means = event.target.dataset?.chooses;
  if (!means || !event.target.value.trim()) return;
  const choice = event.target.form.querySelector(`input[name=what][value="${means}"]`);
  if (choice) choice.checked = true;
});

/* ---- Dialogs: focus goes in, and back to where it came from ---- */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    opener.closest("details.menu")?.removeAttribute("open");
    openDialog(opener.dataset.dialog, opener);
    return;
  }
  const closer = event.target.closest("[data-close-dialog]");
  if (closer) { closer.closest("dialog").close(); return; }
  if (event.target.matches("dialog.confirm")) { event.target.close(); return; }  // the backdrop
  const copier = event.target.closest("[data-copy]");
  if (copier) {
    navigator.clipboard?.writeText(document.getElementById(copier.dataset.copy).textContent.trim())
      .then(() => toast(say("copied"), "ok"));
    return;
  }
  if (event.target.closest("[data-side-open]")) setSide(true);
  if (event.target.closest("[data-side-close]")) setSide(false);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
function openDialog(id, opener) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.addEventListener("close", () => opener?.focus(), { once: true });
  dialog.showModal();
}
function setSide(open) {
  root.classList.toggle("side-is-open", open);
  document.querySelector("[data-side-open]")?.setAttribute("aria-expanded", String(open));
  document.querySelector(open ? ".side [data-side-close]" : "[data-side-open]")?.focus();
}

/* ---- Keyboard: `/` search, `?` help, `g o` go, j k x in lists. Off where the user said so, and in fields ---- */
let afterG = 0;
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    if (root.classList.contains("side-is-open")) setSide(false);
    return;
  }
  if (document.body.dataset.shortcuts !== "on" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog[open]")) return;
  if (Date.now() - afterG < 1500) {
    afterG = 0;
    const link = document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`);
    if (link) { event.preventDefault(); link.click(); }
    return;
  }
  const actions = {
    "/": () => document.querySelector("[data-search]")?.focus(),
    "?": () => openDialog("help", document.activeElement),
    g: () => { afterG = Date.now(); },
    j: () => step(1),
    k: () => step(-1),
    x: () => currentRow()?.querySelector("input[type=checkbox]")?.click(),
    Enter: () => (document.activeElement === document.body ? currentRow()?.querySelector("a")?.click() : undefined),
  };
  const action = actions[event.key];
  if (!action) return;
  if (event.key !== "Enter") event.preventDefault();
  action();
});
const rows = () => [...document.querySelectorAll("[data-rows] > tr, tbody[data-rows] > tr")];
const currentRow = () => document.querySelector("tr.at");
function step(by) {
  const all = rows();
  if (!all.length) return;
  const next = all[Math.min(all.length - 1, Math.max(0, all.indexOf(currentRow()) + by))] ?? all[0];
  currentRow()?.classList.remove("at");
  next.classList.add("at");
  next.scrollIntoView({ block: "nearest" });
}

/* ---- Lost connection ---- */
const showConnection = () => root.classList.toggle("is-offline", !navigator.onLine);
addEventListener("online", showConnection);
addEventListener("offline", showConnection);

document.addEventListener("DOMContentLoaded", () => { watchToasts(); focusFirstProblem(); showConnection(); });
