// What has happened, for eyes (a line above the tabs that goes by itself) and for ears (a live region).

import { h } from './dom.js';

const SHOWN_MS = 4_000;
let timer = 0;

const live = () => document.getElementById('live');
const toast = () => document.getElementById('toast');

/** Says it to screen readers only. */
export function announce(text) {
  // The same words twice are said twice.
  live().textContent = '';
  requestAnimationFrame(() => { live().textContent = text; });
}

/** Shows a line for some seconds; it is a live region of its own. */
export function tell(text) {
  toast().replaceChildren(h('p', {}, text));
  toast().classList.add('shown');
  clearTimeout(timer);
  timer = setTimeout(() => toast().classList.remove('shown'), SHOWN_MS);
}
