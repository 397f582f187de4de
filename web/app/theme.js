// Colours: the surfaces are Telegram's, the accent is ours, and every pair of them can be read. Themes of users' own may
// set grey on grey; what is too close is moved away until it is not (WCAG 1.4.3, 1.4.11).

import { onTheme, paint } from './tg.js';

const LIGHT = { bg: '#f4f2f0', card: '#ffffff', ink: '#1d1b20', soft: '#6a6670', accent: '#c93560', danger: '#b3261e' };
const DARK = { bg: '#131216', card: '#1e1c22', ink: '#f1eef3', soft: '#a49fab', accent: '#ff7b9c', danger: '#ff8a80' };
/** Ratio of text to what it stands on. */
const TEXT = 4.5;
/** Ratio of what is no text but means something: borders of fields, icons. */
const SHAPE = 3;

function rgb(text) {
  const short = /^#([\da-f])([\da-f])([\da-f])$/i.exec(text);
  const long = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})/i.exec(text);
  if (short) return short.slice(1).map((digit) => parseInt(digit + digit, 16));
  if (long) return long.slice(1).map((digits) => parseInt(digits, 16));
  const numbers = /^rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)/.exec(text);
  return numbers ? numbers.slice(1, 4).map(Number) : null;
}

const hex = (colour) => `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

function light(colour) {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast of two colours, 1 to 21. */
export function ratio(one, other) {
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const mix = (one, other, share) => one.map((part, i) => part + (other[i] - part) * share);

/** `colour`, as far from `grounds` as `least` asks: moved to black or white, whichever is clearer. */
function clear(colour, grounds, least) {
  const worst = (what) => Math.min(...grounds.map((ground) => ratio(what, ground)));
  const end = worst([0, 0, 0]) > worst([255, 255, 255]) ? [0, 0, 0] : [255, 255, 255];
  for (let share = 0; share < 1; share += 0.05) {
    const moved = mix(colour, end, share);
    // Rounded as it will be shown, and a little to spare.
    if (worst(moved.map(Math.round)) >= least + 0.1) return moved;
  }
  return end;
}

/** What is asked of Telegram's theme, by our names. */
function theirs() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => rgb(style.getPropertyValue(`--tg-theme-${name}-color`).trim());
  return {
    bg: of('secondary-bg') ?? of('bg'),
    card: of('section-bg') ?? of('bg'),
    ink: of('text'),
    soft: of('subtitle-text') ?? of('hint'),
    danger: of('destructive-text'),
  };
}

/** Sets the page's colours. */
export function dress() {
  const root = document.documentElement;
  const theme = theirs();
  const isDark = theme.bg ? light(theme.bg) < 0.18 : matchMedia('(prefers-color-scheme: dark)').matches;
  const own = Object.fromEntries(Object.entries(isDark ? DARK : LIGHT).map(([name, value]) => [name, rgb(value)]));
  let bg = theme.bg ?? own.bg;
  let card = theme.card ?? own.card;
  // Two surfaces of which no one colour could be read on both: the page's wins.
  const [darker, lighter] = [bg, card].map((colour) => ratio(colour, [0, 0, 0])).sort((a, b) => a - b);
  if (lighter > 7 && darker < 5) card = bg;
  // Telegram's plain light theme has one white for both: cards would have no edge.
  if (hex(bg) === hex(card)) bg = mix(bg, isDark ? [255, 255, 255] : [40, 30, 45], isDark ? 0.05 : 0.045);
  const grounds = [bg, card].map((colour) => colour.map(Math.round));
  const ink = clear(theme.ink ?? own.ink, grounds, 7);
  const line = mix(card, ink, 0.14);
  const field = mix(card, ink, 0.07);
  const all = [...grounds, field.map(Math.round)];
  const accent = clear(own.accent, all, TEXT);
  // What is filled with it: the same in light and dark, as white stands on it.
  const fill = clear(rgb(LIGHT.accent), grounds, SHAPE);
  const colours = {
    bg, card, ink, line, field, accent,
    soft: clear(theme.soft ?? own.soft, all, TEXT),
    danger: clear(theme.danger ?? own.danger, all, TEXT),
    edge: clear(line, grounds, SHAPE),
    fill,
    'fill-ink': ratio([255, 255, 255], fill) >= TEXT ? [255, 255, 255] : clear([42, 10, 20], [fill.map(Math.round)], TEXT),
  };
  for (const [name, colour] of Object.entries(colours)) root.style.setProperty(`--${name}`, hex(colour));
  root.style.setProperty('color-scheme', isDark ? 'dark' : 'light');
  paint(hex(bg));
}

/** Keeps the page dressed as the client changes. */
export function follow() {
  dress();
  onTheme(dress);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', dress);
}
