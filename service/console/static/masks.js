"use strict";
// Shows masked words, and masks them again, by a button or the key m. Where nothing is masked there is no button.

const root = document.documentElement;
const place = document.getElementById("unmask");

if (place && document.querySelector(".slur")) {
  const button = place.querySelector("button");
  const toggle = () => button.setAttribute("aria-pressed", root.classList.toggle("slurs-shown"));
  place.hidden = false;
  button.addEventListener("click", toggle);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea") !== null;
    if (event.key === "m" && !typing && !event.ctrlKey && !event.altKey && !event.metaKey) toggle();
  });
}
