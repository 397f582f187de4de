// The third tab: matches, the newest first, with a search; and each one's page.

import { get, write } from './api.js';
import { block, report, unmatch } from './acts.js';
import { album } from './album.js';
import { button, h } from './dom.js';
import { day, t } from './i18n.js';
import { icon } from './icons.js';
import { photo } from './photos.js';
import { problem } from './problems.js';
import { go, head, pop, push } from './router.js';
import { tell } from './say.js';
import { confirm } from './sheet.js';
import { missing, nothing, rows } from './states.js';
import { loadMe } from './state.js';
import { openMatch } from './talk.js';
import { haptic, openChat } from './tg.js';

/** A search begins so long after the last key, milliseconds. */
const TYPED_MS = 250;

const called = (match) => t('called', { name: match.name, age: match.age });
const shot = (match) => match.photo && { url: match.photo, is_checked: match.is_checked };
/** All of them; an engine of the version before tells of the first alone. */
const shots = (match) => match.photos ?? (match.photo ? [shot(match)] : []);

export function matches() {
  const body = h('div', { class: 'body' }, rows());
  const label = t('search');
  const search = h('input', { type: 'search', placeholder: label, 'aria-label': label, autocomplete: 'off', maxlength: 60 });
  const field = h('div', { class: 'search', hidden: true }, icon('search'), search);
  let timer = 0;
  let turn = 0;
  const load = async (after = null) => {
    const mine = ++turn;
    const q = search.value.trim();
    try {
      const page = await get(`/matches?${new URLSearchParams({ ...(q && { q }), ...(after && { after }) })}`);
      // Another search was begun meanwhile.
      if (mine === turn) show(page, q, after);
    } catch (cause) {
      if (mine === turn) body.replaceChildren(missing(cause, () => load()));
    }
  };
  const show = (page, q, after) => {
    body.querySelector('.next')?.remove();
    if (!q && !after) field.hidden = page.matches.length === 0;
    if (page.matches.length === 0 && !after) {
      const look = button('primary', t('to-cards'), () => go('discover'));
      body.replaceChildren(q
        ? nothing('search', t('not-found'), t('not-found-words'))
        : nothing('talk', t('no-matches'), t('no-matches-words'), [look]));
      return;
    }
    const list = after ? body.querySelector('ul') : h('ul', { class: 'rows' });
    list.append(...page.matches.map(row));
    if (!after) body.replaceChildren(list);
    if (page.next) body.append(button('quiet next', t('show-more'), () => load(page.next)));
  };
  search.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => load(), TYPED_MS);
  });
  const element = h('section', { class: 'page' }, head(t('tab-matches')), field, body);
  return { element, enter: () => load() };
}

function row(match) {
  const state = match.contacts === 'none' ? t('since', { day: day(match.since) }) : t(`contacts-${match.contacts}`);
  const lines = h('span', { class: 'two-lines' }, h('b', {}, called(match)), h('span', { class: 'soft' }, state));
  return h('li', {}, button('line', [photo(match.name, shot(match), '', true), lines, icon('forth')], () => push(() => one(match))));
}

/** The page of a match. */
export function one(match) {
  const contacts = h('div', { class: 'block' });
  const share = async (method, isSure) => {
    if (!(await isSure())) return;
    try {
      Object.assign(match, await write(method, `/matches/${match.token}/contacts`));
      haptic('success');
      if (match.contacts === 'open' && !match.username) await again();
      draw();
      tell(t(`contacts-${match.contacts}`));
    } catch (cause) {
      problem(cause);
    }
  };
  const again = async () => {
    const { matches: all } = await get('/matches');
    Object.assign(match, all.find((other) => other.token === match.token));
  };
  const draw = () => {
    const { name } = match;
    const sure = () => confirm(t('share-of', { name }), t('share-words'), t('share-yes'), 'primary');
    const give = button('choice', [icon('card'), h('span', {}, t('share'))], () => share('POST', sure));
    const take = button('choice', [icon('undo'), h('span', {}, t('share-back'))], () => share('DELETE', async () => true));
    const open = match.username
      ? button('choice', [icon('person'), h('span', {}, `@${match.username}`)], () => openChat(match.username))
      : h('p', { class: 'soft' }, t('no-username', { name }));
    contacts.replaceChildren(h('h2', {}, t('contacts')), h('p', { class: 'soft' }, t(`contacts-${match.contacts}-words`, { name })),
      { none: give, theirs: give, mine: take, open }[match.contacts] ?? '');
  };
  const leave = async (act) => {
    if (!(await act())) return;
    loadMe().catch(() => {});
    pop();
  };
  draw();
  const element = h('section', { class: 'page' }, head(called(match)),
    h('div', { class: 'body' },
      album(match.name, shots(match)),
      h('p', { class: 'soft centred' }, t('since', { day: day(match.since) })),
      button('primary', t('open-chat'), () => openMatch(match)),
      h('p', { class: 'soft centred' }, t('open-chat-words')),
      contacts,
      h('div', { class: 'block' }, h('h2', {}, t('safety')),
        button('choice', t('unmatch'), () => leave(() => unmatch(match))),
        button('choice', t('report'), () => leave(() => report('matches', match))),
        button('choice bad', t('block'), () => leave(() => block('matches', match))))));
  return { element };
}

/** The page of the match of that name, if there is one. */
export async function openByToken(token) {
  try {
    const { matches: all } = await get('/matches');
    const match = all.find((other) => other.token === token);
    if (match) push(() => one(match));
  } catch { /* The list says what is wrong. */ }
}
