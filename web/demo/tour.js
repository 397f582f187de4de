// The guided tour: six things in about a minute, on the visitor's own two phones and through the real engine. It can be
// held, each step can be skipped, all of it ended. A step that cannot run says why, and the next one begins.

import { crash, engineState, openDesk } from './api.js';
import { playDating } from './dating.js';
import { h, pause } from './dom.js';
import { label, say, t } from './i18n.js';
import { buttonsOf, textOf } from './message.js';
import { operatorPhone } from './operator.js';
import { begin, finish, hold, mind, rhythm, stay } from './pace.js';
import { newest, play, tell } from './play.js';

const ANSWER_MS = 15_000;
/** How long a sentence stands at least, and the word on why a step could not run. */
const READ_MS = 1_500;
const WHY_MS = 3_500;

const nothing = () => {};
const button = (message, fits) => buttonsOf(message.json).flat().find(fits);
const begins = (with_) => ({ callback_data: data }) => data?.startsWith(with_);
const isBill = ({ url, pay }) => pay || /^https:\/\/t\.me\/\$/.test(url ?? '');

/** Does something, and resolves with the bot's first message after it that is `wanted`. */
async function after({ chat }, act, wanted) {
  const last = chat.last()?.message_id ?? 0;
  await act();
  return chat.until((c) => newest(c, (m) => m.message_id > last && wanted(m)), ANSWER_MS);
}

/** Presses a button of a message. */
function press(phone, message, data) {
  const key = phone.chat.rows.get(message.message_id)?.querySelector(`.key[data-key="${CSS.escape(data)}"]`);
  return phone.chat.press(message.message_id, data, key);
}

/** Says a command, and presses the button of its answer that begins so; what comes of that. */
async function choose(phone, command, data, wanted) {
  const answer = await after(phone, () => phone.composer.type(command), (m) => button(m, begins(data)));
  await rhythm(700);
  return after(phone, () => press(phone, answer, button(answer, begins(data)).callback_data), wanted);
}

/** Two people are on the phones who can meet each other. */
async function talk({ phones, anew }) {
  if (await play(phones, nothing)) return true;
  await anew();
  return play(phones, nothing);
}

/** Premium for simulated Stars, beside the running chat. */
async function buy({ phones: [one] }) {
  const bill = await choose(one, '/premium', 'bl:buy:', (m) => m.json.invoice || button(m, isBill));
  await rhythm(900);
  const row = one.chat.rows.get(bill.message_id);
  const key = [...row.querySelectorAll('.key')].find((k) => k.dataset.key === '' && !k.disabled);
  if (!key) return false;
  await after(one, () => key.click(), (m) => /№/.test(textOf(m.json)));
  return true;
}

/** A character answers; whoever plays the model says that it does. */
async function character({ phones: [one] }) {
  // Characters and people are not talked to at once.
  await after(one, () => one.composer.type('/stop'), () => true);
  await rhythm(600);
  await choose(one, '/characters', 'ch:new:', (m) => textOf(m.json) !== '' && !button(m, begins('ch:new:')));
  await rhythm(700);
  await after(one, () => one.composer.type(t('lines-character')), (m) => textOf(m.json).length > 0);
  await rhythm(1_200);
  await after(one, () => one.composer.type('/stop'), () => true);
  return true;
}

const dating = ({ phones }) => playDating(phones, nothing);

/** What operators see of all that, on a phone of their own. */
async function operators({ stage }) {
  await openDesk();
  const phone = await operatorPhone();
  mind();
  stage(phone);
  await stay(4_000);
  stage(null);
  return true;
}

/** One's session dies while the other writes; the words arrive. */
async function fall({ phones: [one, two], status }) {
  const of = (state) => state.sessions.find(({ user }) => user === two.person.id);
  const before = of(await engineState());
  if (!before) return false;
  document.querySelector(`.session[data-user="${two.person.id}"] .crash`)?.scrollIntoView({ block: 'nearest' });
  await crash(two.person.id);
  for (const until = performance.now() + ANSWER_MS; performance.now() < until; await pause(100)) {
    mind();
    if ((of(await engineState())?.restarts ?? 0) > before.restarts) break;
  }
  await rhythm(800);
  // In the chat that the match has opened; where there is none any more, two others talk.
  try {
    await tell(one, two, 'lines-after-crash');
  } catch (error) {
    if (error.message !== 'timeout') throw error;
    return false;
  }
  status('tour-nothing-lost');
  await stay(READ_MS);
  return true;
}

const STEPS = [
  ['talk', talk], ['buy', buy], ['character', character], ['dating', dating], ['operators', operators], ['fall', fall],
];

/** The bar below: which step, one sentence, what can be done about it. */
class Bar {
  constructor(act) {
    this.count = h('b', { class: 'tour-count' });
    this.words = h('p', { class: 'tour-words', role: 'status' });
    this.dots = STEPS.map(() => h('i'));
    const key = (name, does) => say(h('button', { type: 'button', class: 'plain', data: { tour: name }, on: { click: does } }), `tour-${name}`);
    this.holds = key('pause', () => this.toggle());
    this.act = act;
    this.element = h('section', { class: 'tour', on: { keydown: (event) => event.key === 'Escape' && act.end() } },
      h('div', { class: 'tour-line' }, this.count, this.words),
      h('div', { class: 'tour-keys' },
        h('span', { class: 'tour-dots', 'aria-hidden': 'true' }, this.dots),
        this.holds, key('skip', act.skip), key('end', act.end)));
    label(this.element, 'tour');
  }

  toggle(on = !this.held) {
    this.held = on;
    say(this.holds, on ? 'tour-go-on' : 'tour-pause');
    this.element.classList.toggle('held', on);
    hold(on);
  }

  show(at, key, values) {
    this.count.textContent = `${at + 1}/${STEPS.length}`;
    this.dots.forEach((dot, i) => { dot.className = i < at ? 'done' : i === at ? 'now' : ''; });
    say(this.words, key, values);
  }
}

const SKIPPED = 'skipped';
const ENDED = 'ended';

/**
 * Plays the tour. `room`: `{phones, anew, stage}`; `phones` is read anew for each step, `stage(element)` shows a phone
 * that is nobody's. Resolves with whether it came to its end.
 */
export async function tour(room) {
  let control = null;
  let isOver = false;
  const bar = new Bar({
    skip: () => {
      bar.toggle(false);
      control?.abort(new Error(SKIPPED));
    },
    end: () => {
      isOver = true;
      bar.toggle(false);
      control?.abort(new Error(ENDED));
    },
  });
  document.body.append(bar.element);
  bar.holds.focus({ preventScroll: true });
  try {
    for (const [at, [name, act]] of STEPS.entries()) {
      if (isOver) break;
      control = begin();
      bar.element.dataset.step = name;
      bar.show(at, `tour-${name}`);
      try {
        await stay(READ_MS);
        const status = (key) => bar.show(at, key);
        if ((await act({ ...room, phones: room.phones(), status })) === false) throw new Error('timeout');
        bar.dots[at].dataset.went = 'well';
      } catch (error) {
        if (![SKIPPED, ENDED].includes(error.message)) {
          bar.dots[at].dataset.went = 'not';
          bar.show(at, error.message === 'timeout' ? `tour-${name}-not` : 'tour-failed', { error: error.message });
          await why();
        }
      }
    }
    // All of it is done: that is seen for a moment.
    if (!isOver) await pause(READ_MS);
  } finally {
    finish();
    room.stage(null);
    room.phones().forEach((phone) => phone.app?.close());
    bar.element.remove();
  }
  return !isOver;
}

/** Why something could not run stands for a while. */
async function why() {
  try {
    await stay(WHY_MS);
  } catch {
    // Skipped: it was read.
  }
}
