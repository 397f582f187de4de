// The page's language. Elements remember the key of what they say, so that a switch needs no rebuilding.

import { WORDS } from './words.js';

const KEPT = 'nameless.language';
const kept = sessionStorage.getItem(KEPT);
let current = kept in WORDS ? kept : navigator.language?.startsWith('ru') ? 'ru' : 'en';
const listeners = new Set();
const args = new WeakMap();

export const language = () => current;

/** Calls `listener` after every switch, until the returned function is called. */
export function onLanguage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * The text of `key`; `{name}` is filled in from `values`, which may hold texts in both languages. A text with forms
 * for numbers is chosen by `values.n`.
 */
export function t(key, values = {}) {
  const found = WORDS[current][key] ?? WORDS.en[key] ?? key;
  const text = typeof found === 'string' ? found : found[new Intl.PluralRules(current).select(values.n ?? 0)] ?? found.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return String(value?.[current] ?? value ?? '');
  });
}

/** Lets `element` say `key`, now and after a switch. */
export function say(element, key, values) {
  element.dataset.say = key;
  if (values) args.set(element, values);
  element.textContent = t(key, values);
  return element;
}

/** The same for what screen readers and tooltips say. */
export function label(element, key, values) {
  element.dataset.label = key;
  if (values) args.set(element, values);
  element.setAttribute('aria-label', t(key, values));
  if (element.localName === 'button') element.title = t(key, values);
  return element;
}

/** Says everything below `root` again. */
export function sayAll(root = document) {
  document.documentElement.lang = current;
  for (const element of root.querySelectorAll('[data-say]')) say(element, element.dataset.say, args.get(element));
  for (const element of root.querySelectorAll('[data-label]')) label(element, element.dataset.label, args.get(element));
  for (const element of root.querySelectorAll('[data-hint]')) element.placeholder = t(element.dataset.hint);
}

export function setLanguage(language) {
  current = language;
  sessionStorage.setItem(KEPT, language);
  sayAll();
  listeners.forEach((listener) => listener());
}
