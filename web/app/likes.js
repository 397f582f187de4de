// The second tab: who likes this person. How many, and, for who may see it, who.

import { get, write } from './api.js';
import { about, block, report } from './acts.js';
import { called, makeCard } from './card.js';
import { button, h } from './dom.js';
import { feed } from './feed.js';
import { offer } from './goods.js';
import { midnight, number, t } from './i18n.js';
import { icon } from './icons.js';
import { mutual } from './moment.js';
import { photo } from './photos.js';
import { problem } from './problems.js';
import { badge, go, head } from './router.js';
import { tell } from './say.js';
import { sheet } from './sheet.js';
import { missing, nothing, rows } from './states.js';
import { know, left, loadMe, sells, state } from './state.js';
import { close, haptic } from './tg.js';

/** Blurred shapes stand for at most so many. */
const SHADOWS = 6;

export function likes() {
  const body = h('div', { class: 'body' }, rows(3));
  const element = h('section', { class: 'page' }, head(t('tab-likes')), body);
  return { element, enter: () => load(body) };
}

async function load(body) {
  try {
    show(body, await get('/likes'));
  } catch (cause) {
    body.replaceChildren(missing(cause, () => load(body)));
  }
}

/** `9+` is told as it is; a number as a number. */
const count = (likers) => (typeof likers === 'number' ? number(likers) : String(likers));

/** The ways to see who it is. */
function locked(body) {
  if (!sells('dating_likers')) return [h('p', { class: 'soft' }, t('likes-locked')), button('primary', t('to-premium'), close)];
  const open = async () => {
    if (left('dating_likers') <= 0 && !(await offer('dating_likers'))) return;
    try {
      const opened = await write('POST', '/likes/open');
      show(body, opened);
      if (opened.cards.length === 0) tell(t('likes-none-open'));
      loadMe().catch(() => {});
    } catch (cause) {
      problem(cause);
    }
  };
  return [h('p', { class: 'soft' }, t('likes-for-a-day')), button('primary', t('likes-open', { n: left('dating_likers') }), open)];
}

/** Numbers of likes do not move with a like: that would tell whose it was. */
const asOf = () => h('p', { class: 'soft centred' }, t('likes-as-of', { time: midnight() }));

function show(body, { count: likers, cards }) {
  const none = likers === 0 || likers === '0';
  badge('likes', none ? null : count(likers));
  if (none) {
    const look = button('primary', t('to-cards'), () => go('discover'));
    body.replaceChildren(nothing('heart', t('no-likes'), t('no-likes-words'), [look]), asOf());
    return;
  }
  if (cards.length === 0) {
    const n = Number.parseInt(likers, 10);
    const shadow = (_, i) => h('span', { class: `shadow hue-${i % 5}` }, icon('heart'));
    const shadows = Array.from({ length: Math.min(SHADOWS, n) }, shadow);
    body.replaceChildren(
      h('p', { class: 'lead' }, t('likers', { n, count: count(likers) })), asOf(),
      h('div', { class: 'grid few', 'aria-hidden': 'true' }, shadows),
      ...(state.me?.can?.see_likers ? [h('p', { class: 'soft' }, t('likes-none-here'))] : locked(body)));
    return;
  }
  body.replaceChildren(h('p', { class: 'lead' }, t('likers', { n: Number.parseInt(likers, 10), count: count(likers) })), asOf(),
    h('ul', { class: 'grid' }, cards.map((card) => h('li', {},
      button('tile', [photo(card.name, card.photos[0], '', true), h('span', { class: 'under' }, called(card))],
        () => open(card, body))))));
}

/** One who likes this person: like back, or not. */
async function open(card, body) {
  const wanted = await sheet(called(card), (done) => h('div', { class: 'stack' },
    h('div', { class: 'deck still told' }, makeCard(card).element),
    card.bio && h('p', { class: 'words' }, card.bio),
    button('primary', t('like-back'), () => done('like')),
    button('choice', t('verdict-pass'), () => done('pass')),
    button('choice', t('more'), () => done('more')),
    button('quiet', t('close'), () => done())));
  if (!wanted) return;
  if (wanted === 'more') {
    const act = await about(card);
    if (act === 'report' && await report('cards', card)) await load(body);
    if (act === 'block' && await block('cards', card)) await load(body);
    return;
  }
  try {
    const answer = await write('POST', `/cards/${card.token}/verdict`, { verdict: wanted });
    haptic('medium');
    feed.drop(card.token);
    if (typeof answer.likes_left === 'number') know({ likes_left: answer.likes_left });
    if (answer.matched) {
      loadMe().catch(() => {});
      await mutual(answer.name ?? card.name, answer.match);
    } else {
      tell(t(wanted === 'like' ? 'liked' : 'passed', { name: card.name }));
    }
    await load(body);
  } catch (cause) {
    problem(cause);
  }
}
