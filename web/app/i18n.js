// The session's language, and texts in it.

import { EN } from './words-en.js';
import { RU } from './words-ru.js';

const WORDS = { en: EN, ru: RU };
let current = 'en';

export const language = () => current;

export function speak(lang) {
  current = lang in WORDS ? lang : 'en';
  document.documentElement.lang = current;
}

/** The language before the engine says which: Telegram's, else the browser's. */
export function guess() {
  const code = window.Telegram?.WebApp?.initDataUnsafe?.user?.language_code ?? navigator.language ?? 'en';
  speak(/^(ru|be|uk|kk|ky|uz|tg|tt)/.test(code) ? 'ru' : 'en');
}

/** The text of `key`, `{name}` filled in from `values`. One with forms for numbers is chosen by `values.n`. */
export function t(key, values = {}) {
  const found = WORDS[current][key] ?? EN[key] ?? key;
  const text = typeof found === 'string'
    ? found
    : found[new Intl.PluralRules(current).select(Number(values.n ?? 0))] ?? found.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/** Whether there is such a text. */
export const knows = (key) => key in EN;

/** A day as people write it. */
export const day = (seconds) =>
  new Intl.DateTimeFormat(current, { day: 'numeric', month: 'long' }).format(new Date(seconds * 1_000));

/** The last midnight of UTC by the clock of this device: numbers of likes are as of then. */
export const midnight = () => new Intl.DateTimeFormat(current, { hour: '2-digit', minute: '2-digit' })
  .format(new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000));

/** A number as people write it. */
export const number = (n) => new Intl.NumberFormat(current).format(n);

/** A share of one, in per cent. */
export const share = (part) =>
  new Intl.NumberFormat(current, { style: 'percent', maximumFractionDigits: 0 }).format(part);
