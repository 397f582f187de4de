// What stands where there is nothing yet, or nothing at all.

import { button, h } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { words } from './problems.js';

/** A page's middle with a sign, words and what to do. */
export const nothing = (sign, title, words, acts = []) => h('div', { class: 'nothing' },
  h('span', { class: 'sign' }, icon(sign)), h('h2', {}, title), h('p', {}, words), acts);

/** What did not come, why, and another try. */
export const missing = (cause, again) => nothing('clock', t('failed-title'), words(cause), [button('primary', t('try-again'), again)]);

/** Grey shapes of rows that are on their way. */
export const rows = (n = 5) => h('div', { class: 'ghosts', role: 'status', 'aria-label': t('loading') },
  Array.from({ length: n }, () => h('div', { class: 'ghost row' })));
