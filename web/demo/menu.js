// A small menu inside a phone: arrow keys move, Escape and a tap elsewhere close it.

import { h } from './dom.js';
import { icon } from './icons.js';
import { drawn } from './message.js';

let open = null;

export function closeMenu() {
  open?.close();
}

/**
 * Opens a menu over `screen`, next to `anchor`. `reactions`: `[{emoji, label, on, act}]`, a row on top; `items`:
 * `[{icon, text, hint, act}]`.
 */
export function openMenu({ screen, anchor, back, items, reactions = [], title }) {
  closeMenu();
  const choose = (act) => () => {
    close();
    act();
  };
  const row = reactions.length === 0 ? null : h('div', { class: 'menu-reactions' }, reactions.map((reaction) =>
    h('button', {
      type: 'button', role: 'menuitemradio', 'aria-checked': String(reaction.on), 'aria-label': reaction.label,
      tabindex: -1, on: { click: choose(reaction.act) },
      }, drawn(reaction.emoji))));
  const list = items.map((item) => h('button', {
    type: 'button', role: 'menuitem', tabindex: -1, class: 'menu-item', on: { click: choose(item.act) },
  }, item.icon ? icon(item.icon) : null, h('span', {}, item.text), item.hint ? h('small', {}, item.hint) : null));
  const menu = h('div', { class: 'menu', role: 'menu', 'aria-label': title }, row, list);
  const cover = h('div', { class: 'menu-cover' }, menu);

  const entries = [...menu.querySelectorAll('button')];
  const move = (step) => {
    const at = entries.indexOf(document.activeElement);
    entries[(at + step + entries.length) % entries.length].focus();
  };
  const keys = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Tab: 1 };
  const onKey = (event) => {
    if (event.key === 'Escape') close();
    else if (event.key in keys) move(event.shiftKey ? -1 : keys[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  function close() {
    if (open?.cover !== cover) return;
    open = null;
    cover.remove();
    back?.focus({ preventScroll: true });
  }
  cover.addEventListener('click', (event) => event.target === cover && close());
  cover.addEventListener('keydown', onKey);
  open = { cover, close };
  screen.append(cover);
  place(menu, anchor, screen);
  entries[0]?.focus({ preventScroll: true });
}

/** Beside the anchor, but inside the screen. */
function place(menu, anchor, screen) {
  const outer = screen.getBoundingClientRect();
  const at = anchor.getBoundingClientRect();
  const own = menu.getBoundingClientRect();
  const gap = 8;
  const room = (low, wanted, high) => Math.max(low, Math.min(wanted, high));
  const below = at.bottom - outer.top + 4;
  const above = at.top - outer.top - own.height - 4;
  const top = below + own.height < outer.height - gap ? below : above;
  menu.style.top = `${room(gap, top, outer.height - own.height - gap)}px`;
  menu.style.left = `${room(gap, at.left - outer.left, outer.width - own.width - gap)}px`;
}
