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

/** Matches that were shown, or were there before. */
const shown = new Set();
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
  try {
    for (const match of await newest()) shown.add(match.token);
  } catch { /* None that could be read; then none is news either. */ }
  setInterval(look, LOOK_MS);
}

async function look() {
  if (document.hidden || !state.me) return;
  try {
    const before = state.me.matches;
    const me = know(await get('/me'));
    if (me.matches > before) await mutual();
  } catch { /* Next time. */ }
}

/** Shows the newest match that was not shown; `name` if the engine has just told of it. */
export async function mutual(name = null) {
  let match = null;
  try {
    match = (await newest()).find((one) => !shown.has(one.token)) ?? null;
  } catch { /* The name will do. */ }
  if (!match && !name) return;
  if (match) {
    if (shown.has(match.token)) return;
    shown.add(match.token);
  }
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
