// The page: who is it, what do they need first, where did the link lead.

import { begin as beginSession, doors, get } from './api.js';
import { discover } from './discover.js';
import { h } from './dom.js';
import { feed } from './feed.js';
import { channel, failed, forbidden, noAccount, off, outside, stale, tooYoung } from './gate.js';
import { guess, speak, t } from './i18n.js';
import { later, prepareAll } from './later.js';
import { begin as watch } from './moment.js';
import { problem } from './problems.js';
import { badge, go, push, start } from './router.js';
import { tell } from './say.js';
import { heard, loadLists, loadMe, queue, state } from './state.js';
import { begin, initData, startParam } from './tg.js';
import { follow } from './theme.js';

const at = (id) => document.getElementById(id);

/** What is waiting for a connection. */
function waiting() {
  const { isStuck, waiting: n } = queue;
  const line = at('offline');
  // What waits for the channel does not wait for a connection.
  const isShown = (isStuck && n > 0 && !isGated) || !navigator.onLine;
  line.hidden = !isShown;
  line.textContent = isShown ? (n > 0 ? t('waiting', { n }) : t('offline')) : '';
}

function badges() {
  const { likers } = state.me;
  badge('likes', likers && likers !== '0' ? String(likers) : null);
}

/** Where a link of ours leads. */
async function lead(word) {
  const [, name, token] = /^(\w+?)(?:[:_-]([\da-f]{1,64}))?$/.exec(word) ?? [];
  if (name === 'match' && token) {
    go('matches');
    const { openByToken } = await import('./matches.js');
    await openByToken(token);
  } else if (['matches', 'profile', 'likes'].includes(name)) {
    go(name);
  } else if (name === 'settings' || name === 'stats') {
    go('profile');
    push((await import(`./${name}.js`))[name]);
  }
}

async function inside(where) {
  isInside = true;
  start({ discover, likes: later('likes'), matches: later('matches'), profile: later('profile') });
  go('discover', true);
  badges();
  heard.addEventListener('me', badges);
  await lead(where ?? startParam);
  watch();
  prepareAll();
}

/** Whether the page is one with tabs, which can be gone back to. */
let isInside = false;
/** Whether the operator's channel has to be joined before anything else is shown. */
let isGated = false;

/** The operator's channel comes first. */
function gated(link) {
  if (isGated) return;
  isGated = true;
  channel(link, joined);
}

/** They say that they have joined: the engine knows whether it is so. */
async function joined() {
  try {
    await get('/cards?limit=1');
  } catch (cause) {
    if (cause.code === 'channel') tell(t('channel-not-yet'));
    else if (cause.code !== 'no_profile') problem(cause);
    if (cause.code !== 'no_profile') return;
  }
  isGated = false;
  queue.hurry();
  if (!isInside) {
    await open();
    return;
  }
  feed.renew();
  // Not quietly: what had the focus is gone.
  go('discover');
}

async function open() {
  const ghost = h('div', { class: 'card ghost', role: 'status', 'aria-label': t('loading') });
  at('main').replaceChildren(h('section', { class: 'discover' }, h('div', { class: 'table' }, ghost)));
  try {
    const session = await beginSession();
    speak(session.lang);
    document.title = t('title');
    // What was given before the page was closed leaves first, so that it is not shown again.
    await queue.load();
    // Asked for at once: cards do not wait for each other.
    const [me] = await Promise.all([loadMe(), loadLists(), feed.fill()]);
    waiting();
    // Asked for before this module was there: nobody has heard of it yet.
    if (feed.cause?.code === 'channel') gated(feed.cause.link);
    if (isGated) return;
    if (me.needs_account) noAccount();
    else if (me.has_profile) await inside(session.start);
    else await (await import('./onboard.js')).onboard(me.question, () => inside(session.start));
  } catch (cause) {
    const ends = { stale, signature: stale, session: stale, forbidden, too_young: tooYoung, no_account: noAccount, off };
    (ends[cause.code] ?? (() => failed(open)))();
  }
}

guess();
document.title = t('title');
begin();
follow();
queue.addEventListener('change', waiting);
window.addEventListener('online', waiting);
window.addEventListener('offline', waiting);
doors.addEventListener('shut', stale);
doors.addEventListener('channel', ({ link }) => gated(link));
if (initData) open();
else outside();
