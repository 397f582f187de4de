// A card: photos that a tap turns, and on them who it is and why this person.

import { h } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { photo, prepare } from './photos.js';
import { announce } from './say.js';
import { listed, named } from './state.js';
import { haptic } from './tg.js';

/** Names longer than this are set smaller. */
const LONG = 16;

export const called = (card) => t('called', { name: card.name, age: card.age });

const chip = (sign, text, kind = '') => h('li', { class: kind }, sign && icon(sign), h('span', {}, text));

const goalOf = (card) => (card.goal === null || card.goal === undefined ? '' : named('goals', card.goal));

/** Why this person: in words, never a number that would tell a filter. */
export function reasons(card, isOwn = false) {
  const shared = (card.shared ?? []).map((id) => named('interests', id));
  const goal = goalOf(card);
  return h('ul', { class: 'chips' },
    !isOwn && card.fit && chip(null, t(`fit-${card.fit}`), 'fit'),
    !isOwn && chip('pin', t(`band-${card.band}`)),
    goal && chip('goal', !isOwn && card.same_goal ? t('same-goal', { goal }) : goal),
    shared.length > 0 && chip('heart', isOwn ? listed(shared) : t('shared', { list: listed(shared) })));
}

/** The same as short as the card's own face has room for: all of it is behind "more". */
function plate(card, isOwn) {
  const shared = (card.shared ?? []).map((id) => named('interests', id));
  const line = [!isOwn && t(`band-${card.band}`), goalOf(card)].filter(Boolean);
  return [
    card.is_super && h('p', { class: 'fit' }, t('super-for-you')),
    !isOwn && !card.is_super && card.fit && h('p', { class: 'fit' }, t(`fit-${card.fit}`)),
    h('h2', { class: [...card.name].length > LONG ? 'long' : '' }, called(card),
      card.is_online && h('span', { class: 'online' }, t('online'))),
    line.length > 0 && h('p', { class: 'where' }, line.join(' · ')),
    shared.length > 0 && h('p', { class: 'both' }, icon('heart'),
      h('span', {}, isOwn ? listed(shared) : t('shared', { list: listed(shared) }))),
    card.bio && h('p', { class: 'bio' }, card.bio),
  ];
}

function stamps() {
  return {
    like: h('span', { class: 'stamp like', 'aria-hidden': 'true' }, t('stamp-like')),
    pass: h('span', { class: 'stamp pass', 'aria-hidden': 'true' }, t('stamp-pass')),
  };
}

/** `{element, stamps}`; `acts`: `more` and `report` of a card that is somebody else's. */
export function makeCard(card, acts = {}) {
  const { photos } = card;
  let at = 0;
  const frame = h('div', { class: 'shots' });
  const bars = h('div', { class: 'bars', 'aria-hidden': 'true' }, photos.length > 1 ? photos.map(() => h('i')) : []);
  const show = () => {
    const alt = t('photo-alt', { name: card.name, n: at + 1, of: photos.length });
    frame.replaceChildren(photo(card.name, photos[at], alt));
    [...bars.children].forEach((bar, i) => bar.classList.toggle('now', i === at));
  };
  const turn = (step) => {
    const next = Math.min(photos.length - 1, Math.max(0, at + step));
    if (next === at) return;
    at = next;
    haptic('selection');
    show();
    announce(t('photo-alt', { name: card.name, n: at + 1, of: photos.length }));
    // Whoever turned one turns the next.
    if (photos[at + step]) prepare(photos[at + step].url);
  };
  const zone = (kind, step) => h('button', {
    type: 'button', class: `turn ${kind}`, 'aria-label': t(kind), on: { click: () => turn(step) },
  });
  const marks = stamps();
  show();
  const element = h('article', { class: 'card', tabindex: '-1', 'aria-label': called(card) },
    frame, bars,
    photos.length > 1 && [zone('earlier', -1), zone('later-photo', 1)],
    card.is_widened && h('p', { class: 'widened' }, t('widened')),
    acts.report && h('button', {
      type: 'button', class: 'flag own-tap', 'aria-label': t('report-of', { name: card.name }), on: { click: acts.report },
    }, icon('flag')),
    h('div', { class: 'plate' }, plate(card, acts.isOwn)),
    acts.more && h('button', {
      type: 'button', class: 'more own-tap', 'aria-label': t('more-of', { name: card.name }), on: { click: acts.more },
    }, icon('more')),
    marks.like, marks.pass);
  return { element, stamps: marks };
}
