// "Play dating": two people like each other in the Mini App, talk in the bot, and agree to be known to each other. It
// presses what the visitor could press: buttons of the chat, and those of the app in its frame.

import { appOf, company, send } from './api.js';
import { calm, pause } from './dom.js';
import { language, t } from './i18n.js';
import { buttonsOf, textOf } from './message.js';
import { mind, rhythm } from './pace.js';
import { newest, place, tell } from './play.js';

const ANSWER_MS = 15_000;
const GLANCE_MS = 60;
/** The app of whoever liked first looks for news every ten seconds. */
const MUTUAL_MS = 30_000;
/** Nobody looks through more cards than this. */
const CARDS = 40;

// What their cards say beside the name; the words are the page's.
const CARDS_OF = [
  { birth: '1999-05-14', interests: ['books', 'films', 'travel'] },
  { birth: '1997-11-02', interests: ['films', 'music', 'travel'] },
];

const has = (message, wanted) => buttonsOf(message.json).flat().some(wanted);
const isQuestion = ({ callback_data: data }) => data?.startsWith('on:');
const opensApp = (button) => button.web_app !== undefined;

/** Waits for something of a page in a frame; it may be on its way. */
async function seen(look, ms = ANSWER_MS) {
  for (const until = performance.now() + ms; performance.now() < until;) {
    const found = look();
    if (found) return found;
    await pause(GLANCE_MS);
    mind();
  }
  throw new Error('timeout');
}

const inApp = (phone, selector, ms) => seen(() => phone.app?.page?.querySelector(selector), ms);

async function tap(phone, selector, ms) {
  const found = await inApp(phone, selector, ms);
  await rhythm(450);
  // What was found may have been drawn anew meanwhile.
  (phone.app?.page?.querySelector(selector) ?? found).click();
}

/** Answers the first questions, and leaves whatever search or chat there is. */
async function settle({ chat, person }) {
  await chat.until((c) => c.last()?.from_bot, ANSWER_MS);
  for (let steps = 0; steps < 12; steps += 1) {
    const message = newest(chat, (m) => buttonsOf(m.json).length > 0);
    if (!message || !has(message, isQuestion)) break;
    const before = JSON.stringify(message.json.reply_markup);
    await rhythm(220);
    // The first way on: in the language of this phone, which the bot and the app speak from then on.
    const [{ callback_data: data }] = buttonsOf(message.json).flat();
    const row = chat.rows.get(message.message_id);
    await chat.press(message.message_id, data, row?.querySelector(`.key[data-key="${CSS.escape(data)}"]`));
    await chat.until((c) => {
      const now = newest(c, (m) => buttonsOf(m.json).length > 0);
      return now?.message_id !== message.message_id || JSON.stringify(now.json.reply_markup) !== before;
    }, ANSWER_MS);
  }
  if (!['chatting', 'searching'].includes(place(chat))) return;
  const after = chat.last().message_id;
  await send(person.id, { text: '/stop' });
  await chat.until((c) => newest(c, (m) => m.message_id > after), ANSWER_MS);
}

/** Makes sure of a card; `{name, matches}`. */
async function carded({ person }, slot) {
  const app = await appOf(person.id);
  const me = await app('GET', '/me');
  if (!me.has_profile) {
    await app('PUT', '/profile', {
      ...CARDS_OF[slot % CARDS_OF.length], name: person.name[language()], bio: t(`card-${slot % CARDS_OF.length}`),
      gender: person.gender ?? 'other', wants: ['female', 'male', 'other'], city: 'moscow', goal: 'dates',
      age_range: [18, 60], distance: null,
    });
  }
  return { name: (await app('GET', '/profile')).name, matches: me.matches };
}

/** /dating, and its button that opens the app. */
async function open(phone) {
  phone.app?.close();
  const after = phone.chat.last()?.message_id ?? 0;
  await phone.composer.type('/dating');
  const message = await phone.chat.until((c) => newest(c, (m) => m.message_id > after && has(m, opensApp)), ANSWER_MS);
  await rhythm(500);
  phone.chat.rows.get(message.message_id).querySelector('.key.opens').click();
  await inApp(phone, '.deck .card.top, .nothing');
}

/** Swipes until the card of `name` is liked; `false`: they are not among the cards. */
async function swipe(phone, name) {
  for (let at = 0; at < CARDS; at += 1) {
    await rhythm(500);
    const shown = await inApp(phone, '.deck .card.top, .nothing');
    const called = shown.getAttribute('aria-label');
    if (!called) return false;
    const isWanted = called.startsWith(`${name},`);
    (await inApp(phone, isWanted ? '.of-like' : '.of-pass')).click();
    if (isWanted) return true;
    // The app takes a second tap at once for the first one's.
    await pause(calm() ? 400 : 650);
    await seen(() => phone.app?.page?.querySelector('.deck .card.top, .nothing') !== shown);
  }
  return false;
}

/** Opens the app at the match's page, and lets them know who one is. */
async function share(phone) {
  phone.openApp();
  await tap(phone, '[data-tab=matches]');
  await tap(phone, '.rows .line');
  await tap(phone, '.block .choice');
  await tap(phone, 'dialog[open] .primary');
  // That it is done: another word stands where the button was.
  await seen(() => !phone.app?.page?.querySelector('dialog[open]'));
}

/** The bot's word on who a match is. */
const isKnown = (message) => /@\w+/.test(textOf(message.json));

/** Plays on two phones; `status(key)` says what happens. `false`: these two cannot meet. */
export async function playDating(phones, status) {
  const two = phones.slice(0, 2);
  const [one, other] = two;
  status('date-cards');
  const [cards] = await Promise.all([
    Promise.all(two.map(async (phone, slot) => {
      await settle(phone);
      return carded(phone, slot);
    })),
    company(language()),
  ]);
  if (cards.some(({ matches }) => matches > 0)) return false;
  status('date-open');
  await Promise.all(two.map(open));
  status('date-swipe');
  const [mine, theirs] = cards;
  const found = await Promise.all([swipe(one, theirs.name), swipe(other, mine.name)]);
  if (found.includes(false)) return false;
  await Promise.all(two.map((phone) => inApp(phone, 'dialog.moment[open]', MUTUAL_MS)));
  status('date-mutual');
  await rhythm(1_600);
  await tap(other, 'dialog.moment .quiet');
  await tap(one, 'dialog.moment .primary');
  await seen(() => !one.app);
  await rhythm(500);
  other.app?.close();
  status('date-talk');
  const hello = await tell(one, other, 'lines-date');
  await rhythm(500);
  await tell(other, one, 'lines-date-answer', hello);
  await rhythm(900);
  status('date-share');
  const after = two.map((phone) => phone.chat.last().message_id);
  await Promise.all(two.map(share));
  // The apps stay open until then: one that is closed takes what it has not sent along.
  await Promise.all(two.map((phone, i) =>
    phone.chat.until((c) => newest(c, (m) => m.message_id > after[i] && isKnown(m)), ANSWER_MS)));
  await rhythm(900);
  two.forEach((phone) => phone.app?.close());
  status('date-done');
  return true;
}
