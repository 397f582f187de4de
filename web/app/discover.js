// The first tab: the deck, and buttons that do all that a swipe does.

import { about, block, report } from './acts.js';
import { called } from './card.js';
import { Deck } from './deck.js';
import { button, h } from './dom.js';
import { feed } from './feed.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { mutual } from './moment.js';
import { problem } from './problems.js';
import { go, place } from './router.js';
import { announce, tell } from './say.js';
import { nothing } from './states.js';
import { heard, know, left, loadMe, queue, sells, state } from './state.js';
import { haptic } from './tg.js';
import { write } from './api.js';

/** Likes left are told from so few on. */
const FEW = 10;
/** Offers packs of something: that page comes when it is wanted. */
const offer = async (good) => (await import('./goods.js')).offer(good);
/** A second tap within this time is the first one's, milliseconds. */
const DOUBLE_MS = 350;

let page = null;

queue.addEventListener('done', ({ detail: { token, verdict, answer } }) => {
  // What it used up is the engine's to say.
  if (verdict === 'super' || answer?.likes_left === 0) loadMe().catch(() => {});
  if (typeof answer?.likes_left === 'number') know({ likes_left: answer.likes_left });
  if (answer?.matched) {
    loadMe().catch(() => {});
    mutual(answer.name ?? feed.recall(token)?.name, answer.match);
  }
});

feed.addEventListener('refused', ({ detail: { code } }) => {
  if (code === 'spent') know({ likes_left: 0 });
  haptic('warning');
  tell(t(code === 'gone' ? 'gone' : `refused-${['spent', 'not_entitled'].includes(code) ? code : 'other'}`));
});

/** The page of the tab. */
export function discover() {
  page ??= new Discover();
  return page;
}

class Discover {
  #deck = new Deck({
    swiped: (verdict) => this.#decide(verdict),
    more: (card) => this.#about(card),
    report: (card) => this.#report(card),
  });
  #table = h('div', { class: 'table' });
  #buttons = h('div', { class: 'verdicts', role: 'group', 'aria-label': t('verdicts') });
  #left = h('p', { class: 'likes-left' });
  #lastTap = -DOUBLE_MS;
  #isShown = false;

  constructor() {
    const title = h('h1', { class: 'unseen', tabindex: '-1' }, t('tab-discover'));
    this.element = h('section', { class: 'discover' }, title, this.#table, this.#left, this.#buttons);
    const act = (name, kind, verdict) => this.#button(name, kind, () => this.#tapped(verdict));
    this.undo = this.#button('undo', 'round', () => this.#undo());
    this.pass = act('pass', 'round big', 'pass');
    this.like = act('like', 'round big accent', 'like');
    this.later = act('later', 'round', 'later');
    this.best = act('super', 'round', 'super');
    this.#buttons.append(this.undo, this.pass, this.best, this.like, this.later);
    feed.addEventListener('change', () => this.#draw());
    heard.addEventListener('me', () => this.#draw());
    document.addEventListener('keydown', (event) => this.#key(event));
    document.addEventListener('visibilitychange', () => { if (document.hidden) this.#deck.cancel(); });
    this.#draw();
  }

  #button(name, kind, act) {
    const sign = { undo: 'undo', pass: 'cross', like: 'heart', later: 'clock', super: 'star' }[name];
    const label = t(`verdict-${name}`);
    return button(`${kind} of-${name}`, icon(sign), act, { 'aria-label': label, title: label });
  }

  enter() {
    this.#isShown = true;
    if (feed.state === 'loading' || feed.cards.length === 0) feed.fill();
    this.#draw();
  }

  leave() {
    this.#deck.cancel();
    this.#isShown = false;
  }

  #draw() {
    const { cards } = feed;
    const hasCards = cards.length > 0;
    this.#buttons.hidden = !hasCards && feed.state !== 'dry' && feed.state !== 'spent';
    // Which of them there are is known with `me`: no button moves under a finger.
    this.#buttons.classList.toggle('unknown', !state.me);
    for (const one of [this.pass, this.like, this.later, this.best]) one.hidden = !hasCards;
    this.best.hidden ||= !state.me?.can?.super_like && !sells('dating_super');
    this.undo.hidden = state.me?.can?.undo === false && !sells('dating_undo');
    const likes = state.me?.likes_left;
    this.#left.textContent = hasCards && typeof likes === 'number' && likes <= FEW ? t('likes-left', { n: likes }) : '';
    if (hasCards) {
      if (this.#table.firstChild !== this.#deck.element) this.#table.replaceChildren(this.#deck.element);
      this.#deck.show(cards);
    } else if (this.#table.dataset.state !== feed.state) {
      this.#table.replaceChildren(this.#empty());
    }
    this.#table.dataset.state = hasCards ? 'cards' : feed.state;
  }

  #empty() {
    if (feed.state === 'loading') return h('div', { class: 'card ghost', role: 'status', 'aria-label': t('loading') });
    const again = () => feed.renew();
    const acts = {
      dry: [button('primary', t('look-again'), again)],
      spent: [sells('dating_likes') && button('primary', t('more-likes'), async () => { if (await offer('dating_likes')) again(); }),
        button(sells('dating_likes') ? 'quiet' : 'primary', t('to-matches'), () => go('matches'))],
      paused: [button('primary', t('come-back'), () => this.#resume())],
      hidden: [button('primary', t('to-matches'), () => go('matches'))],
      failed: [button('primary', t('try-again'), again)],
    }[feed.state];
    const sign = { dry: 'cards', spent: 'heart', paused: 'moon', hidden: 'eye', failed: 'clock' }[feed.state];
    return nothing(sign, t(`${feed.state}-title`), t(`${feed.state}-words`), acts);
  }

  async #resume() {
    try {
      know(await write('POST', '/profile/pause', { on: false }));
      await feed.renew();
    } catch (cause) {
      problem(cause);
    }
  }

  #tapped(verdict) {
    const now = performance.now();
    if (now - this.#lastTap < DOUBLE_MS) return;
    this.#lastTap = now;
    this.#decide(verdict);
  }

  #decide(verdict) {
    const [card] = feed.cards;
    if (!card) return;
    const missing = this.#missing(verdict);
    if (missing) {
      this.#deck.cancel();
      this.#settle();
      if (sells(missing)) offer(missing);
      else tell(t(missing === 'dating_super' ? 'refused-not_entitled' : 'refused-spent'));
      return;
    }
    const isFocused = this.#deck.top?.contains(document.activeElement);
    this.#deck.away(card.token, verdict);
    if (!feed.decide(verdict)) {
      this.#draw();
      tell(t('refused-other'));
      return;
    }
    haptic(verdict === 'like' || verdict === 'super' ? 'medium' : 'light');
    const [next] = feed.cards;
    announce(next ? t(`said-${verdict}`, { next: called(next) }) : t(`said-${verdict}-last`));
    // Focus goes on with the card that had it, and never falls off the page.
    const isLost = document.activeElement === document.body || document.activeElement?.hidden;
    if (isFocused || isLost) (this.#deck.top ?? this.element.querySelector('h1')).focus({ preventScroll: true });
  }

  /** What a verdict takes that is not there; nothing if it can be given. */
  #missing(verdict) {
    const { can, likes_left: likes } = state.me ?? {};
    if (verdict === 'super') return can?.super_like ? null : 'dating_super';
    return verdict === 'like' && likes === 0 && left('dating_likes') <= 0 ? 'dating_likes' : null;
  }

  /** A card that was let go of for a like that cannot be given goes back to its place. */
  #settle() {
    // Nothing was decided: the next tap is no second half of this one.
    this.#lastTap = -DOUBLE_MS;
    const top = this.#deck.top;
    if (!top) return;
    top.style.transform = '';
    for (const stamp of top.querySelectorAll('.stamp')) stamp.style.transform = '';
  }

  async #undo() {
    this.#deck.cancel();
    if (state.me?.can?.undo === false && !feed.isUnsent && !(await offer('dating_undo'))) return;
    try {
      const card = await feed.undo();
      haptic('light');
      announce(card ? t('said-undo', { name: called(card) }) : t('said-undo-none'));
      loadMe().catch(() => {});
    } catch (cause) {
      if (cause.code === 'not_entitled' && sells('dating_undo')) {
        await loadMe().catch(() => {});
        await offer('dating_undo');
        return;
      }
      tell(t(cause.code === 'gone' ? 'undo-late' : cause.code === 'offline' ? 'undo-offline' : 'problem-away'));
    }
  }

  async #about(card) {
    const wanted = await about(card);
    if (wanted === 'report') await this.#report(card);
    if (wanted === 'block' && await block('cards', card)) feed.drop(card.token);
  }

  async #report(card) {
    if (await report('cards', card)) feed.drop(card.token);
  }

  #key(event) {
    if (!this.#isShown || place() !== 'discover' || event.repeat || event.defaultPrevented) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || document.querySelector('dialog[open]')) return;
    if (document.activeElement?.closest('nav')) return;
    const verdict = { ArrowLeft: 'pass', ArrowRight: 'like', ArrowDown: 'later' }[event.key];
    if (verdict && feed.cards.length > 0) {
      event.preventDefault();
      this.#decide(verdict);
    } else if (['PageUp', 'PageDown'].includes(event.key)) {
      const zone = this.#deck.top?.querySelector(event.key === 'PageUp' ? '.turn.earlier' : '.turn.later-photo');
      if (!zone) return;
      event.preventDefault();
      zone.click();
    } else if (event.key === 'ArrowUp' && feed.cards.length > 0) {
      event.preventDefault();
      this.#about(feed.cards[0]);
    }
  }
}
