/* What the console adds in the browser: how many rows are selected, dialogs that were refused open again. */
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
});
