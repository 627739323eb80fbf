"use strict";
// Looks after who moderates: not too many severe comments one after the other, and a break after a while. The newsroom
// sets both. What is counted stays in this tab and is told to nobody.

class Wellbeing {
  constructor({ severeInARow, breakAfter, breakMinutes }) {
    this.cap = Number(severeInARow) || Infinity;
    this.breakAfter = Number(breakAfter) * 60000 || Infinity;
    this.breakFor = Number(breakMinutes) * 60000;
    this.run = Number(sessionStorage.getItem("severe-run")) || 0;
    this.began = Number(sessionStorage.getItem("began")) || Date.now();
    this.last = Number(sessionStorage.getItem("last")) || Date.now();
    this.active();
  }

  // Something was done; who was away for a break's length starts anew.
  active() {
    const now = Date.now();
    if (now - this.last >= this.breakFor) this.began = now;
    this.last = now;
    this.#keep();
  }

  saw(severe) {
    this.run = severe ? this.run + 1 : 0;
    this.#keep();
  }

  // Whether milder ones should come first, or nothing for a moment.
  enough() {
    return this.run >= this.cap;
  }

  breakDue() {
    return Date.now() - this.began >= this.breakAfter;
  }

  wentOn() {
    this.run = 0;
    this.#keep();
  }

  rested() {
    this.run = 0;
    this.began = Date.now();
    this.#keep();
  }

  // Asks again in a quarter of an hour.
  later() {
    this.began = Date.now() - this.breakAfter + 15 * 60000;
    this.#keep();
  }

  #keep() {
    sessionStorage.setItem("severe-run", this.run);
    sessionStorage.setItem("began", this.began);
    sessionStorage.setItem("last", this.last);
  }
}
