"use strict";
// Keys for a review. They work only while the focus is in it, so that nobody answers by a stray key (WCAG 2.1.4).

const review = document.querySelector(".review");

if (review) {
  review.querySelector(".keys").hidden = false;
  review.focus({ preventScroll: true });
  review.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    for (const button of review.querySelectorAll("button[data-key]")) {
      if (button.dataset.key === event.key.toLowerCase()) {
        event.preventDefault();
        button.click();
      }
    }
  });
}
