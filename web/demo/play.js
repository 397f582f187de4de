// "Play it for me": walks two people through the first questions and lets them say hello, by the same buttons and
// the same field that the visitor has. It looks only at what a person sees: texts and buttons.

import { send } from './api.js';
import { t } from './i18n.js';
import { buttonsOf, textOf } from './message.js';
import { rhythm } from './pace.js';

const ANSWER_MS = 15_000;
const MEET_MS = 8_000;
const HELLO_MS = 10_000;

/** The bot's newest message that is `wanted`. */
export const newest = (chat, wanted) => chat.sorted().findLast((m) => m.from_bot && wanted(m));
const has = (message, data) => buttonsOf(message.json).flat().some((button) => button.callback_data === data);
// Only the note that somebody is found names both commands below a text without buttons.
const found = (message) => /\/next[\s\S]*\/stop/.test(textOf(message.json)) && buttonsOf(message.json).length === 0;
const searching = (message) => has(message, 's:stop');

/** Where the bot's newest word leaves a person. */
export function place(chat) {
  const last = newest(chat, (m) => found(m) || buttonsOf(m.json).length > 0);
  if (!last) return 'nowhere';
  if (found(last)) return 'chatting';
  return searching(last) ? 'searching' : 'asked';
}

const isQuestion = ({ callback_data: data }) => data?.startsWith('on:');

/** The button to press: of a first question the language that the page speaks, else the first; the search of whatever
 * else is there. Nothing is bought, rated or reported on the way. */
function wayOn(message) {
  const buttons = buttonsOf(message.json).flat();
  if (!buttons.some(isQuestion)) return buttons.find(({ callback_data: data }) => data === 's:go');
  return buttons.find((button) => button.text === t('chosen')) ?? buttons[0];
}

/** Answers whatever is asked until the person searches or chats. */
async function walk({ chat, person }) {
  for (let steps = 0; steps < 12; steps += 1) {
    await chat.until((c) => place(c) !== 'nowhere', ANSWER_MS);
    if (place(chat) !== 'asked') return;
    const message = newest(chat, (m) => buttonsOf(m.json).length > 0);
    const before = JSON.stringify(message.json.reply_markup);
    await rhythm(320);
    const data = wayOn(message)?.callback_data;
    if (data) {
      const button = chat.rows.get(message.message_id)?.querySelector(`.key[data-key="${CSS.escape(data)}"]`);
      await chat.press(message.message_id, data, button);
    } else {
      await send(person.id, { text: '/search' });
    }
    // Answered: other buttons there, or a newer word.
    await chat.until((c) => {
      const now = newest(c, (m) => found(m) || buttonsOf(m.json).length > 0);
      return now.message_id !== message.message_id || JSON.stringify(now.json.reply_markup) !== before;
    }, ANSWER_MS);
  }
  throw new Error('too many questions');
}

/** One says a line; resolves with the copy that the other one gets. */
export async function tell(from, to, key, replyTo) {
  const after = to.chat.last()?.message_id ?? 0;
  const words = t(key).replaceAll('||', '');
  await from.composer.type(t(key), replyTo);
  return to.chat.until((c) => newest(c, (m) => m.message_id > after && textOf(m.json) === words), HELLO_MS);
}

/** Plays on two phones; `status(key)` says what happens. `false`: these two do not meet. */
export async function play([one, two], status) {
  status('play-walk');
  await Promise.all([walk(one), walk(two)]);
  status('play-search');
  const met = (phone) => phone.chat.until((chat) => place(chat) === 'chatting', MEET_MS);
  try {
    await Promise.all([met(one), met(two)]);
    status('play-talk');
    await rhythm(500);
    const hello = await tell(one, two, 'lines-hello');
    await rhythm(500);
    const answer = await tell(two, one, 'lines-answer', hello);
    await rhythm(400);
    await one.chat.react(answer.message_id, '❤');
    await tell(one, two, 'lines-reply', answer);
    await rhythm(400);
    await tell(two, one, 'lines-last');
  } catch (error) {
    // Other languages, a meeting not long ago, or somebody else was quicker.
    if (error.message === 'timeout') return false;
    throw error;
  }
  status('play-done');
  return true;
}
