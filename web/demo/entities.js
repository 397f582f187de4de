// Formatting as Telegram tells it: ranges over the text, in UTF-16 units, as JavaScript counts too. Elements are
// built around text nodes; links stay text.

import { h } from './dom.js';
import { label } from './i18n.js';

const TAGS = {
  bold: 'strong', italic: 'em', underline: 'u', strikethrough: 's', code: 'code', pre: 'pre', blockquote: 'blockquote',
  expandable_blockquote: 'blockquote',
};
// As in Telegram, a command in a text can be tapped.
const COMMAND = /(^|\s)(\/[a-z_]{2,32})(?=$|[\s.,!?])/g;

function plain(text, onCommand) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(COMMAND)) {
    const from = found.index + found[1].length;
    nodes.push(text.slice(at, from));
    nodes.push(h('button', { type: 'button', class: 'command', on: { click: () => onCommand(found[2]) } }, found[2]));
    at = from + found[2].length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((node) => node !== '');
}

function spoiler(children) {
  const show = (event) => {
    if (event.type === 'keydown' && event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    // The tap that reveals is not the tap that opens the message's menu.
    event.stopPropagation();
    element.classList.add('shown');
    ['role', 'tabindex', 'aria-label', 'data-label'].forEach((name) => element.removeAttribute(name));
    element.removeEventListener('click', show);
    element.removeEventListener('keydown', show);
  };
  const element = h('span', { class: 'spoiler', role: 'button', tabindex: 0, on: { click: show, keydown: show } },
    h('span', {}, children));
  return label(element, 'hidden-text');
}

function wrap(type, children) {
  if (type === 'spoiler') return spoiler(children);
  return h(TAGS[type], {}, children);
}

/** Nodes for `text` from `from` to `to` under `entities`, sorted outermost first. */
function range(text, from, to, entities, onCommand) {
  const nodes = [];
  let at = from;
  while (entities.length > 0) {
    const [entity, ...rest] = entities;
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (end <= start) {
      entities = rest;
      continue;
    }
    nodes.push(...plain(text.slice(at, start), onCommand));
    // What begins inside is drawn inside; what reaches beyond goes on after it.
    const inside = rest.filter((other) => other.offset < end);
    nodes.push(wrap(entity.type, range(text, start, end, inside, onCommand)));
    entities = rest.filter((other) => other.offset + other.length > end);
    at = end;
  }
  nodes.push(...plain(text.slice(at, to), onCommand));
  return nodes;
}

/** The nodes of a formatted text. */
export function formatted(text, entities, onCommand) {
  const known = entities
    .filter((entity) => entity.type in TAGS || entity.type === 'spoiler')
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
  return range(text, 0, text.length, known, onCommand);
}
