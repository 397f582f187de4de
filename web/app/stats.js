// Own figures, of nobody else's making than one's own.

import { get } from './api.js';
import { h } from './dom.js';
import { midnight, number, share, t } from './i18n.js';
import { head } from './router.js';
import { missing, rows } from './states.js';

const SHOWN = ['seen', 'likes_given', 'likes_received', 'matches'];

export function stats() {
  const body = h('div', { class: 'body' }, rows(3));
  const element = h('section', { class: 'page' }, head(t('stats')), body);
  return { element, enter: () => load(body) };
}

async function load(body) {
  try {
    const figures = await get('/stats');
    const rate = figures.reply_rate;
    body.replaceChildren(
      h('dl', { class: 'figures' }, SHOWN.filter((name) => typeof figures[name] === 'number').map((name) =>
        h('div', {}, h('dt', {}, t(`stats-${name}`)), h('dd', {}, number(figures[name]))))),
      h('p', { class: 'soft' }, typeof rate === 'number' ? t('reply-rate', { share: share(rate) }) : t('reply-rate-none')),
      h('p', { class: 'soft' }, t('stats-as-of', { time: midnight() })),
      h('p', { class: 'soft' }, t('stats-words')));
  } catch (cause) {
    body.replaceChildren(missing(cause, () => load(body)));
  }
}
