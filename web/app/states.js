// What stands where there is nothing yet, or nothing at all.

import { h } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';

/** A page's middle with a sign, words and what to do. */
export const nothing = (sign, title, words, acts = []) => h('div', { class: 'nothing' },
  h('span', { class: 'sign' }, icon(sign)), h('h2', {}, title), h('p', {}, words), acts);

/** Grey shapes of rows that are on their way. */
export const rows = (n = 5) => h('div', { class: 'ghosts', role: 'status', 'aria-label': t('loading') },
  Array.from({ length: n }, () => h('div', { class: 'ghost row' })));
