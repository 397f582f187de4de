// A number that runs softly to its next value.

import { calm } from './dom.js';
import { language } from './i18n.js';

const MS = 450;
const running = new WeakMap();

/** Lets `element` show `value` with `digits` decimals; `null` shows a dash. */
export function show(element, value, digits = 0) {
  const state = running.get(element) ?? { shown: value, target: undefined, frame: 0 };
  running.set(element, state);
  if (value === state.target && state.language === language()) return;
  cancelAnimationFrame(state.frame);
  Object.assign(state, { target: value, language: language() });
  const write = (n) => {
    state.shown = n;
    element.textContent = n.toLocaleString(language(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
  };
  if (value === null || value === undefined) {
    state.shown = null;
    element.textContent = '–';
    return;
  }
  const from = state.shown;
  if (from === null || from === undefined || from === value || calm()) return write(value);
  const began = performance.now();
  const step = (now) => {
    const part = Math.min(1, (now - began) / MS);
    const eased = 1 - (1 - part) ** 3;
    write(part === 1 ? value : from + (value - from) * eased);
    if (part < 1) state.frame = requestAnimationFrame(step);
  };
  state.frame = requestAnimationFrame(step);
}
