"use strict";
// Queue health refreshes itself through htmx. What is left: not where nobody looks, and saying so when it fails.

const trouble = document.getElementById("health-trouble");

function refreshes(event) {
  return event.detail.elt.id === "health-live";
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (refreshes(event) && document.hidden) event.preventDefault();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const well = event.detail.successful;
  if (!refreshes(event) || well === !trouble.hasChildNodes()) return;
  trouble.replaceChildren();
  if (well) return;
  const said = document.createElement("p");
  said.className = "wrongs";
  said.textContent = "The figures could not be refreshed, so these are older ones. It is tried again every 10 seconds.";
  trouble.append(said);
});
