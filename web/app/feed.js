// The cards ahead: fetched before they run out, decided at once, put back where the engine does not agree.

import { get, newKey, write } from './api.js';
import { prepare } from './photos.js';
import { queue } from './state.js';

/** Fewer than this, and more are fetched. */
const LOW = 4;
const HAND = 10;
/** Decided cards that can still be put back. */
const REMEMBERED = 60;

class Feed extends EventTarget {
  cards = [];
  /** `loading`, `ok`, `dry`, `spent`, `paused`, `hidden`, or `failed`. */
  state = 'loading';
  /** Why the last cards did not come. */
  cause = null;
  #decided = new Map();
  #last = null;
  /** The key of a step back whose answer was lost: it may have been taken. */
  #undoing = null;
  #filling = null;

  constructor() {
    super();
    queue.addEventListener('refused', ({ detail }) => this.#refused(detail));
    queue.addEventListener('rest', () => { if (this.cards.length === 0 && queue.waiting === 0) this.fill(); });
  }

  #change() {
    // The last one is gone, and more are on their way.
    if (this.cards.length === 0 && this.state === 'ok') this.state = 'loading';
    this.dispatchEvent(new Event('change'));
  }

  /** Fetches more. */
  fill() {
    this.#filling ??= this.#fetch().finally(() => { this.#filling = null; });
    return this.#filling;
  }

  async #fetch() {
    try {
      this.cause = null;
      const { cards, state } = await get(`/cards?limit=${HAND}`);
      const known = new Set([...this.cards.map((card) => card.token), ...this.#decided.keys()]);
      const fresh = cards.filter((card) => !known.has(card.token) && !queue.met(card.token));
      this.cards.push(...fresh);
      // The engine serves a card until it has heard of the verdict.
      this.state = state === 'ok' && this.cards.length === 0 ? 'dry' : state;
      for (const card of this.cards.slice(0, 3)) if (card.photos[0]) prepare(card.photos[0].url);
    } catch (cause) {
      this.cause = cause;
      if (this.cards.length === 0) this.state = 'failed';
    }
    this.#change();
  }

  /** Everything anew: the person's wishes are others now. */
  async renew() {
    this.cards = [];
    this.state = 'loading';
    this.#change();
    await this.#filling?.catch(() => {});
    this.cards = [];
    await this.fill();
  }

  /** The uppermost card is decided. */
  decide(verdict) {
    const [card] = this.cards;
    if (!card || !queue.add(card.token, verdict)) return null;
    this.cards.shift();
    this.#remember(card);
    this.#last = card;
    this.#undoing = null;
    if (this.cards[2]?.photos[0]) prepare(this.cards[2].photos[0].url);
    if (this.cards.length < LOW) this.fill();
    this.#change();
    return card;
  }

  #remember(card) {
    this.#decided.set(card.token, card);
    if (this.#decided.size > REMEMBERED) this.#decided.delete(this.#decided.keys().next().value);
  }

  /** The uppermost card is dealt with otherwise: reported or blocked. */
  drop(token) {
    this.#undoing = null;
    this.cards = this.cards.filter((card) => card.token !== token);
    if (this.cards.length < LOW) this.fill();
    this.#change();
  }

  /** A card that was decided, as long as it is remembered. */
  recall(token) {
    return this.#decided.get(token) ?? null;
  }

  #back(card) {
    this.#decided.delete(card.token);
    queue.forget(card.token);
    this.cards = [card, ...this.cards.filter((other) => other.token !== card.token)];
    this.#change();
  }

  #refused({ token, verdict, problem }) {
    const card = this.recall(token);
    const isGone = problem.status === 410 || problem.status === 404;
    // Nothing of it is with the engine: an undo would take back the one before.
    if (this.#last?.token === token) this.#last = null;
    if (card && !isGone) this.#back(card);
    if (!card && !isGone) {
      // Of an earlier life of the page: the engine has the card.
      queue.forget(token);
      this.fill();
    }
    this.dispatchEvent(new CustomEvent('refused', { detail: { verdict, code: isGone ? 'gone' : problem.code } }));
  }

  /** Whether the last verdict has not left yet: taking it back costs nothing. */
  get isUnsent() {
    return Boolean(this.#last && queue.waits(this.#last.token));
  }

  /** Takes the last verdict back; the card, or a problem is thrown. */
  async undo() {
    const last = this.#last;
    if (last && queue.take(last.token)) {
      this.#last = null;
      this.#back(last);
      return last;
    }
    await queue.settled();
    if (queue.waiting > 0) throw Object.assign(new Error('offline'), { code: 'offline' });
    // The same step as before, if nobody knows what became of that: not one more.
    this.#undoing ??= newKey();
    const { card } = await write('POST', '/undo', undefined, this.#undoing).catch((cause) => {
      if (!cause.passes && cause.status !== 401) this.#undoing = null;
      throw cause;
    });
    this.#undoing = null;
    this.#last = null;
    if (card) this.#back(card);
    return card;
  }
}

export const feed = new Feed();
