"use strict";
// The policy's form says that it was changed, and that what was typed would be lost.

for (const form of document.querySelectorAll("form[data-unsaved]")) {
  const said = form.querySelector(".unsaved");
  let sent = false;

  const changed = () => {
    if (form.dataset.unsaved) return;
    form.dataset.unsaved = "yes";
    tell();
  };
  const tell = () => {
    if (form.dataset.unsaved) said.textContent = "Not saved yet";
  };

  form.addEventListener("input", (event) => {
    if (event.target.name !== "last") changed();
  });
  form.addEventListener("submit", () => {
    sent = true;
  });
  addEventListener("pageshow", () => {
    sent = false;
  });
  addEventListener("beforeunload", (event) => {
    if (form.dataset.unsaved && !sent) event.preventDefault();
  });
  tell();
}
