// Where the person is: one of four tabs, and pages above it. Telegram's back button goes one step back.

import { h } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { hasBack, haptic, onBack, showBack } from './tg.js';

const TABS = [['discover', 'cards'], ['likes', 'heart'], ['matches', 'talk'], ['profile', 'person']];

let makers = {};
let tab = null;
let shown = null;
/** Pages above the tab, the uppermost last: `{page, opener}`. */
let stack = [];
/** Sheets and gestures that a step back ends first, the latest last. */
const inner = [];

const main = () => document.getElementById('main');
const bar = () => document.getElementById('tabs');

/** A sheet was opened, or a gesture has begun: `act` ends it. */
export function entered(act) {
  inner.push(act);
  update();
}

/** It is over. */
export function left(act) {
  const at = inner.lastIndexOf(act);
  if (at >= 0) inner.splice(at, 1);
  update();
}

function update() {
  showBack(inner.length > 0 || stack.length > 0 || (tab !== null && tab !== 'discover'));
}

/** One step back. */
export function back() {
  if (inner.length > 0) inner.at(-1)();
  else if (stack.length > 0) pop();
  else if (tab !== 'discover') go('discover');
}

/** What a page is: its element, and what is to be done when it is left. */
function show(page) {
  shown?.leave?.();
  shown = page;
  main().replaceChildren(page.element);
  main().scrollTop = 0;
  page.enter?.();
  update();
}

/** Opens a tab. */
export function go(name, isQuiet = false) {
  if (tab === name && stack.length === 0 && !isQuiet) return;
  tab = name;
  stack = [];
  for (const item of bar().querySelectorAll('button')) {
    if (item.dataset.tab === name) item.setAttribute('aria-current', 'page');
    else item.removeAttribute('aria-current');
  }
  bar().hidden = false;
  show(makers[name]());
  if (!isQuiet) main().querySelector('h1')?.focus();
}

/** Opens a page above the tab: `make` is called again when one above it is left. */
export function push(make) {
  stack.push(make);
  bar().hidden = true;
  show(make());
  main().querySelector('h1')?.focus();
}

/** Leaves the uppermost page. */
export function pop() {
  stack.pop();
  const make = stack.at(-1) ?? makers[tab];
  bar().hidden = stack.length > 0;
  show(make());
  main().querySelector('h1')?.focus();
}

/** Shows the page anew that is there. */
export function again() {
  show((stack.at(-1) ?? makers[tab])());
}

/** A page without tabs: one that has to be done with first. */
export function only(page) {
  tab = null;
  stack = [];
  bar().hidden = true;
  show(page);
  main().querySelector('h1')?.focus();
}

/** Which tab is open; none above which nothing is. */
export const place = () => (stack.length === 0 ? tab : null);

/** Draws the tabs; `tabs` makes the page of each. */
export function start(tabs) {
  makers = tabs;
  bar().replaceChildren(...TABS.map(([name, sign]) => h('button', {
    type: 'button',
    data: { tab: name },
    on: {
      click: () => {
        haptic('selection');
        go(name);
      },
    },
  }, icon(sign), h('span', {}, t(`tab-${name}`)), h('b', { class: 'badge', hidden: true }))));
  bar().setAttribute('aria-label', t('tabs'));
  onBack(back);
}

/** A number beside a tab; none for nothing. */
export function badge(name, text) {
  const mark = bar().querySelector(`[data-tab="${name}"] .badge`);
  if (!mark) return;
  mark.textContent = text ?? '';
  mark.hidden = !text;
}

/** The head of a page: its title, and the way back where Telegram shows none. */
export function head(title, ...more) {
  const way = stack.length > 0 && !hasBack();
  return h('header', { class: 'head' },
    way && h('button', { type: 'button', class: 'round', 'aria-label': t('back'), on: { click: back } }, icon('back')),
    h('h1', { tabindex: '-1' }, title), ...more);
}
