/** Shows, hides, asks for and computes fields of a form at once. The server decides again when the form is sent. */
import { fieldStates, typedValue, type FieldProps, type Props } from "./conditions";

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function begin(data: HTMLScriptElement): void {
  const form = data.closest("form");
  if (!form) return;
  const props = JSON.parse(data.textContent ?? "{}") as Props;
  const update = (): void => {
    const typed = Object.fromEntries(props.fields.map((field) => [field.key, typedValue(field.type, texts(form, field))]));
    for (const [key, state] of fieldStates(props, typed, new Date())) show(form, key, state);
  };
  form.addEventListener("input", update);
  form.addEventListener("change", update);
  form.addEventListener("htmx:after:swap", update);
  update();
}

function wrapper(form: HTMLFormElement, key: string): HTMLElement | null {
  return form.querySelector<HTMLElement>(`[data-cf="${CSS.escape(key)}"]`);
}

function controls(form: HTMLFormElement, key: string): Control[] {
  return [...(wrapper(form, key)?.querySelectorAll<Control>("input, select, textarea") ?? [])];
}

function texts(form: HTMLFormElement, field: FieldProps): string[] {
  return controls(form, field.key).flatMap((control) => {
    if (control instanceof HTMLInputElement && (control.type === "checkbox" || control.type === "radio")) {
      return control.checked ? [control.value] : [];
    }
    if (control instanceof HTMLSelectElement && control.multiple) return [...control.selectedOptions].map((option) => option.value);
    return control.type === "hidden" ? [] : [control.value];
  });
}

function show(form: HTMLFormElement, key: string, state: { visible?: boolean; required?: boolean; readonly?: boolean; computed?: string }): void {
  const place = wrapper(form, key);
  if (!place) return;
  if (state.visible !== undefined) place.hidden = !state.visible;
  const output = place.querySelector("output");
  if (output && state.computed !== undefined) output.textContent = state.computed;
  for (const control of controls(form, key)) {
    // What is hidden keeps its value and is never asked for; what may not be written is still sent as it was.
    const alone = control.type !== "checkbox" && control.type !== "radio";
    if (state.required !== undefined || place.hidden) control.required = alone && state.required === true && !place.hidden;
    if (state.readonly !== undefined && !(control instanceof HTMLSelectElement)) control.readOnly = state.readonly;
  }
  if (state.required !== undefined) place.toggleAttribute("data-required", state.required);
}

for (const data of document.querySelectorAll<HTMLScriptElement>("script[data-form-conditions]")) begin(data);
