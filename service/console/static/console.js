"use strict";
// What every page has: htmx sends our token, and a person who was signed out meanwhile is told so.

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = document.body.dataset.csrf || "";
});

// A menu closes when the focus leaves it, and on Escape.
for (const menu of document.querySelectorAll("details.dropdown")) {
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

// What is wrong with a form comes before the form.
document.getElementById("wrongs")?.focus();

// The key m does what the box for masked words does; where single keys are switched off, in the queue, it does nothing.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type='checkbox'], [type='radio']), select, textarea, dialog");
  const plain = event.key === "m" && !event.ctrlKey && !event.altKey && !event.metaKey && !event.repeat;
  if (!plain || typing || event.defaultPrevented || localStorage.getItem("winnow:keys") === "off") return;
  document.getElementById("unmask")?.click();
});
