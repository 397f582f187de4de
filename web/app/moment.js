// "It's mutual": shown once for each match, whoever's like was the second one.

import { get } from './api.js';
import { button, h } from './dom.js';
import { t } from './i18n.js';
import { photo } from './photos.js';
import { place, go } from './router.js';
import { announce } from './say.js';
import { sheet } from './sheet.js';
import { know, state } from './state.js';
import { haptic } from './tg.js';
import { openMatch } from './talk.js';

/** Matches that were told of in this life of the page, and those that were there before. */
const told = new Set();
const old = new Set();
/** How many there were when it was looked last, and those that were told of since. */
let counted = null;
/** How often is looked whether somebody has liked back, milliseconds. */
const LOOK_MS = 10_000;

const newest = async () => (await get('/matches')).matches;

/** Own photo, for the picture of two. */
async function own() {
  try {
    return await get('/profile');
  } catch {
    return null;
  }
}

/** The matches that are there already are no news. */
export async function begin() {
  counted = state.me?.matches ?? null;
  try {
    for (const match of await newest()) old.add(match.token);
  } catch { /* None that could be read: the newest will be the news. */ }
  setInterval(look, LOOK_MS);
}

async function look() {
  if (document.hidden || !state.me) return;
  try {
    const { matches } = know(await get('/me'));
    const many = matches - (counted ?? matches);
    const all = many > 0 ? await newest() : [];
    counted = matches;
    const news = all.filter(({ token }) => !told.has(token) && !old.has(token)).slice(0, many).reverse();
    news.forEach(({ token }) => told.add(token));
    for (const match of news) await show(match.name, match);
  } catch { /* Next time. */ }
}

/** The engine has just told of a match with `name`; once, however often it does. `token` is its name to this person. */
export async function mutual(name, token = null) {
  if (token && told.has(token)) return;
  if (token) {
    told.add(token);
    if (counted !== null && !old.has(token)) counted += 1;
  }
  let match = token && { token, name };
  try {
    const all = await newest();
    match = all.find((one) => (token ? one.token === token : !told.has(one.token) && !old.has(one.token))) ?? match;
  } catch { /* The name will do. */ }
  if (match) told.add(match.token);
  await show(match?.name ?? name, match);
}

async function show(name, match) {
  const me = await own();
  const mine = me?.photos?.find((shot) => shot.is_main) ?? me?.photos?.[0];
  haptic('success');
  announce(t('mutual-with', { name }));
  const answer = await sheet(t('mutual'), (close) => h('div', { class: 'stack' },
    h('div', { class: 'two', 'aria-hidden': 'true' },
      photo(me?.name ?? '♥', mine && { ...mine, is_checked: true }),
      photo(name, match?.photo && { url: match.photo, is_checked: match.is_checked }, '', true)),
    h('p', { class: 'lead' }, t('mutual-words', { name })),
    button('primary', t('write-now'), () => close('write')),
    button('quiet', t('keep-looking'), () => close())), 'moment');
  if (answer !== 'write') return;
  if (match) await openMatch(match);
  else if (place() !== 'matches') go('matches');
}
