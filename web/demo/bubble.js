// One message as an element. `room` is the chat it stands in: see chat.js.

import { h } from './dom.js';
import { formatted } from './entities.js';
import { label, language, say, t } from './i18n.js';
import { icon } from './icons.js';
import { mediaElement } from './media.js';
import { buttonsOf, drawn, entitiesOf, kindOf, lettersOf, reactionsOf, textOf } from './message.js';

function time(message) {
  const at = new Date(message.date * 1000);
  return at.toLocaleTimeString(language(), { hour: '2-digit', minute: '2-digit', hour12: false });
}

/** What is answered: whose, the first words, a way there. */
function quote(message, room) {
  const original = message.json.reply_to_message;
  if (!original) return null;
  const own = original.from?.id === room.person.id;
  const id = original.message_id;
  const words = message.json.quote?.text ?? (textOf(original) || t(kindOf(original)));
  const element = h('button', { type: 'button', class: 'quote', on: { click: (event) => {
    event.stopPropagation();
    room.goTo(id);
  } } },
  own ? say(h('b'), 'you') : h('b', {}, 'Nameless'),
  h('span', {}, words));
  return element;
}

function foot(message) {
  // Like Telegram: a screen that the bot changes under its buttons is not called edited.
  const edited = message.edited > 0 && buttonsOf(message.json).length === 0;
  return h('span', { class: 'foot' },
    edited ? say(h('span', { class: 'edited' }), 'edited') : null,
    h('time', { datetime: new Date(message.date * 1000).toISOString() }, time(message)),
    message.from_bot ? null : icon('tick'));
}

function reactions(message, room) {
  const list = reactionsOf(message);
  if (list.length === 0) return null;
  return h('span', { class: 'reactions' }, list.map(({ emoji, own }) => h('button', {
    type: 'button',
    class: own ? 'reaction own' : 'reaction',
    disabled: !own,
    'aria-label': t('react', { emoji }),
    on: { click: (event) => {
      event.stopPropagation();
      room.react(message.message_id, null);
    } },
  }, drawn(emoji))));
}

const isBill = (url) => /^https:\/\/t\.me\/\$/.test(url ?? '');

function keyboard(message, room) {
  const { invoice } = message.json;
  // As Telegram's apps do it: an invoice has a button of its own.
  const rows = invoice
    ? [[{ pay: true, text: `${t('pay')} · ${invoice.total_amount} ⭐` }]]
    : [...buttonsOf(message.json), ...lettersOf(message)];
  if (rows.length === 0) return null;
  const button = ({ text, callback_data: data, url, pay, web_app: app, sends }) => h('button', {
    type: 'button',
    class: app ? 'key opens' : 'key',
    // Of links only those to an invoice lead anywhere here.
    disabled: data === undefined && !pay && !app && !sends && !isBill(url),
    data: { key: data ?? '' },
    on: { click: ({ currentTarget: key }) => {
      if (app) room.act.app();
      else if (sends) room.send(sends);
      else if (data !== undefined) room.press(message.message_id, data, key);
      else room.pay(pay ? { message_id: message.message_id } : { url }, key);
    } },
  }, text);
  return h('div', { class: 'keyboard' }, rows.map((row) => h('div', { class: 'keys' }, row.map(button))));
}

/** The row of a message. */
export function bubble(message, room) {
  const { json } = message;
  const text = textOf(json);
  const media = mediaElement(json, room.person);
  const more = label(h('button', { type: 'button', class: 'more', 'aria-haspopup': 'menu' }, icon('more')), 'actions');
  const body = h('div', { class: `bubble ${media ? kindOf(json) : 'words'}${text ? ' captioned' : ''}` },
    quote(message, room),
    media,
    text ? h('div', { class: 'text', dir: 'auto' }, formatted(text, entitiesOf(json), (command) => room.say(command))) : null,
    reactions(message, room),
    foot(message),
    more);
  const open = (event) => {
    const inside = event.target.closest('button, video, a');
    if (inside && inside !== more) return;
    // Whoever marks words to copy them does not want a menu.
    if (!inside && !getSelection().isCollapsed) return;
    room.openMenu(message, body, more);
  };
  body.addEventListener('click', open);
  return h('div', {
    class: `row ${message.from_bot ? 'theirs' : 'own'}`,
    data: { id: message.message_id },
  }, body, keyboard(message, room));
}
