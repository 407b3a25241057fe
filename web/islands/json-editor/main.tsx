/** Takes the place of the textarea, which stays the form's field. */

import { createRoot } from "react-dom/client";

import { JsonEditor, type Props } from "./JsonEditor";

const mount = document.querySelector<HTMLElement>('[data-island="json-editor"]');
const form = mount?.closest("form");
const textarea = form?.querySelector("textarea");
if (mount && form && textarea) {
  const props = JSON.parse(mount.dataset["props"] ?? "{}") as Props;
  const nonce = document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";
  createRoot(mount).render(<JsonEditor {...props} form={form} textarea={textarea} nonce={nonce} />);
}
