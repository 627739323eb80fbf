"use strict";
// The key m does what the box for masked words does.

const box = document.getElementById("unmask");

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type='checkbox'], [type='radio']), select, textarea");
  if (event.key === "m" && !typing && !event.ctrlKey && !event.altKey && !event.metaKey) box?.click();
});
