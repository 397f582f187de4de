// The pile of cards: the uppermost can be moved, the one below is only seen.

import { makeCard } from './card.js';
import { calm, h } from './dom.js';
import { draggable } from './drag.js';

/** Cards that are in the page at once. */
const SHOWN = 2;
const AWAY = { like: ['130%', 18], super: ['0', 0], pass: ['-130%', -18], later: ['0', 0] };

export class Deck {
  #cards = new Map();
  #acts;
  #home = null;

  /** `acts`: `swiped(verdict)`, `more(card)`, `report(card)`. */
  constructor(acts) {
    this.#acts = acts;
    this.element = h('div', { class: 'deck' });
  }

  /** The uppermost card's element. */
  get top() {
    return this.element.querySelector('.card.top');
  }

  /** Shows the first of these. Those that are on the table stay as they are, with their photo turned. */
  show(cards) {
    const wanted = cards.slice(0, SHOWN);
    for (const [token, made] of this.#cards) {
      if (wanted.some((card) => card.token === token)) continue;
      this.#cards.delete(token);
      if (!made.element.classList.contains('flying')) made.element.remove();
    }
    wanted.forEach((card, i) => {
      const made = this.#cards.get(card.token) ?? this.#make(card);
      const isTop = i === 0;
      made.element.classList.toggle('top', isTop);
      made.element.inert = !isTop;
      made.element.setAttribute('aria-hidden', String(!isTop));
      made.element.tabIndex = isTop ? 0 : -1;
      if (isTop) this.#home = made.home;
    });
    if (!wanted[0]) return;
    const top = this.#cards.get(wanted[0].token).element;
    const isOver = (one) => top.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
    // The uppermost lies on the others and is not moved itself: that would take the focus off it.
    for (const card of wanted.slice(1)) {
      const { element } = this.#cards.get(card.token);
      if (isOver(element)) this.element.prepend(element);
    }
    for (const flying of this.element.querySelectorAll('.flying')) {
      if (!isOver(flying)) this.element.append(flying);
    }
  }

  #make(card) {
    const acts = { more: () => this.#acts.more(card), report: () => this.#acts.report(card) };
    const made = makeCard(card, acts);
    made.home = draggable(made.element, made.stamps, (verdict) => this.#acts.swiped(verdict));
    this.#cards.set(card.token, made);
    this.element.prepend(made.element);
    return made;
  }

  /** A drag that is under way ends where it began. */
  cancel() {
    this.#home?.();
  }

  /** The uppermost card leaves: aside as it was decided, from where the finger let it go. */
  away(token, verdict) {
    const made = this.#cards.get(token);
    if (!made) return;
    const { element } = made;
    this.#cards.delete(token);
    element.inert = true;
    element.setAttribute('aria-hidden', 'true');
    element.classList.remove('top');
    if (calm()) {
      element.remove();
      return;
    }
    element.classList.add('flying');
    const [x, turn] = AWAY[verdict];
    const y = verdict === 'super' ? '-120%' : verdict === 'later' ? '110%' : '0';
    const to = { transform: `translate3d(${x}, ${y}, 0) rotate(${turn}deg)` };
    const how = { duration: 320, easing: 'cubic-bezier(.3, .1, .6, 1)', fill: 'forwards' };
    const flight = element.animate([{ transform: element.style.transform || 'none' }, to], how);
    flight.finished.finally(() => element.remove());
  }
}
