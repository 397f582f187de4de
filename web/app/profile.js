// The fourth tab: the own card, what would make it better, and ways to everything else about oneself.

import { get, write } from './api.js';
import { makeCard } from './card.js';
import { button, h } from './dom.js';
import { edit } from './edit.js';
import { feed } from './feed.js';
import { knows, number, t } from './i18n.js';
import { icon } from './icons.js';
import { photo } from './photos.js';
import { problem } from './problems.js';
import { again, head, push } from './router.js';
import { tell } from './say.js';
import { settings } from './settings.js';
import { confirm, sheet } from './sheet.js';
import { stats } from './stats.js';
import { missing, rows } from './states.js';
import { know, loadLists, state } from './state.js';
import { haptic } from './tg.js';

export function profile() {
  const body = h('div', { class: 'body' }, rows(4));
  const element = h('section', { class: 'page' }, head(t('tab-profile')), body);
  return { element, enter: () => load(body) };
}

async function load(body) {
  try {
    const [mine] = await Promise.all([get('/profile'), loadLists()]);
    show(body, mine);
  } catch (cause) {
    body.replaceChildren(missing(cause, () => load(body)));
  }
}

const line = (sign, label, act, kind = '') =>
  h('li', {}, button(`line ${kind}`, [icon(sign), h('span', { class: 'grow' }, label), icon('forth')], act));

function show(body, mine) {
  const main = mine.photos.find((shot) => shot.is_main) ?? mine.photos[0];
  const hints = (mine.hints ?? []).filter((word) => knows(`hint-${word}`));
  body.replaceChildren(
    h('div', { class: 'me' },
      photo(mine.name, main && { ...main, is_checked: true }, t('own-photo', { n: 1 })),
      h('div', { class: 'two-lines' }, h('h2', {}, mine.name), h('span', { class: 'soft' }, mine.place?.label ?? ''))),
    typeof mine.complete === 'number' && mine.complete < 100 && complete(mine.complete, hints),
    state.me?.is_hidden ? h('p', { class: 'note' }, t('hidden-words')) : '',
    h('ul', { class: 'menu' },
      line('card', t('preview'), preview),
      line('pencil', t('edit'), () => push(() => edit('card'))),
      line('search', t('wishes'), () => push(() => edit('wishes'))),
      line('gear', t('settings'), () => push(settings)),
      line('chart', t('stats'), () => push(stats))),
    h('ul', { class: 'menu' },
      line('moon', t(state.me?.is_paused ? 'come-back' : 'pause'), pause),
      line('bin', t('delete'), remove, 'bad')));
}

function complete(share, hints) {
  const range = { 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': share };
  return h('div', { class: 'block' },
    h('div', { class: 'between' }, h('h2', { id: 'complete' }, t('complete')), h('b', {}, `${number(share)} %`)),
    h('div', { class: 'meter', role: 'progressbar', 'aria-labelledby': 'complete', ...range },
      h('i', { style: { width: `${share}%` } })),
    hints.length > 0 && h('ul', { class: 'hints' }, hints.map((word) => h('li', {}, t(`hint-${word}`)))));
}

/** The own card as others see it. */
async function preview() {
  try {
    const card = await get('/profile/preview');
    await sheet(t('preview'), (close) => h('div', { class: 'stack' },
      h('div', { class: 'deck still' }, makeCard(card, { isOwn: true }).element),
      button('quiet', t('close'), () => close())), 'tall');
  } catch (cause) {
    problem(cause);
  }
}

async function pause() {
  const on = !state.me?.is_paused;
  if (on && !(await confirm(t('pause'), t('pause-words'), t('pause-yes'), 'primary'))) return;
  try {
    know(await write('POST', '/profile/pause', { on }));
    haptic('success');
    tell(t(on ? 'paused-now' : 'resumed-now'));
    feed.renew();
    again();
  } catch (cause) {
    problem(cause);
  }
}

/** Deleting is asked once more in the chat: the app alone cannot. */
async function remove() {
  if (!(await confirm(t('delete'), t('delete-words'), t('delete-yes')))) return;
  try {
    await write('DELETE', '/profile');
    tell(t('delete-asked'));
  } catch (cause) {
    problem(cause);
  }
}
