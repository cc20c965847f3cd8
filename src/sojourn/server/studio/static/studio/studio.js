// The little that pages do by themselves: filters that apply when changed, times, copying.
"use strict";
document.addEventListener("change", (event) => {
  const form = event.target.closest("form.filters");
  if (form && event.target.matches("select, input[type=date], input[type=checkbox]")) form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  // Empty fields do not belong in an address.
  const form = event.target;
  if (form.method !== "get") return;
  for (const field of form.elements) {
    if (field.name && !field.value) field.disabled = true;
  }
});
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form.filters :disabled")) field.disabled = false;
});
document.addEventListener("click", (event) => {
  const code = event.target.closest(".copy");
  if (code && navigator.clipboard) navigator.clipboard.writeText(code.textContent.trim());
  const copy = event.target.closest("[data-copy]");
  if (copy && navigator.clipboard) {
    navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent.trim());
    copy.textContent = "✓";
  }
  for (const open of document.querySelectorAll("details.me[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const open of document.querySelectorAll("details.me[open]")) open.open = false;
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill]");
  if (button) document.getElementById(button.dataset.fill).value = button.dataset.value;
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  const item = button.closest("li"), form = button.closest("form");
  if (button.dataset.move === "out") item.remove();
  else if (item.previousElementSibling) item.previousElementSibling.before(item);
  form.requestSubmit();
});
