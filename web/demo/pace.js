// The pace of what plays by itself: it can be held, and it can be given up.

import { calm, pause } from './dom.js';

let given = null;
let held = null;
let go = () => {};

/** Begins something that can be given up: `abort(reason)` of what is returned does that. */
export function begin() {
  given = new AbortController();
  return given;
}

/** It is over; what plays from now on is nobody's to give up. */
export function finish() {
  given = null;
  hold(false);
}

/** Holds everything at its next beat, or lets it go on. */
export function hold(on) {
  if (on && !held) held = new Promise((resolve) => { go = resolve; });
  if (!on) {
    go();
    held = null;
  }
}

/** Throws if what plays was given up. */
export const mind = () => given?.signal.throwIfAborted();

/** Calls `act` once what plays is given up, with why; returns what takes that back. */
export function onGivenUp(act) {
  const signal = given?.signal;
  if (!signal) return () => {};
  const hear = () => act(signal.reason);
  if (signal.aborted) hear();
  else signal.addEventListener('abort', hear, { once: true });
  return () => signal.removeEventListener('abort', hear);
}

/** Time to read, for everybody. Given up, it is over at once. */
export async function stay(ms) {
  let forget = () => {};
  await Promise.race([pause(ms), new Promise((resolve) => { forget = onGivenUp(resolve); })]);
  forget();
  while (held) await held;
  mind();
}

/** A beat, so that the visitor can follow; whoever wants less motion waits for none. */
export const rhythm = (ms) => stay(calm() ? 0 : ms);
